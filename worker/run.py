"""The way of one message through a worker: claim, hand to the handler, settle."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from tasks_app import connections
from tasks_app.errors import LostJobError, PermanentError, StateUnavailableError
from tasks_app.settings import settings
from worker.active import ActiveJob
from worker.handlers import registry
from worker.job_store import Claim, JobStore, Settlement
from worker.leases import LeaseKeeper

log = logging.getLogger(__name__)

# How long settling may take, its last call included. A worker that is told to stop while Redis hangs has 15 s:
# for this, one call before it, and Celery's 3 to 4 s of good-byes.
SETTLE_SECONDS = 6.0
PAUSE_SECONDS = 0.2  # between two attempts to settle


@cache
def store() -> JobStore:
    """The job scripts, on this process's own connections."""
    return JobStore(connections.worker_state())


@cache
def keeper() -> LeaseKeeper:
    """The one lease keeper of this process."""
    return LeaseKeeper(store(), settings.lease_seconds)


def work(job_type: str, queue: str, worker: str, ids: Sequence[str], announce: Callable[[dict[str, Any]], None]) -> int:
    """
    Do those jobs of a message that are still to be done; returns how many.

    Raises StateUnavailableError when the state cannot be reached: what was claimed comes back when its lease ends.
    """
    claims = store().claim(queue, worker, ids)
    if not claims:
        return 0
    with keeper().holding(claims):
        jobs = [ActiveJob(job_type, claim, store(), announce) for claim in claims]
        try:
            answers = list(registry[job_type].do(jobs))
            if len(answers) != len(jobs):
                raise RuntimeError(f"the handler answered for {len(answers)} of {len(jobs)} jobs")
        except Exception as error:
            answers = [error] * len(claims)
        settle([settlement(claim, answer) for claim, answer in zip(claims, answers, strict=True)])
    return len(claims)


def settlement(claim: Claim, answer: Any) -> Settlement:
    """What a handler's answer, a result or an exception, means for its job."""
    if not isinstance(answer, Exception):
        try:
            return Settlement(claim, "complete", json.dumps(answer, separators=(",", ":"), allow_nan=False))
        except (TypeError, ValueError) as error:  # trying again would not make it JSON
            answer = PermanentError(f"the handler's result is not JSON: {error}")
    if isinstance(answer, StateUnavailableError):  # nobody's fault: no attempt is spent
        return Settlement(claim, "returned")
    if isinstance(answer, PermanentError):
        return Settlement(claim, "permanent", json.dumps({"code": answer.code, "message": str(answer)}))
    if not isinstance(answer, LostJobError):
        log.error("job attempt failed", extra={"job": claim.id}, exc_info=answer)
    message = f"{type(answer).__name__}: {answer}" if str(answer) else type(answer).__name__
    return Settlement(claim, "error", json.dumps({"code": "error", "message": message}))


def settle(settlements: Sequence[Settlement]) -> None:
    """Write the outcomes down, trying again for a while: the work is done, and must not be done twice for a blink."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        began = time.monotonic()
        try:
            answers = store().settle(settlements)
            break
        except StateUnavailableError:
            call_seconds = time.monotonic() - began
            if time.monotonic() + PAUSE_SECONDS + call_seconds > deadline:  # another one might take as long
                raise
            time.sleep(PAUSE_SECONDS)
    for one, ours in zip(settlements, answers, strict=True):
        if not ours:
            log.warning("outcome not taken: the job is no longer this worker's", extra={"job": one.claim.id})
