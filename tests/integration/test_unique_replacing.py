"""Unique jobs that replace: a waiting job becomes what the next one asks for, and a job that has begun does not."""

from dataclasses import replace

import pytest

from tasks_app.jobs.job import Backoff, State
from tasks_app.state import keys
from tests.integration.unique_jobs import BATCH, ERROR, alone, held, met, submit
from tests.jobs import TYPE, assert_consistent, new, read, slot_claims, told, where
from worker.jobs.job_store import Settlement

pytestmark = pytest.mark.usefixtures("usher")


def test_a_waiting_job_becomes_what_the_next_one_asks_for(state):
    # Given a delayed job
    first = alone(data={"n": 1}, delay_ms=60_000, title="first", attempts=5, batch=BATCH)
    submit(state, first)

    # When a job that replaces it comes with a delay of its own, then it is moved, and keeps its id
    late = alone("replace", data={"n": 2}, delay_ms=120_000, priority=-5)
    assert met(state, late) == "replaced"
    found = read(state, first.id)
    assert (found.data, found.title, found.attempts_max, found.priority) == ({"n": 2}, "", 1, -5)
    assert (found.state, found.batch) == (State.DELAYED, BATCH)
    assert abs(found.due_ms - found.created_ms - 120_000) < 10_000
    assert state.zscore(keys.index(TYPE, "delayed"), first.id) == found.due_ms

    # And when one comes without a delay, it is queued at once
    assert met(state, alone("replace", data={"n": 3}, key="k")) == "replaced"
    found = read(state, first.id)
    assert (found.data, found.state, found.due_ms, where(state, first.id)) == ({"n": 3}, State.QUEUED, None, ["queued"])
    assert told(state, first.id) == ["delayed", "delayed", "queued"]
    counts = state.hgetall(keys.batch(BATCH))
    assert (counts["total"], counts["queued"], counts["delayed"]) == ("1", "1", "0")
    assert_consistent(state)


def test_a_replaced_job_keeps_its_place_within_its_level(state, strict_store):
    first, second, third = alone(data={"n": 1}), new(), alone(key="third")
    submit(state, first, second, third)
    submit(state, alone("replace", data={"n": 2}), alone("replace", key="third", priority=-15))
    claims = strict_store.claim(TYPE, "w", 3)
    assert [claim.id for claim in claims] == [third.id, first.id, second.id]
    assert claims[1].data == {"n": 2}


def test_a_replaced_job_changes_its_line_with_its_fair_key(state, strict_store):
    first = alone(data={"n": 1}, delay_ms=0)
    first = replace(first, key="tenant-1")
    submit(state, first)
    submit(state, replace(alone("replace"), key="tenant-2"))
    (claim,) = strict_store.claim(TYPE, "w", 1)
    assert (claim.id, read(state, first.id).key) == (first.id, "tenant-2")
    assert not list(state.scan_iter("*:line:*"))


@pytest.mark.parametrize("delay_ms", [0, 60_000])
def test_a_job_keeps_its_unique_key_at_a_new_priority_and_takes_that_of_its_replacement(
    state, strict_store, delay_ms, usher
):
    # Given a unique job behind another one
    other, first = new(), alone(data={"n": 1}, delay_ms=delay_ms)
    submit(state, other, first)

    # When it becomes urgent, then it still has its key, and stands before the other if it is queued
    usher.controls.prioritise(first.id, -15)
    assert held(state) == {"k": first.id}
    assert met(state, alone()) == "returned"
    if not delay_ms:
        assert state.zrange(keys.index(TYPE, "queued"), 0, -1) == [first.id, other.id]

    # When another job replaces it, then that job's priority counts
    assert met(state, alone("replace", data={"n": 2})) == "replaced"
    assert [claim.id for claim in strict_store.claim(TYPE, "w", 3)] == [other.id, first.id]
    assert (read(state, first.id).priority, read(state, first.id).data) == (0, {"n": 2})
    assert_consistent(state)


def test_a_job_that_has_begun_stays_as_it_is_and_is_returned(state, strict_store):
    first = alone(data={"n": 1})
    submit(state, first)
    slot_claims(strict_store, [first.id])
    assert met(state, alone("replace", data={"n": 2})) == "returned"
    assert read(state, first.id).data == {"n": 1}


def test_a_job_that_waits_for_a_retry_is_replaced_and_has_all_its_attempts_again(state, strict_store):
    # Given a job that failed once
    first = alone(data={"n": 1}, attempts=2, backoff=Backoff("fixed", 60_000))
    submit(state, first)
    (claim,) = slot_claims(strict_store, [first.id])
    strict_store.settle([Settlement(claim, *ERROR)])

    # When it is replaced, it is queued again, and the settlement of the attempt before changes nothing
    assert met(state, alone("replace", data={"n": 2}, attempts=3)) == "replaced"
    found = read(state, first.id)
    assert (found.state, found.attempts_made, found.attempts_max, found.error) == (State.QUEUED, 0, 3, None)
    assert found.attempts == []
    assert strict_store.settle([Settlement(claim, *ERROR)]) == [False]


def test_a_job_held_back_is_replaced_and_does_not_run_while_paused(state, strict_store, usher):
    usher.controls.pause(f"batch:{BATCH}")
    first = alone(data={"n": 1}, batch=BATCH)
    submit(state, first)
    assert strict_store.claim(TYPE, "w") == []
    submit(state, alone("replace", data={"n": 2}))
    assert strict_store.claim(TYPE, "w") == []
    usher.controls.resume(f"batch:{BATCH}")
    strict_store.reinstate()
    (claim,) = strict_store.claim(TYPE, "w", 5)
    assert (claim.id, claim.data) == (first.id, {"n": 2})
    assert_consistent(state)


def test_the_mode_of_a_key_is_that_of_the_last_one(state, strict_store):
    first = alone(lasting="queued")
    submit(state, first)
    submit(state, alone("replace", lasting=60_000))
    assert 0 < state.pttl(keys.unique(TYPE, "k")) <= 60_000
    submit(state, alone("replace", lasting="unfinished"))
    assert state.pttl(keys.unique(TYPE, "k")) == -1
    (claim,) = slot_claims(strict_store, [first.id])
    assert held(state) == {"k": first.id}
    strict_store.settle([Settlement(claim, "complete", "{}")])
    assert held(state) == {}


def test_a_replacing_job_does_not_prolong_the_time_of_a_key(state):
    submit(state, alone(lasting=60_000))
    state.pexpire(keys.unique(TYPE, "k"), 5_000)
    assert met(state, alone("replace", lasting=60_000)) == "replaced"
    assert 0 < state.pttl(keys.unique(TYPE, "k")) <= 5_000
