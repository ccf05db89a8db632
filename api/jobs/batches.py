"""Batches: jobs that were submitted together, counted, paused and listed as one."""

from collections.abc import Mapping
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from api.access import caller, is_visible
from api.http import Cursor, JobId, Limit, Parameters, answer, invalid_part, openapi, usher
from api.jobs import jobs, pauses, schemas
from tasks_app.jobs import Batch, Pause, State
from tasks_app.usher import Usher

blueprint = openapi.blueprint("batches", "/v1/batches", "Jobs that were submitted together.")


class BatchPath(Parameters):
    """A batch."""

    batch_id: Annotated[JobId, Field(description="The `id` of the answer that took the batch in")]


class ListQuery(Parameters):
    """Which part of the list."""

    cursor: Cursor = ""
    limit: Annotated[Limit, Field(description="At most this many batches")] = 50


class PageQuery(Parameters):
    """Which of the batch's jobs, in the order of the request."""

    start: Annotated[int, Field(ge=0, le=1_000_000_000, description="Jobs to skip: `next` of the page before")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="At most this many jobs")] = 50
    state: State | None = Field(None, description="Only jobs in this state; by default in any")
    outcome: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")] | None = Field(
        None, description="Only jobs with this outcome, such as `sent`; by default with any or none"
    )


_read = schemas.Batch.reader(Batch, "paused", "pause", "links")


def as_json(its: Usher, batch: Batch) -> dict[str, Any]:
    """A batch's JSON. `its` is the Usher that has the batch."""
    return _as_json(batch, its.jobs.pauses())


def _as_json(batch: Batch, paused: Mapping[str, Pause]) -> dict[str, Any]:
    own = f"/v1/batches/{batch.id}"
    links = {"self": own, "jobs": f"{own}/jobs", "events": f"/v1/stream?topic=batch:{batch.id}"}
    pause = pauses.as_json(paused.get(f"batch:{batch.id}"))
    return _read(batch) | {"paused": pause is not None, "pause": pause, "links": links}


@blueprint.get("", responses=openapi.responses({200: schemas.BatchPage}))
def list_batches(query: ListQuery) -> Response:
    """
    Batches, those of which a job changed last first.

    A batch that changes moves to the front. A key that reaches only its own gets only those, so a page may be short
    before the end: go on until the cursor is null.
    """
    asking = caller()
    try:
        found, cursor = usher().batches.page(query.cursor, query.limit, lambda made: asking.reaches("batch", made))
    except (ValueError, OverflowError, RecursionError):
        return invalid_part("cursor", "is not one from this list")
    paused = usher().jobs.pauses()
    return answer({"batches": [_as_json(one, paused) for one in found], "cursor": cursor or None}, 200)


KNOWN = openapi.responses({200: schemas.Batch}, "batch_not_found")


@blueprint.get("/<batch_id>", responses=KNOWN)
def get_batch(path: BatchPath) -> Response:
    """A batch and how many of its jobs are in which state."""
    return answer(as_json(usher(), usher().batches.read(path.batch_id)), 200)


@blueprint.get("/<batch_id>/jobs", responses=openapi.responses({200: schemas.Jobs}, "batch_not_found"))
def list_batch_jobs(path: BatchPath, query: PageQuery) -> Response:
    """
    Some of a batch's jobs, in any state or one, with any outcome or one; those past their retention are left out.

    `next` is the `start` of the next request, null at the end; a search may return an empty page before its end.
    """
    usher().batches.read(path.batch_id)
    found, following = usher().batches.jobs(path.batch_id, query.start, query.limit, query.state, query.outcome)
    return answer({"jobs": [jobs.as_listed(job) for job in found if is_visible(job)], "next": following}, 200)


@blueprint.post("/<batch_id>/cancel", responses=openapi.responses({200: schemas.CancelledBatch}, "batch_not_found"))
def cancel_batch(path: BatchPath) -> Response:
    """Cancel the jobs of a batch that have not started. Safe to repeat."""
    usher().batches.read(path.batch_id)
    cancelled = usher().controls.cancel_batch(path.batch_id)
    return answer({**as_json(usher(), usher().batches.read(path.batch_id)), "cancelled": cancelled}, 200)


@blueprint.post(
    "/<batch_id>/replay-failed", responses=openapi.responses({200: schemas.ReplayedBatch}, "batch_not_found")
)
def replay_failed_jobs(path: BatchPath) -> Response:
    """Queue the failed jobs of a batch again, with all their attempts, except those suppressed or expired."""
    usher().batches.read(path.batch_id)
    replayed = usher().controls.replay_batch(path.batch_id)
    return answer({**as_json(usher(), usher().batches.read(path.batch_id)), "replayed": replayed}, 200)


@blueprint.post(
    "/<batch_id>/pause", responses=openapi.responses({200: schemas.Batch}, "batch_not_found", "too_many_paused")
)
def pause_batch(path: BatchPath, body: pauses.PauseBody) -> Response:
    """Make the jobs of a batch that have not started wait; this is durable, and holds for every worker."""
    usher().batches.read(path.batch_id)
    pauses.pause(f"batch:{path.batch_id}", body)
    return answer(as_json(usher(), usher().batches.read(path.batch_id)), 200)


@blueprint.post("/<batch_id>/resume", responses=KNOWN)
def resume_batch(path: BatchPath) -> Response:
    """Let the jobs of a batch that were paused go on."""
    usher().batches.read(path.batch_id)
    usher().controls.resume(f"batch:{path.batch_id}")
    return answer(as_json(usher(), usher().batches.read(path.batch_id)), 200)
