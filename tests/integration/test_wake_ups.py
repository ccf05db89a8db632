"""Wake-ups: as many as there are slots to hear them, none lost for good, none for nothing."""

import time

import pytest

from tasks_app.state import keys, worker_keys
from tests.jobs import TYPE, new, options, take_in
from worker.jobs.job_store import JobStore, Settlement, Slot

SLOTS = 2


@pytest.fixture
def store(state):
    store = JobStore(state, options())
    store.announce("worker@test", {"jobs": SLOTS, "reservations": 1}, [TYPE], 60)
    return store


def slot(token, job_type=TYPE):
    return Slot(job_type, "jobs", "worker@test", 0, token)


def overdue(state, job_type=TYPE):
    """Make all wake-ups of a type ones that were sent long ago."""
    for token in state.zrange(worker_keys.wake_ups(job_type), 0, -1):
        state.zadd(worker_keys.wake_ups(job_type), {token: 1})


def test_there_are_as_many_wake_ups_as_jobs_and_no_more_than_slots(state, store):
    assert len(take_in(state, new())) == 1
    assert len(take_in(state, *[new() for _ in range(50)])) == SLOTS - 1
    assert take_in(state, new()) == []


def test_jobs_that_take_no_time_need_no_second_slot(state, store):
    state.hset("{jobs}:pace", TYPE, "100")  # us
    assert len(take_in(state, *[new() for _ in range(400)])) == 1
    assert len(take_in(state, *[new() for _ in range(200)])) == 1


def test_without_a_worker_one_wake_up_waits_for_the_first(state):
    assert len(take_in(state, *[new() for _ in range(50)])) == 1


def test_a_quick_turn_wakes_no_second_slot_and_a_long_one_does(state, store, eventually):
    # Given a turn with the only wake-up, at a job of which nobody knows how long it takes
    (wake,) = take_in(state, new())
    assert len(store.turn(slot(wake.token), 1).claims) == 1

    # When it takes longer than expected, then further jobs wake other slots
    eventually(lambda: take_in(state, new()), 5)
    assert state.zcard(worker_keys.wake_ups(TYPE)) <= SLOTS


def test_a_slow_type_frees_a_wake_up_at_once(state, store):
    state.hset("{jobs}:pace", TYPE, "1000000")
    (wake,) = take_in(state, new())
    store.turn(slot(wake.token), 1, pace_us=1_000_000)
    assert len(take_in(state, new())) == 1


def test_lost_wake_ups_are_sent_again_and_others_are_not(state, store):
    # Given two wake-ups that are long out
    first = take_in(state, *[new() for _ in range(5)])
    overdue(state)

    # When their queue has as many messages, then its slots are busy and nothing is sent
    assert store.wake([TYPE], {"jobs": 2})[0] == []
    assert store.wake([TYPE], {"jobs": 0})[0] == []  # they count again

    # When it has fewer, they were lost
    overdue(state)
    again = store.wake([TYPE], {"jobs": 1})[0]
    assert len(again) == SLOTS
    assert not {wake.token for wake in again} & {wake.token for wake in first}


def test_a_wake_up_lost_behind_another_types_backlog_is_sent_again(state, store):
    # Given a type whose backlog never ends, and one whose wake-up was lost
    take_in(state, *[new(type="endless") for _ in range(50)])
    take_in(state, new())
    overdue(state)

    # When the clock looks, with the messages of the first in the queue
    assert [wake.type for wake in store.wake(["endless", TYPE], {"jobs": SLOTS})[0]] == [TYPE]


def test_a_turn_with_an_unknown_token_finds_what_there_is(state, store):
    job = new()
    take_in(state, job)
    assert [claim.id for claim in store.turn(slot("of-somebody-else"), 5).claims] == [job.id]
    assert store.turn(slot("of-nobody"), 5).claims == []


def test_the_most_urgent_job_has_a_message_of_its_level(state, store):
    take_in(state, *[new(priority=10) for _ in range(5)])
    assert [wake.level for wake in take_in(state, new(priority=-15))] == [0]
    assert take_in(state, new(priority=-15)) == []


def test_a_turn_that_lingers_is_called_and_needs_no_message(state, store):
    # Given a turn that did a job, found no more and stays
    (wake,) = take_in(state, new())
    claims = store.turn(slot(wake.token), 1).claims
    done = [Settlement(one, "complete", "1") for one in claims]
    assert store.turn(slot(wake.token), 1, done, linger_ms=10_000).claims == []

    # When a job comes, then the turn is called, and no wake-up is sent
    job = new()
    assert take_in(state, job) == []
    assert store.wait_for_call(wake.token, 5)
    assert [claim.id for claim in store.turn(slot(wake.token), 1).claims] == [job.id]


def test_a_turn_that_lingers_gives_its_slot_to_another_type(state, store):
    # Given a turn that stays, and a job of another type of its lane
    (wake,) = take_in(state, new())
    done = [Settlement(one, "complete", "1") for one in store.turn(slot(wake.token), 1).claims]
    store.turn(slot(wake.token), 1, done, linger_ms=10_000)
    assert [wake.type for wake in take_in(state, new(type="another"))] == ["another"]

    # Then it is told at once to end, but a turn of another lane would not be
    assert state.lrange(worker_keys.call(wake.token), 0, -1) == ["end"]
    assert not store.wait_for_call(wake.token, 5)


def test_a_turn_that_ends_with_work_left_leaves_a_wake_up(state, store):
    wakes = take_in(state, *[new() for _ in range(5)])
    for wake in wakes:
        store.turn(slot(wake.token), 1)
    ended = store.turn(slot(wakes[0].token), 0)
    assert ended.claims == []
    assert [wake.type for wake in ended.wakes] == [TYPE]


def test_no_slot_is_woken_for_a_paused_type(state, store, usher):
    usher.controls.pause(f"type:{TYPE}")
    assert take_in(state, new()) == []
    assert store.wake([TYPE], {"jobs": 0})[0] == []
    usher.controls.resume(f"type:{TYPE}")
    assert len(store.wake([TYPE], {"jobs": 0})[0]) == 1


def test_slots_of_a_worker_that_is_gone_do_not_count(state, store, eventually):
    # Given a worker that has shown no sign of life for long
    store.announce("worker@dead", {"jobs": 30}, [TYPE], 0.001)

    # Then a new job wakes only slots that live
    eventually(lambda: state.zcount(worker_keys.slots("jobs"), f"({int(time.time() * 1000)}", "+inf") == 1)
    assert len(take_in(state, *[new() for _ in range(50)])) == SLOTS


def test_a_type_without_jobs_leaves_nothing_behind(state, store):
    take_in(state, job := new())
    state.delete(keys.job(job.id), keys.index(TYPE, "queued"))  # as after its retention
    store.forget()
    assert not [key for key in state.keys("{jobs}:*") if TYPE in key]


def test_five_queued_jobs_are_five_jobs_and_two_messages(state, store):
    wakes = take_in(state, *[new() for _ in range(5)])
    assert (state.zcard(keys.index(TYPE, "queued")), len(wakes)) == (5, SLOTS)


def test_dead_slots_are_not_woken(state, store):
    for count in (2, 1, 3, 0):
        store.announce("worker@other", {"jobs": count, "reservations": count}, [TYPE], 60)
        for lane in ("jobs", "reservations"):
            rows = [row for row in state.zrange(worker_keys.slots(lane), 0, -1) if row.startswith("worker@other")]
            assert rows == [f"worker@other {count}"]
    assert len(take_in(state, *[new() for _ in range(50)])) == SLOTS
