"""Bulk operations: ask for one, look how far it is, stop it, list them."""

import json
from contextlib import suppress
from typing import Annotated, Any

from flask import Response, abort
from pydantic import Field

from api.access import caller
from api.bulk import schemas
from api.bulk.bodies import BulkBody, BulkPath
from api.http import Cursor, Limit, Parameters, answer, invalid_part, openapi, problem, usher
from api.jobs import Accepted, jobs, responses, submission, waiting
from tasks_app.bulk import Operation
from tasks_app.errors import IllegalTransitionError
from tasks_app.jobs import Backoff, NewJob, State, messages

blueprint = openapi.blueprint("bulk", "/v1/bulk", "The same done to all jobs that a filter finds.")

ATTEMPTS, BACKOFF = 10, Backoff(delay_ms=5_000)  # it goes on where it stopped
TAKEN = openapi.responses({200: schemas.BulkPreview, 202: Accepted}, "batch_not_found", submits=True)
KNOWN = openapi.responses({200: schemas.Bulk}, "bulk_not_found")


class BulkQuery(Parameters):
    """Which page of the list."""

    cursor: Cursor = ""
    limit: Annotated[Limit, Field(description="At most this number of operations")] = 50


@blueprint.post("", responses=TAKEN)
def create_bulk_operation(body: BulkBody) -> Response:
    """
    Do the same to all jobs that a filter finds at this moment; those that come or change later are not touched.

    `dry_run` only counts them. With `Prefer: wait=N` the answer comes when it is over, or after N s.
    """
    if caller().is_narrowed:
        abort(problem("out_of_scope", "A bulk operation may reach any job, and the scopes of this key do not."))
    wish = body.wish()
    if body.dry_run:
        found = usher().bulk.preview(wish)
        examples = [jobs.as_listed(job) for job in found.examples]
        told = {"action": wish.action, "dry_run": True, "count": found.count, "is_all": found.is_all}
        return answer({**told, "examples": examples}, 200)
    job_id, fingerprint = submission.identity(lambda: json.dumps(body.canonical(), sort_keys=True, allow_nan=False))
    data = usher().bulk.counted(wish).to_data()
    job = NewJob(messages.BULK_OPERATION, data, job_id, fingerprint, attempts=ATTEMPTS, backoff=BACKOFF)
    new, read = waiting.submit(job, waiting.preferred_seconds())
    return responses.accepted(job_id, new, read.state if read else State.QUEUED, f"/v1/bulk/{job_id}")


@blueprint.get("", responses=openapi.responses({200: schemas.BulkPage}))
def list_bulk_operations(query: BulkQuery) -> Response:
    """Bulk operations, as long as they are kept: those that wait or run, then the others, the latest first."""
    try:
        found, cursor = usher().bulk.page(query.cursor, query.limit)
    except (ValueError, OverflowError, RecursionError):
        return invalid_part("cursor", "is not one from this list")
    return answer({"operations": [as_json(one) for one in found], "cursor": cursor or None}, 200)


@blueprint.get("/<bulk_id>", responses=KNOWN)
def get_bulk_operation(path: BulkPath) -> Response:
    """One bulk operation: how far it is, or what it has done."""
    return answer(as_json(usher().bulk.read(path.bulk_id)), 200)


@blueprint.post("/<bulk_id>/stop", responses=KNOWN)
def stop_bulk_operation(path: BulkPath) -> Response:
    """
    Stop an operation where it is: what it has done stays done.

    One that is over stays as it is. Safe to repeat.
    """
    if usher().bulk.read(path.bulk_id).finished_ms is None:
        with suppress(IllegalTransitionError):  # it has just ended
            usher().controls.cancel(path.bulk_id)
    return answer(as_json(usher().bulk.read(path.bulk_id)), 200)


def as_json(found: Operation) -> dict[str, Any]:
    """An operation's JSON."""
    wish, own = found.wish, f"/v1/bulk/{found.id}"
    return {
        "id": found.id,
        "action": wish.action,
        "filter": wish.to_data()["filter"],
        "priority": wish.priority if wish.action == "priority" else None,
        "rate": wish.rate,
        "by": wish.by or None,
        "state": found.state,
        "frozen_ms": found.frozen_ms,
        "finished_ms": found.finished_ms,
        "total": wish.total,
        "looked_at": found.looked_at,
        "done": found.done,
        "skipped": found.skipped,
        "failed": found.failed,
        "examples": found.examples,
        "error": found.error if found.state == "failed" else None,
        "links": {"self": own, "job": f"/v1/jobs/{found.id}", "events": f"/v1/stream?topic=job:{found.id}"},
    }
