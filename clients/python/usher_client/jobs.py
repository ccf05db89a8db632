"""Requests about jobs of one's own types."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Unpack

from usher_client.answers import Job, ListedJob, Submitted
from usher_client.bodies import JobChanges, JobOptions, NewJob, Priority
from usher_client.steps import Items, Request, Steps, ask, ask_json, ask_pages, new_key, part
from usher_client.waiting import WAIT_SECONDS, looked_at, outcome

PART_JOBS, PART_BYTES = 1_000, 1_048_576


def submit_job(
    type: str,
    data: Mapping[str, Any] | None = None,
    *,
    wait_seconds: float = 0.0,
    idempotency_key: str | None = None,
    **options: Unpack[JobOptions],
) -> Steps[Job]:
    """
    Submit one job. Waits up to `wait_seconds`, s, for its end; a job that failed is returned as it is.

    Raises UsherError: `not_unique`, `too_many_types`, `queue_full` and the like.
    """
    body = {"type": type, "data": dict(data or {}), **options}
    request = Request("POST", "/v1/jobs", body, key=idempotency_key or new_key())
    answer = yield from outcome(request, wait_seconds)
    if answer.status >= 300:
        raise answer.error(request.key)
    return Job.of({"type": type, "data": body["data"], **answer.json()})


def submit_jobs(jobs: Sequence[NewJob], *, idempotency_key: str | None = None) -> Steps[Submitted]:
    """Submit several jobs with one request, all or none. Raises UsherError as `submit_job`, and `batch_too_large`."""
    request = Request("POST", "/v1/jobs", list(jobs), key=idempotency_key or new_key())
    return Submitted.of((yield from ask_json(request)))


def submit_jobs_in_parts(jobs: Iterable[NewJob], *, idempotency_key: str | None = None) -> Steps[list[Submitted]]:
    """
    Submit any number of jobs, read from the iterable as they are sent: a batch of up to 1,000 jobs and 1 MiB after the
    other. Where it raises, those before are submitted; all of it again, with the same key, submits only the others.
    """
    key = idempotency_key or new_key()
    found = []
    for number, few in enumerate(_parts(jobs)):
        found.append((yield from submit_jobs(few, idempotency_key=f"{key}.{number}")))
    return found


def _parts(jobs: Iterable[NewJob]) -> Iterator[list[NewJob]]:
    few: list[NewJob] = []
    size = 0
    for job in jobs:
        length = len(json.dumps(job))
        if few and (len(few) == PART_JOBS or size + length > PART_BYTES):
            yield few
            few, size = [], 0
        few.append(job)
        size += length
    if few:
        yield few


def get_job(job: str) -> Steps[Job]:
    """Read a job by its id. Raises UsherError: `job_not_found`."""
    return Job.of((yield from ask_json(Request("GET", f"/v1/jobs/{part(job)}"))))


def wait_for_job(job: str, *, wait_seconds: float = WAIT_SECONDS) -> Steps[Job]:
    """Read a job once it is over, or as it is after `wait_seconds`, s. Raises UsherError."""
    return looked_at(lambda: get_job(job), lambda found: found.is_over, wait_seconds)


def get_job_log(job: str) -> Steps[list[str]]:
    """The last lines that its handler logged, oldest first. Raises UsherError: `job_not_found`."""
    lines: list[str] = (yield from ask_json(Request("GET", f"/v1/jobs/{part(job)}/log")))["lines"]
    return lines


def list_jobs(
    *,
    q: str | None = None,
    state: str | None = None,
    type: str | None = None,
    target: str | None = None,
    batch: str | None = None,
    code: str | None = None,
    since: str | int | None = None,
    until: str | int | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Items[ListedJob]:
    """
    Jobs to which all of this applies, asked for page by page: delayed ones first, then those queued, active, ended.

    `q` is a text in their id, title, type, target, customer or declared metadata; `code` is that of their error;
    `since` and `until` are unix ms or ISO 8601. A job whose state changes meanwhile may come again.
    What is large of a job is left out.
    """
    query = {"q": q, "state": state, "type": type, "target": target, "batch": batch, "code": code}
    return ask_pages("/v1/jobs", "jobs", ListedJob.of, **query, since=since, until=until, metadata=metadata)


def cancel_job(job: str) -> Steps[Job]:
    """Cancel a job. Raises UsherError: `illegal_transition` for a job that is over, `job_not_found`."""
    request = Request("DELETE", f"/v1/jobs/{part(job)}", repeatable=True)
    answer = yield from ask(request)
    if answer.status == 409 and answer.attempts > 1:  # an attempt whose answer was lost may have done it
        found = yield from get_job(job)
        if found.state == "cancelled":
            return found
    return Job.of(answer.json())


def edit_job(job: str, **changes: Unpack[JobChanges]) -> Steps[Job]:
    """
    Change what a job asks for that has not begun. Raises UsherError: `illegal_transition`, `job_not_found`, and
    `fixed_job` for more than the priority and the attempts of a job of Usher's own types.
    """
    request = Request("PATCH", f"/v1/jobs/{part(job)}", dict(changes), repeatable=True)
    return Job.of((yield from ask_json(request)))


def run_job_now(job: str) -> Steps[Job]:
    """
    Queue a job now that is delayed or waits for its next attempt. Raises UsherError: `illegal_transition`,
    `job_not_found`.
    """
    return Job.of((yield from ask_json(Request("POST", f"/v1/jobs/{part(job)}/run-now", repeatable=True))))


def replay_job(
    job: str,
    *,
    data: Mapping[str, Any] | None = None,
    priority: Priority | None = None,
    attempts: int | None = None,
) -> Steps[Job]:
    """
    Do a failed or cancelled job again, with all its attempts, or a copy of a complete one, which is returned. Sent
    once: when the connection breaks, nobody knows whether it was heard. Raises UsherError: `illegal_transition`,
    `job_not_found`, `fixed_job`, `not_unique`.
    """
    given = {"data": data, "priority": priority, "attempts": attempts}
    changes = {name: value for name, value in given.items() if value is not None}
    return Job.of((yield from ask_json(Request("POST", f"/v1/jobs/{part(job)}/replay", changes))))


def forget_job(job: str) -> Steps[None]:
    """
    Drop the record of a job that is over. Sent once. Raises UsherError: `illegal_transition`, `job_not_found`.
    """
    yield from ask_json(Request("POST", f"/v1/jobs/{part(job)}/forget"))
