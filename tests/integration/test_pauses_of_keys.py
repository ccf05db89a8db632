"""A paused key: its jobs wait, however they come, and those of all other keys go on as if it were not there."""

import random

import pytest

from tasks_app.errors import TooManyPausesError
from tasks_app.jobs import JobControls, groups
from tasks_app.jobs.job import State
from tasks_app.jobs.type_rules import Limits, Rules
from tasks_app.state import keys, script_keys, worker_keys
from tests.jobs import TYPE, assert_consistent, new, options, read, take_in
from worker.jobs.job_store import JobStore, Settlement

ADA = groups.of_key(TYPE, "ada")
SLOTS = 4


@pytest.fixture
def store(state):
    store = JobStore(state, options())
    store.announce("worker@test", {"jobs": SLOTS}, [TYPE], 60)
    return store


def claimed(store, most=1):
    return store.claim(TYPE, "worker@test", most)


def done(store, claims):
    store.settle([Settlement(one, "complete", "1") for one in claims])


def test_only_the_paused_key_waits_and_its_order_is_kept(state, store, usher):
    # Given a thousand jobs of ten keys, of which some are done
    jobs = [new(key=f"k{number % 10}") for number in range(1_000)]
    take_in(state, *jobs)
    order = []

    def work(most):
        claims = claimed(store, most)
        order.extend(one.id for one in claims)
        done(store, claims)
        return claims

    while len(order) < 300:
        work(random.randint(1, 20))

    # When a key is paused in the middle, then all others are done
    usher.controls.pause(groups.of_key(TYPE, "k3"))
    seen = len(order)
    while work(17):
        pass
    key_of = {job.id: job.key for job in jobs}
    waiting = [job.id for job in jobs if job.key == "k3" and job.id not in order]
    assert "k3" not in {key_of[one] for one in order[seen:]}
    assert len(order) + len(waiting) == 1_000
    assert len(waiting) > 50

    # And after it is resumed its jobs follow, each key in the order in which they came
    usher.controls.resume(groups.of_key(TYPE, "k3"))
    while work(17):
        pass
    for key in set(key_of.values()):
        assert [one for one in order if key_of[one] == key] == [job.id for job in jobs if job.key == key]
    assert_consistent(state)
    assert not state.exists(script_keys.ring(TYPE), script_keys.resting(TYPE), keys.paused_keys())


def test_jobs_that_come_later_or_again_wait_too(state, store, usher, eventually):
    # Given a job that runs while its key is paused, and jobs that come after it, now and later
    running = new(key="ada", attempts=3)
    take_in(state, running)
    claims = claimed(store)
    usher.controls.pause(ADA)
    late, delayed, gone = new(key="ada"), new(key="ada", delay_ms=1), new(key="ada")
    take_in(state, late, delayed, gone)
    eventually(lambda: store.promote([TYPE])[0])

    # When the first ends in an error and is due again, and one is cancelled and replayed
    store.settle([Settlement(one, "error", '{"code":"error","message":"m"}', 1) for one in claims])
    eventually(lambda: store.promote([TYPE])[0])
    usher.controls.cancel(gone.id)
    usher.controls.replay(gone.id)

    # Then all of them wait for the key, whatever their priority, and start once it is resumed
    usher.controls.prioritise(late.id, -15)
    assert claimed(store, 9) == []
    jobs = (running, late, delayed, gone)
    assert {usher.jobs.read(job.id).waiting_for["group"] for job in jobs} == {ADA}
    usher.controls.resume(ADA)
    assert {one.id for one in claimed(store, 9)} == {job.id for job in jobs}
    assert_consistent(state)


def test_a_key_with_no_job_in_the_backlog_can_be_paused(state, store, usher, eventually):
    # Given a key whose jobs are all delayed: since they were asked for later, by a retry, and by a snooze
    retried, snoozed = new(key="ada", attempts=3), new(key="ada")
    take_in(state, retried, snoozed)
    claims = {one.id: one for one in claimed(store, 2)}
    delayed = new(key="ada", delay_ms=400)
    take_in(state, delayed, new(key="bob", delay_ms=400))
    error = Settlement(claims[retried.id], "error", '{"code":"error","message":"m"}', 400)
    store.settle([error, Settlement(claims[snoozed.id], "snoozed", '"busy"', 400)])
    jobs = (retried, snoozed, delayed)
    assert {read(state, job.id).state for job in jobs} == {State.DELAYED}

    # When it is paused before they are due, then all of them wait once they are, and another key's do not
    usher.controls.pause(ADA)
    due = []
    eventually(lambda: due.append(store.promote([TYPE])[0]) or sum(due) == len(jobs) + 1)
    assert [read(state, one.id).key for one in claimed(store, 9)] == ["bob"]
    assert {usher.jobs.read(job.id).waiting_for["group"] for job in jobs} == {ADA}

    # And they start once it is resumed
    usher.controls.resume(ADA)
    assert {one.id for one in claimed(store, 9)} == {job.id for job in jobs}
    assert_consistent(state)
    assert not state.exists(script_keys.ring(TYPE), script_keys.resting(TYPE))


def test_a_key_that_is_resumed_before_its_jobs_are_due_holds_none_of_them_back(state, store, usher, eventually):
    job = new(key="ada", delay_ms=100)
    take_in(state, job)
    usher.controls.pause(ADA)
    usher.controls.resume(ADA)
    eventually(lambda: store.promote([TYPE])[0])
    assert [one.id for one in claimed(store)] == [job.id]


def test_a_job_whose_worker_died_meanwhile_waits_too(state, store, usher, eventually):
    job = new(key="ada")
    take_in(state, job)
    claimed(store)
    usher.controls.pause(ADA)
    eventually(lambda: store.recover([TYPE])[0])  # its lease ended
    assert claimed(store) == []
    assert read(state, job.id).state is State.QUEUED
    usher.controls.resume(ADA)
    assert [one.id for one in claimed(store)] == [job.id]


def test_a_turn_that_meets_a_paused_key_in_the_ring_passes_it(state, store, usher):
    # Given a paused key that a program of an earlier release put into the ring
    ada, bob = new(key="ada"), new(key="bob")
    take_in(state, ada)
    usher.controls.pause(ADA)
    state.zadd(script_keys.ring(TYPE), {"ada": 1})
    take_in(state, bob)
    assert [one.id for one in claimed(store, 5)] == [bob.id]
    assert state.zrange(script_keys.ring(TYPE), 0, -1) == []


def test_a_key_that_is_resumed_still_keeps_to_its_limits(state, store, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    take_in(state, *[new(key="ada") for _ in range(3)])
    first = claimed(store, 9)
    usher.controls.pause(ADA)
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=2)))
    assert (len(first), claimed(store, 9)) == (1, [])
    usher.controls.resume(ADA)
    assert len(claimed(store, 9)) == 1


def test_slots_are_woken_for_what_may_start_and_not_for_a_paused_key(state, store, usher):
    # Given a long backlog of a paused key, and two jobs of another one
    take_in(state, *[new(key="ada") for _ in range(50)])
    usher.controls.pause(ADA)
    state.delete(worker_keys.wake_ups(TYPE))
    assert store.wake([TYPE], {"jobs": 0})[0] == []
    assert len(take_in(state, new(key="bob"), new(key="bob"))) == 2

    # Then more jobs of that key need more slots
    assert len(take_in(state, *[new(key="bob") for _ in range(9)])) == SLOTS - 2


def test_a_pause_of_a_key_ends_with_a_wake_up(state, store, usher, eventually):
    take_in(state, new(key="ada"))
    usher.controls.pause(ADA, for_ms=300)
    state.delete(worker_keys.wake_ups(TYPE))
    woken = []
    eventually(lambda: woken.extend(store.reinstate()[1]) or not usher.jobs.pauses())
    assert [wake.type for wake in woken] == [TYPE]


def test_a_backlog_says_which_keys_no_pause_holds_back(state, store, usher):
    first = new(key="ada")
    take_in(state, first)
    usher.controls.pause(ADA)
    found = usher.jobs.backlogs()[TYPE]
    at_ms = usher.jobs.read(first.id).created_ms
    assert at_ms <= found.oldest_ms <= at_ms + 1
    assert found.unpaused_oldest_ms is None

    second = new(key="bob")
    take_in(state, second)
    found = usher.jobs.backlogs()[TYPE]
    at_ms = usher.jobs.read(second.id).created_ms
    assert at_ms <= found.unpaused_oldest_ms <= at_ms + 1
    assert found.oldest_ms <= at_ms


def test_as_many_keys_as_other_groups_may_be_paused(state):
    controls = JobControls(state, list, pause_limit=2)
    for name in ("a", "b"):
        controls.pause(groups.of_key(TYPE, name))
        controls.pause(f"show:{name}")
    controls.pause(groups.of_key(TYPE, "a"), "again")
    for group in (groups.of_key(TYPE, "c"), "show:c"):
        with pytest.raises(TooManyPausesError):
            controls.pause(group)


def test_keys_of_other_types_and_the_type_itself_are_not_paused(state, store, usher):
    take_in(state, new(key="ada"), new(type="other", key="ada"), new())
    usher.controls.pause(groups.of_key("other", "ada"))
    assert len(claimed(store, 9)) == 2
    assert store.claim("other", "worker@test", 9) == []
    state_of = usher.types.of("other")
    assert (state_of.pause, list(state_of.paused_keys)) == (None, ["ada"])
