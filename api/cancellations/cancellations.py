"""Cancelling a show: a dry run says what it would do; then one batch releases all reservations and tells customers."""

import json
from typing import Annotated, Any

from flask import Response
from pydantic import AfterValidator, Field

from api.access import fresh_id, require_channel, require_target
from api.cancellations import schemas
from api.http import Body, GivenShowPath, OptionalBody, answer, openapi, usher
from api.jobs import Accepted, responses, submission, waiting
from api.notifications import ChannelName, Message, Title
from tasks_app.configuration import DEFAULT_CHANNEL
from tasks_app.jobs import Backoff, Job, NewJob, State, messages
from tasks_app.notifications import Wording

blueprint = openapi.blueprint("cancellations", "/v1/shows", "Shows that do not take place.", tag="shows")

WAIT_SECONDS = 5.0  # as other changes of a show
ATTEMPTS, BACKOFF = 10, Backoff(delay_ms=5_000)  # it goes on where it stopped, for instance when too many jobs waited
GAPS = frozenset({"customer", "show"})


def _template(text: str) -> str:
    if unknown := Wording(text).names - GAPS:
        raise ValueError(f"has no value for {', '.join(sorted(unknown))}; there are `{{customer}}` and `{{show}}`")
    return text


class NoticeBody(Body):
    """What the customers are told: one text, in which `{customer}` and `{show}` stand for their names."""

    channel: ChannelName = Field(DEFAULT_CHANNEL, description="How it is sent; each customer's name is the address")
    message: Annotated[Message, AfterValidator(_template)]
    title: Annotated[Title, AfterValidator(_template)] = ""


class CancelBody(OptionalBody):
    """How to cancel it."""

    dry_run: bool = Field(False, description="Only say what would happen")
    notify: NoticeBody | None = Field(None, description="What the customers are told; null = nothing")


KNOWN = openapi.responses(
    {200: schemas.Cancellation, 202: Accepted}, "inventory_not_found", "unknown_inventory", submits=True
)


@blueprint.post("/<inventory_id>/cancel", responses=KNOWN)
def cancel_show(path: GivenShowPath, body: CancelBody) -> Response:
    """
    Cancel a show for good: a batch releases all reservations, held or sold, and tells the customers.

    Safe to repeat: nobody is told twice. `dry_run` only counts.
    """
    if body.notify:
        require_channel(body.notify.channel)
    if body.dry_run:
        return answer(_as_json(path, _counted(path.target, body.notify is not None), None), 200)
    require_target(path.target)
    job_id, fingerprint = submission.identity(lambda: json.dumps(body.model_dump(), sort_keys=True, allow_nan=False))
    data = {"batch": fresh_id(), "notify": body.notify.model_dump() if body.notify else None}
    job = NewJob(messages.CANCEL_INVENTORY, data, job_id, fingerprint, path.target, attempts=ATTEMPTS, backoff=BACKOFF)
    new, done = waiting.submit(job, waiting.preferred_seconds(WAIT_SECONDS))

    def answered(done: Job) -> Response | None:
        if done.state is not State.COMPLETE:
            return None
        return answer(_as_json(path, done.result, done.result["batch"]), 200, new)

    return responses.respond(job_id, new, done, answered, refusals={"job": job_id})


def _counted(target: str, notifies: bool) -> dict[str, int]:
    """What a cancellation would find now. Raises UnknownInventoryError, StateUnavailableError."""
    usher().inventories.read(target)
    counts, customers = {"held": 0, "confirmed": 0}, set[str]()
    for hold in usher().inventories.live_holds(target):
        counts[hold.state] += 1
        if hold.customer and notifies:
            customers.add(hold.customer)
    return {**counts, "customers": len(customers)}


def _as_json(path: GivenShowPath, counts: dict[str, Any], batch: str | None) -> dict[str, Any]:
    links = {"self": f"/v1/shows/{path.inventory_id}"}
    if batch:
        links |= {"batch": f"/v1/batches/{batch}", "events": f"/v1/stream?topic=batch:{batch}"}
    numbers = {name: counts[name] for name in ("held", "confirmed", "customers")}
    return {"target": path.target, "dry_run": batch is None, **numbers, "batch": batch, "links": links}
