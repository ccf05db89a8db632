"""Changes of shows and products: jobs that the caller waits for."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from flask import Response

from api.access import auditing, require_target
from api.http import InventoryPath, answer, usher
from api.jobs import responses, submission, waiting
from tasks_app.inventory import Inventory
from tasks_app.jobs import Job, NewJob, State, messages

CHANGE_SECONDS = 5.0  # a change is quick, so the answer waits for it unless the caller says otherwise


class Change(Protocol):
    """Asks for a change of a show or of a product."""

    def __call__(self, job_type: str, given_id: str | None, data: Mapping[str, Any], status: int = 200) -> Response: ...


def change_of(kind: str, as_json: Callable[[Inventory], Any]) -> Change:
    """
    Make the function that submits a change of a show or product (`kind`) and waits for it; `as_json` makes its JSON.
    The answer is the changed show or product, or the refusal, or 202 if it takes longer. A new one without an id gets
    the id of the job that makes it.
    """

    def change(job_type: str, given_id: str | None, data: Mapping[str, Any], status: int = 200) -> Response:
        def shown(target: str, new: bool) -> Response:
            found = usher().inventories.read(target)
            return answer(as_json(found), status, new, f"/v1/{kind}s/{found.id}")

        return _submit(kind, job_type, given_id, data, shown)

    return change


def delete(path: InventoryPath) -> Response:
    """Delete a {kind}, if nothing of it is held or sold and no other job about it waits: otherwise 409 still_live."""
    return _submit(
        path.kind,
        messages.DELETE_INVENTORY,
        path.inventory_id,
        {},
        lambda target, new: answer({"target": target, "deleted": True}, 200, new),
    )


def _submit(
    kind: str, job_type: str, given_id: str | None, data: Mapping[str, Any], shown: Callable[[str, bool], Response]
) -> Response:
    """Submit the job and wait for it. Once it is done, `shown` makes the answer of its target and whether it is new."""
    job_id, fingerprint = submission.identity(lambda: json.dumps([given_id, data], sort_keys=True, allow_nan=False))
    target = f"{kind}:{given_id or job_id}"
    require_target(target)
    auditing.name(target)
    job = NewJob(job_type, data, job_id, fingerprint, target)
    new, done = waiting.submit(job, waiting.preferred_seconds(CHANGE_SECONDS))

    def answered(done: Job) -> Response | None:
        return shown(target, new) if done.state is State.COMPLETE else None

    return responses.respond(job_id, new, done, answered, refusals={"job": job_id})
