"""The spans of attempts, where traces are on and the job came with a trace. Without, they cost nothing but a look."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from tasks_app.traces import Attempt, Traces
from worker.jobs.active import ActiveJob
from worker.jobs.answers import Answer, Completed, Snooze
from worker.jobs.job_store import Claim, Settlement

WELL = ("complete", "snoozed")


def attempt_of(job_type: str, claim: Claim) -> Attempt:
    """The attempt that a claim is."""
    return Attempt(job_type, claim.id, claim.fence, claim.trace, claim.place)


@contextmanager
def attempting(job: ActiveJob) -> Iterator[Callable[[Answer], None]]:
    """A span for the block, in which a handler does this one job; its own spans join. Tell it the job's answer."""
    if job.traces is None or not job.claim.trace:
        yield lambda _: None
        return
    with job.traces.attempt(attempt_of(job.type, job.claim)) as span:

        def tell(answer: Answer) -> None:
            if not isinstance(answer, Completed | Snooze):
                span.fail(type(answer).__name__)

        yield tell


@contextmanager
def calling(job: ActiveJob, provider: str) -> Iterator[None]:
    """A span for the block, in which a notification is given to its provider, as a part of the job's attempt."""
    if job.traces is None or not job.claim.trace:
        yield
        return
    about = {"usher.channel": provider, "messaging.message.id": job.id}
    with job.traces.span(f"send {provider}", "client", about, attempt_of(job.type, job.claim).carried):
        yield


def note(traces: Traces, jobs: Iterable[tuple[ActiveJob, Settlement]]) -> None:
    """Spans of the attempts of a handler for many, which has answered for these jobs."""
    now, now_s = time.monotonic(), time.time()
    for job, one in jobs:
        if one.claim.trace and one.verdict != "returned":
            failure = "" if one.verdict in WELL else one.verdict
            traces.note(attempt_of(job.type, one.claim), now_s - (now - job.handed), now_s, failure)
