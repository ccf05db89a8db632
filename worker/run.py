"""The way of one message through a worker: claim, hand to the handler, settle."""

import logging
import time
from collections.abc import Iterator, Sequence
from functools import cache

from tasks_app import connections
from tasks_app.errors import StateUnavailableError
from tasks_app.settings import settings
from worker import stopping
from worker.active import ActiveJob, Reports
from worker.handlers import Answers, registry
from worker.job_store import Claim, JobStore, Settlement
from worker.leases import LeaseKeeper
from worker.verdicts import settlement

log = logging.getLogger(__name__)

# How long settling may take, its last call included. A worker that is told to stop while Redis hangs has 15 s:
# for this, one call before it, and Celery's 3 to 4 s of good-byes.
SETTLE_SECONDS = 4.0
PAUSE_SECONDS = 0.2  # between two attempts to settle


@cache
def store() -> JobStore:
    """The job scripts, on this process's own connections."""
    return JobStore(connections.worker_state())


@cache
def keeper() -> LeaseKeeper:
    """The one lease keeper of this process."""
    return LeaseKeeper(store(), settings.lease_seconds)


def work(job_type: str, queue: str, worker: str, ids: Sequence[str]) -> int:
    """
    Do those jobs of a message that are still to be done; returns how many.

    Raises StateUnavailableError when the state cannot be reached: what was claimed comes back when its lease ends.
    """
    claims = store().claim(queue, worker, ids, registry[job_type].limit_ms)
    if not claims:
        return 0
    unsettled: list[Settlement] = []
    trouble: StateUnavailableError | None = None
    with keeper().holding(claims):
        for settlements in attempt(job_type, claims, store()):
            unsettled += settlements
            try:
                settle(unsettled)
            except StateUnavailableError as error:  # some are still being done: once more, when they answer
                trouble = error
            else:
                unsettled, trouble = [], None
    if trouble:
        raise trouble
    return len(claims)


def attempt(job_type: str, claims: Sequence[Claim], reports: Reports) -> Iterator[list[Settlement]]:
    """Hand claimed jobs to their handler; what became of them, group by group as it answers. Raises nothing itself."""
    jobs = [ActiveJob(job_type, claim, reports) for claim in claims]
    unanswered = {job.id: job for job in jobs}
    answers: Iterator[Answers] | None = None
    while True:
        try:
            if answers is None:
                answers = iter(registry[job_type].do(jobs))
            group = next(answers, None)
            if group is None and unanswered:
                raise RuntimeError(f"the handler gave no answer for {len(unanswered)} of {len(jobs)} jobs")
            settlements = [settlement(unanswered[job.id].claim, answer, job.lost) for job, answer in group or ()]
        except BaseException as error:  # sys.exit() too: one failed attempt, and not the end of the worker
            yield [settlement(job.claim, error, job.lost) for job in unanswered.values()]
            return
        if group is None:
            return
        for one in settlements:
            unanswered.pop(one.claim.id, None)
        yield settlements


def settle(settlements: Sequence[Settlement]) -> None:
    """
    Write the outcomes down, trying again for a while: the work is done, and must not be done twice for a blink. Where a
    stop would be noticed, for as long as the jobs may still be ours.
    """
    first = time.monotonic()
    while True:
        began = time.monotonic()
        try:
            answers = store().settle(settlements)
            break
        except StateUnavailableError:
            call_seconds = time.monotonic() - began
            patience_seconds = settings.lease_seconds if stopping.far() else SETTLE_SECONDS
            # Another one might take as long.
            if time.monotonic() + PAUSE_SECONDS + call_seconds > first + patience_seconds:
                raise
            time.sleep(PAUSE_SECONDS)
    for one, ours in zip(settlements, answers, strict=True):
        if not ours:
            log.warning("outcome of job %s not taken: it is no longer this worker's", one.claim.id)
