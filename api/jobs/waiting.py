"""`Prefer: wait=N` (RFC 7240): hold the answer back until the outcome is known, or the time is over."""

import re
import time
from collections.abc import Sequence

from flask import Response, abort, after_this_request, request

from api.access import limits
from api.http import broadcaster, problem, replayed, usher
from tasks_app.errors import NotUniqueError, StateUnavailableError, UnknownJobError
from tasks_app.events import LAST, Event
from tasks_app.jobs import FINAL, Job, NewJob, Receipt

WAIT = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,9})(?:$|[,;\s])", re.IGNORECASE)


def preferred_seconds(default: float = 0.0) -> float:
    """How long the caller wants to wait, at most the limit in the settings; the answer says how long."""
    preference = request.environ.get("HTTP_PREFER")
    found = preference and WAIT.search(preference)
    if not found:
        return default
    seconds = min(float(found[1]), usher().settings.wait_limit_seconds)

    @after_this_request
    def tell(response: Response) -> Response:
        response.headers["Preference-Applied"] = f"wait={seconds:g}"
        return response

    return seconds


def submit(job: NewJob, seconds: float) -> tuple[bool, Job | None]:
    """
    Take a job in; if `seconds` are given, wait for its end.

    Returns whether it was new, and the job if it was read; None = it is new, and only known to be recorded. If it was
    known before, the answer says so, even a refusal. Raises what intake.submit raises.
    """
    new, found = _submitted(job, seconds)
    if not new:
        after_this_request(replayed)
    return new, found


def submit_many(jobs: Sequence[NewJob]) -> list[Receipt]:
    """
    As `submit`, for many jobs and without waiting; returns what became of each. If one must be refused because another
    job has its unique key, the whole request is: 409, and nothing was taken.
    """
    try:
        receipts = usher().intake.submit(jobs)
    except NotUniqueError as error:
        abort(problem(error.code, str(error), **error.context))
    limits.count_batch(len(jobs))
    if not any(receipt.new for receipt in receipts):
        after_this_request(replayed)
    return receipts


def submit_unique(job: NewJob, seconds: float) -> tuple[Receipt, Job | None]:
    """
    As `submit`, for a job with a unique key. If another job stands for it, this reads that one and waits for its end,
    and the answer says so.
    """
    receipt = submit_many([job])[0]
    if receipt.conflict:

        @after_this_request
        def tell(response: Response) -> Response:
            response.headers["Unique-Conflict"] = receipt.conflict
            return response

    if not receipt.conflict and receipt.new and seconds <= 0:
        return receipt, None
    return receipt, _ended(receipt.id, seconds)


def _ended(job_id: str, seconds: float) -> Job | None:
    """The job once it is over, or as it is when the time is up."""
    job = _read(job_id)
    if seconds <= 0 or job is None or job.state in FINAL:
        return job
    with broadcaster().watching(f"job:{job_id}") as watcher:
        job, deadline = _read(job_id), time.monotonic() + seconds
        while job is not None and job.state not in FINAL and time.monotonic() < deadline:
            if watcher.get(deadline - time.monotonic()) is None and broadcaster().closed:
                break
            job = _read(job_id)
    return job


def _submitted(job: NewJob, seconds: float) -> tuple[bool, Job | None]:
    if seconds <= 0:
        new = usher().intake.submit([job])[0].new
        return new, None if new else _read(job.id)
    with broadcaster().watching(f"job:{job.id}") as watcher:
        new = usher().intake.submit([job])[0].new
        deadline = time.monotonic() + seconds
        while new:  # a known job's events may be long past
            event = watcher.get(deadline - time.monotonic())
            if event is None or (isinstance(event, Event) and event.event in LAST):
                break
        return new, _read(job.id) if new else _ended(job.id, deadline - time.monotonic())


def _read(job_id: str) -> Job | None:
    """The job as it is; None if it cannot be read now: it was taken in, so the answer must still be 202."""
    try:
        return usher().jobs.read(job_id)
    except (StateUnavailableError, UnknownJobError):
        return None
