"""Large requests of a test: made, left by a caller that dies, and compared with all that is stored of them."""

import pytest

from tasks_app.jobs import new_job
from tasks_app.jobs.intake import Intake
from tasks_app.state import keys
from tests.jobs import TYPE, assert_consistent, new, options

BATCH = "b" * 26
COUNT = new_job.JOBS_PER_WRITE + new_job.JOBS_PER_PART + 1
PARTS = -(-COUNT // new_job.JOBS_PER_PART)


def large(fingerprint="", count=COUNT, **fields):
    """A request that is too large for one write, with ids that follow from each other."""
    ids = [f"{number:026}" for number in range(count)]
    return [new(id=one, batch=BATCH, fingerprint=fingerprint, request=fingerprint, **fields) for one in ids]


def leftovers(state):
    return [key for key in state.scan_iter(f"{keys.JOBS}:*") if ":staged:" in key or key.endswith(":filling")]


def stored(state):
    return [key for key in state.scan_iter("*") if key != keys.layout()]


def assert_all_there(state, jobs):
    """Each job once, in order, and nothing else left to do for the request."""
    assert state.zrange(keys.index(TYPE, "queued"), 0, -1) == [job.id for job in jobs]
    assert state.lrange(keys.batch_jobs(BATCH), 0, -1) == [job.id for job in jobs]
    counts = state.hgetall(keys.batch(BATCH))
    assert (counts["total"], counts["queued"], "filling" in counts) == (str(len(jobs)), str(len(jobs)), False)
    assert leftovers(state) == []
    assert_consistent(state)


def make_overdue(state):
    for token in state.zrange(keys.filling(), 0, -1):
        state.zadd(keys.filling(), {token: 1})


class Killed(BaseException):
    """Stands for a SIGKILL: nothing after it happens."""


def submit_and_die(state, jobs, fills):
    """As a process that is killed once so many parts are recorded."""
    intake = Intake(state, lambda _: None, options())
    script, calls = intake._staging._fill, []

    def fill(**call):
        calls.append(call)
        if len(calls) > fills:
            raise Killed
        return script(**call)

    intake._staging._fill = fill
    with pytest.raises(Killed):
        intake.submit(jobs)
