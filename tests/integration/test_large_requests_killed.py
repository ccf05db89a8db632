"""Large requests whose caller dies: what was taken is recorded by the clock, once, and the rest is never seen."""

import subprocess
import sys
from pathlib import Path

import pytest

from tasks_app.jobs import new_job
from tasks_app.jobs.intake import Intake
from tasks_app.jobs.staging import PATIENCE_MS, Staging
from tasks_app.state import keys
from tests.integration.large_requests import (
    BATCH,
    COUNT,
    PARTS,
    assert_all_there,
    large,
    leftovers,
    make_overdue,
    submit_and_die,
)
from tests.jobs import TYPE, news, options, told
from worker.jobs.job_store import JobStore
from worker.maintenance import Maintenance

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("fills", [0, 1, PARTS - 1])
def test_a_taken_request_is_recorded_by_the_clock_if_its_caller_dies(state, fills, usher):
    # Given a caller that died after it had recorded some parts
    jobs = large()
    submit_and_die(state, jobs, fills)
    assert state.zcard(keys.index(TYPE, "queued")) == fills * new_job.JOBS_PER_PART
    clock = Maintenance(usher, [TYPE], [])
    assert {state.ttl(key) for key in leftovers(state)} == {-1}

    # When it could still be alive, nothing happens; later all the rest is recorded, once, and a slot woken if none is
    assert clock._staging.fill_overdue() == []
    make_overdue(state)
    assert bool(clock._staging.fill_overdue()) == (fills == 0)
    assert_all_there(state, jobs)
    assert clock._staging.fill_overdue() == []
    assert [told(state, job.id) for job in (jobs[0], jobs[-1])] == [["queued"], ["queued"]]


def test_the_clock_of_a_worker_does_so(state, monkeypatch, usher):
    jobs = large()
    submit_and_die(state, jobs, 1)
    make_overdue(state)
    Maintenance(usher, [TYPE], []).tick()
    assert_all_there(state, jobs)


def test_a_caller_and_the_clock_may_do_it_at_once(state):
    # Given a caller that was silent for so long that the clock went on in its place
    jobs = large()
    intake, clock = Intake(state, lambda _: None, options()), Staging(state, options())
    script = intake._staging._fill

    def fill(**call):
        make_overdue(state)
        if state.zcard(keys.index(TYPE, "queued")):
            clock.fill_overdue()
        return script(**call)

    intake._staging._fill = fill

    # When it wakes up again, then its request is there once, and the caller learns so
    assert news(intake.submit(jobs)) == [True] * len(jobs)
    assert_all_there(state, jobs)


def test_a_step_back_of_the_time_delays_nothing(state):
    jobs = large()
    submit_and_die(state, jobs, 0)
    seconds, _ = state.time()
    for token in state.zrange(keys.filling(), 0, -1):
        state.zadd(keys.filling(), {token: (seconds + 86_400) * 1000 + PATIENCE_MS})
    Staging(state, options()).fill_overdue()
    assert_all_there(state, jobs)


DIE = """
import os, signal, sys
from tasks_app.state import connections
from tests.jobs import options
from tasks_app.jobs.intake import Intake
from tasks_app.jobs.staging import Staging
from tests.integration.large_requests import large
point, after = sys.argv[2], int(sys.argv[3])
intake, calls = Intake(connections.connect(sys.argv[1], 5), lambda _: None, options()), []
staging = intake._staging
call = getattr(staging, point)
def dies(*given, **named):
    calls.append(1)
    if len(calls) > after:
        os.kill(os.getpid(), signal.SIGKILL)
    return call(*given, **named)
setattr(staging, point, dies)
intake.submit(large("key"))
"""


@pytest.mark.parametrize(("point", "after"), [("_taken", 0), ("_commit", 0), ("_fill", 0), ("_fill", 2)])
def test_a_killed_process_leaves_all_or_nothing_and_its_repeat_finds_it(valkey, state, point, after):
    # Given a web process that is killed in the middle
    died = subprocess.run([sys.executable, "-c", DIE, valkey.url(), point, str(after)], cwd=ROOT, check=False)
    assert died.returncode == -9

    # When the caller repeats its request, before or after the clock has looked, then it is there as a whole, and once
    jobs = large("key")
    found = news(Intake(state, lambda _: None, options()).submit(jobs))
    assert found == [number >= after * new_job.JOBS_PER_PART for number in range(COUNT)]
    make_overdue(state)
    Staging(state, options()).fill_overdue()
    for key in leftovers(state):
        assert 0 < state.ttl(key) <= 60  # parts that the killed process had staged and that were not taken
        state.delete(key)
    assert_all_there(state, jobs)


def test_a_batch_is_not_finished_and_not_forgotten_while_parts_of_it_are_missing(state, monkeypatch, usher):
    # Given a batch of which the first part is recorded and done
    jobs = large(error='{"code":"suppressed","message":"no"}')
    submit_and_die(state, jobs, 1)
    found = usher.batches.read(BATCH)
    assert (found.total, found.counts["failed"], found.finished) == (new_job.JOBS_PER_PART,) * 2 + (False,)

    # When its time would be over, it stays
    state.zadd(keys.batches(), {BATCH: 1})
    JobStore(state, options()).forget()
    assert state.exists(keys.batch(BATCH))

    # Then it is finished with its last part
    make_overdue(state)
    Staging(state, options()).fill_overdue()
    assert (usher.batches.read(BATCH).finished, usher.batches.read(BATCH).total) == (True, COUNT)
