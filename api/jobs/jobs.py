"""Jobs of any type: submit one or many, look, list, cancel."""

import time
from typing import Any

from flask import Response, abort

from api.access import derived_id, fresh_id, is_visible, require_type
from api.http import (
    JobPath,
    answer,
    canonical,
    invalid_part,
    listed,
    openapi,
    usher,
)
from api.jobs import responses, schemas, submission, waiting
from api.jobs.bodies import JobBody, JobsBody, ListQuery, new_job
from tasks_app.errors import InvalidJobError
from tasks_app.jobs import Job, NewJob, State, Unique, bounds
from tasks_app.notifications import with_breaks

blueprint = openapi.blueprint("jobs", "/v1/jobs", "Jobs of any type: submit, look, list, change, cancel.")

KNOWN = openapi.responses({200: schemas.Job}, "job_not_found")
CHANGED = openapi.responses({200: schemas.Job}, "job_not_found", "illegal_transition")
TAKEN = openapi.responses(
    {200: schemas.Job, 202: schemas.Taken}, "batch_too_large", "too_many_types", "not_unique", submits=True
)


@blueprint.post("", responses=TAKEN)
def create_jobs(body: JobsBody) -> Response:
    """
    Submit a job (202, Location: the job) or an array of them (202, Location: their batch).

    If another job holds its `unique` key, the answer is about that one and says so: by `Unique-Conflict: returned` or
    `replaced`, or for an array by `conflicts`.
    """
    root = body.root
    for job_type in {one.type for one in ([root] if isinstance(root, JobBody) else root)}:
        require_type(job_type)
    job_id, fingerprint = submission.identity(lambda: canonical(body))
    if isinstance(root, JobBody):
        asked = new_job(root, job_id, fingerprint)
        if asked.unique:
            receipt, job = waiting.submit_unique(asked, waiting.preferred_seconds())
            job_id, new = receipt.id, receipt.new
        else:
            new, job = waiting.submit(asked, waiting.preferred_seconds())
        state, location = job.state if job else first_state(asked), f"/v1/jobs/{job_id}"
        return responses.respond(job_id, new, job, lambda done: answer(as_json(done), 200, new, location), state)
    # The ids of a batch's jobs follow from its own, so a repeated request finds all of them. The first job has the id
    # of the batch itself, so Usher notices a key that a single job used before or uses later.
    jobs = [
        new_job(one, _id_of(number, job_id, fingerprint), fingerprint, job_id)
        for number, one in enumerate(with_breaks(root))
    ]
    _refuse_pairs(jobs)
    receipts = waiting.submit_many(jobs)
    conflicts = [
        {"place": place, "job": receipt.id, "conflict": receipt.conflict}
        for place, receipt in enumerate(receipts)
        if receipt.conflict
    ]
    ids = [receipt.id for receipt in receipts]
    is_new = any(receipt.new for receipt in receipts)
    return responses.accepted_batch(job_id, is_new, jobs=ids, conflicts=conflicts)


def _refuse_pairs(asked: list[NewJob]) -> None:
    """Answer 422 if a job would have to be refused because of another one in the same request."""
    pairs: set[tuple[str, str]] = set()
    for place, job in enumerate(asked):
        try:
            bounds.check_pair(job, pairs)
        except InvalidJobError as error:
            abort(invalid_part(f"{place}.{error.context['field']}", error.text))


def _id_of(number: int, batch_id: str, fingerprint: str) -> str:
    if number == 0:
        return batch_id
    return derived_id(batch_id, str(number), "batch") if fingerprint else fresh_id()


def first_state(job: NewJob) -> State:
    """The state of a job that was just recorded; this machine's clock says whether its date has come."""
    if job.error:
        return State.FAILED
    later = job.delay_ms > 0 or job.due_ms > time.time() * 1000
    return State.DELAYED if later else State.QUEUED


@blueprint.get("", responses=openapi.responses({200: schemas.JobPage}))
def list_jobs(query: ListQuery) -> Response:
    """
    Jobs: those that are delayed, queued, active, and then those that ended; the latest of each first.

    A job that goes on while you page comes later, so none is missed that goes on; it may come again. Jobs of a batch
    keep their places. A page may be short before the end, as it looks at 600 jobs at most, and a key that reaches
    only some gets only those: go on until the cursor is null. What is large of a job is left out: see `left_out`.
    """
    try:
        page = usher().job_lists.page(query.wanted(usher().settings.find_by), query.cursor, query.limit)
    except (ValueError, OverflowError, RecursionError):
        return invalid_part("cursor", "is not one from this list")
    return answer(
        {"jobs": [as_listed(job) for job in page.jobs if is_visible(job)], "cursor": page.cursor or None}, 200
    )


@blueprint.get("/<job_id>", responses=KNOWN)
def get_job(path: JobPath) -> Response:
    """One job, from the moment it was accepted."""
    return answer(as_json(usher().jobs.read(path.job_id)), 200)


@blueprint.delete("/<job_id>", responses=CHANGED)
def cancel_job(path: JobPath) -> Response:
    """Cancel a job. If it is over, or may have taken units already: 409 illegal_transition."""
    usher().controls.cancel(path.job_id)
    return answer(as_json(usher().jobs.read(path.job_id)), 200)


@blueprint.get("/<job_id>/log", responses=openapi.responses({200: schemas.Log}, "job_not_found"))
def get_job_log(path: JobPath) -> Response:
    """The last lines that the handler logged."""
    return answer({"lines": usher().jobs.log_lines(path.job_id)}, 200)


def _unique(unique: Unique | None) -> dict[str, Any] | None:
    if unique is None:
        return None
    return {"key": unique.key, "while": unique.lasting if isinstance(unique.lasting, str) else unique.lasting / 1000}


_read = schemas.Job.reader(Job, "in_doubt", "links")


def as_listed(job: Job) -> dict[str, Any]:
    """A job's JSON in a list, without what is large of it."""
    return listed(as_json(job), job.large)


def as_json(job: Job) -> dict[str, Any]:
    """A job's JSON."""
    return _read(job) | {
        "title": job.title or None,
        "in_doubt": job.doubt and job.state is not State.COMPLETE,
        "ttl_ms": job.ttl_ms or None,
        "target": job.target or None,
        "batch": job.batch or None,
        "key": job.key or None,
        "unique": _unique(job.unique),
        "worker": job.worker or None,
        "replay_of": job.replay_of or None,
        "edits": [one | {"by": one["by"] or None} for one in job.edits],
        "links": {"self": f"/v1/jobs/{job.id}", "events": f"/v1/stream?topic=job:{job.id}"},
    }
