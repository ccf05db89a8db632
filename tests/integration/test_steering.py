"""What operators wish of workers, over the scripts: a quiet one claims nothing, one that departs leaves nothing."""

from dataclasses import replace

import pytest
import redis

from tasks_app.errors import StoppingWorkerError, UnknownWorkerError
from tasks_app.jobs import SlotQueries, Workers
from tests.integration.listed_workers import name_worker
from tests.jobs import TYPE, new, options, take_in
from worker.jobs.job_store import Itself, JobStore, Slot
from worker.jobs.slots import Doing

NAME, BOOT = "worker-1@here", "first"
SLOT = Slot(TYPE, "jobs", NAME, 0, "0-1")


def test_a_quiet_worker_claims_nothing_and_ends_its_turn_while_another_does(state: redis.Redis) -> None:
    # Given a job, and a worker that is quiet
    (wake,) = take_in(state, new())
    store, workers = JobStore(state, options()), Workers(state)
    name_worker(state, NAME, {"jobs": 2}, boot=BOOT)
    workers.quiet(NAME)

    # When it takes a turn, then the turn ends without a job, and wakes another worker
    step = store.turn(replace(SLOT, token=wake.token), 1, linger_ms=500)
    assert (step.claims, step.ends, [wake.type for wake in step.wakes]) == ([], True, [TYPE])
    other = store.turn(Slot(TYPE, "jobs", "worker-2@here", 0, "0-2"), 1)
    assert (len(other.claims), other.ends) == (1, False)

    # And once resumed it does jobs again
    workers.resume(NAME)
    take_in(state, new())
    assert len(store.turn(SLOT, 1).claims) == 1


def test_the_slots_of_a_quiet_worker_get_no_wake_ups(state: redis.Redis) -> None:
    doing = [Doing(7, "", 1, False)]
    name_worker(state, NAME, {"jobs": 1}, doing, boot=BOOT)
    assert [one.quiet for one in SlotQueries(state).serving(["jobs"])] == [False]
    Workers(state).quiet(NAME, "ana", "release 13")
    name_worker(state, NAME, {"jobs": 1}, doing, boot=BOOT)
    assert [one.quiet for one in SlotQueries(state).serving(["jobs"])] == [True]
    (worker,), count = Workers(state).all()
    assert worker.quiet
    assert (worker.quiet.by, worker.quiet.reason, count) == ("ana", "release 13", 1)
    assert state.zrange("{jobs}:slots:jobs", 0, -1) == [f"{NAME} 0"]


def test_a_worker_that_departs_leaves_nothing_unless_another_process_has_its_name(state: redis.Redis) -> None:
    # Given a process, and one of the same name that came after it
    store = JobStore(state, options())
    name_worker(state, NAME, {"jobs": 1}, boot=BOOT)
    store.depart(NAME, Itself("earlier", ""), ["jobs"])
    assert Workers(state).of(NAME).name == NAME

    # When it departs itself, then nothing is left, and nobody can steer it
    store.depart(NAME, Itself(BOOT, ""), ["jobs"])
    assert (Workers(state).all(), state.exists("{jobs}:slots:jobs")) == (([], 0), 0)
    with pytest.raises(UnknownWorkerError):
        Workers(state).stop(NAME)


def test_a_stopped_worker_cannot_be_resumed(state: redis.Redis) -> None:
    name_worker(state, NAME, {"jobs": 1}, boot=BOOT)
    Workers(state).stop(NAME, "ana")
    with pytest.raises(StoppingWorkerError):
        Workers(state).resume(NAME)
    assert Workers(state).of(NAME).state == "stopping"
