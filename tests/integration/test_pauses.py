"""Pauses: the jobs of a paused group wait, and go on in their order once it is resumed, or its time is over."""

from dataclasses import asdict

import pytest

from tasks_app.jobs import Pause
from tasks_app.jobs.job import State
from tasks_app.state import keys, worker_keys
from tests.jobs import TYPE, assert_consistent, claim, new, read, take_in

GROUPS = (f"type:{TYPE}", "queue:jobs", f"key:{TYPE}/a/b\n", "batch:" + "b" * 26, "show:x")


@pytest.mark.parametrize("group", GROUPS)
def test_a_job_of_a_paused_group_stays_queued_until_it_is_resumed(state, store, group, usher):
    # Given a job, and one of its groups paused
    job = new(target="show:x", batch="b" * 26, key="a/b\n")
    take_in(state, job)
    usher.controls.pause(group)

    # When a slot takes a turn, it gets nothing, and no slot is woken
    assert claim(store, job.id) == []
    assert read(state, job.id).state is State.QUEUED
    assert store.reinstate()[0] == 0
    state.delete(worker_keys.wake_ups(TYPE))
    assert store.wake([TYPE], {"jobs": 0})[0] == []

    # Then after the group is resumed workers are woken, and it is done
    usher.controls.resume(group)
    assert [wake.type for wake in store.reinstate()[1] or store.wake([TYPE], {"jobs": 0})[0]] == [TYPE]
    assert len(claim(store, job.id)) == 1
    assert not state.exists(keys.held_back_groups())


def test_jobs_held_back_go_on_in_the_order_in_which_they_came(state, store, usher):
    jobs = [new(target="show:x") for _ in range(30)]
    take_in(state, *jobs)
    usher.controls.pause("show:x")
    claim(store, *[job.id for job in jobs])
    usher.controls.resume("show:x")
    assert store.reinstate()[0] == 30
    assert [claim.id for claim in store.claim(TYPE, "w", 30)] == [job.id for job in jobs]


def test_a_job_held_back_can_be_cancelled(state, store, usher):
    job = new(target="show:x")
    take_in(state, job)
    usher.controls.pause("show:x")
    claim(store, job.id)
    usher.controls.cancel(job.id)
    usher.controls.resume("show:x")
    assert store.reinstate()[0] == 0
    assert_consistent(state)


def test_a_pause_says_since_when_by_whom_why_and_until_when(state, store, usher):
    # Given a pause that is said anew
    job = new(target="show:x")
    take_in(state, job)
    usher.controls.pause("show:x")
    since_ms = 1_700_000_000_000
    state.hset(keys.pauses(), "show:x", str(since_ms))
    usher.controls.pause("show:x", "the printer is broken", "ops", until_ms=4_951_789_200_000)

    # Then it lasts since the first time, and the job that waits says all of it
    told = Pause(since_ms, "ops", "the printer is broken", 4_951_789_200_000)
    assert usher.jobs.pauses() == {"show:x": told}
    waiting_for = usher.jobs.read(job.id).waiting_for
    assert {name: waiting_for[name] for name in ("since_ms", "by", "reason", "until_ms")} == asdict(told)

    # And nothing of it stays once it is resumed
    usher.controls.resume("show:x")
    assert usher.jobs.pauses() == {}
    assert not state.exists(keys.pauses(), keys.pause_notes(), keys.pause_ends())


@pytest.mark.parametrize("group", GROUPS)
def test_a_pause_ends_by_itself_at_its_time(state, store, usher, group, eventually):
    job = new(target="show:x", batch="b" * 26, key="a/b\n")
    take_in(state, job)
    usher.controls.pause(group, for_ms=400)
    assert claim(store, job.id) == []
    store.reinstate()
    assert group in usher.jobs.pauses()
    eventually(lambda: store.reinstate() and not usher.jobs.pauses())
    assert len(claim(store, job.id)) == 1
    assert not state.exists(keys.pauses(), keys.paused_keys(), keys.pause_notes(), keys.pause_ends())
    assert not state.exists(keys.held_back_groups())


def test_a_pause_that_is_said_anew_without_an_end_stays(state, store, usher):
    usher.controls.pause("show:x", for_ms=1)
    usher.controls.pause("show:x", "longer than expected")
    assert not state.exists(keys.pause_ends())


def test_the_end_of_an_earlier_pause_ends_no_later_one(state, store, usher):
    # Given a pause with an end, that a release which knew no ends resumed and made anew
    usher.controls.pause("show:x", "a test", "ops", until_ms=1)
    state.hset(keys.pauses(), "show:x", "5")
    store.reinstate()
    assert usher.jobs.pauses() == {"show:x": Pause(5)}
    assert not state.exists(keys.pause_notes(), keys.pause_ends())


def test_a_forgotten_batch_leaves_nothing_of_its_pause(state, store, usher):
    job = new(batch="b" * 26)
    take_in(state, job)
    usher.controls.cancel(job.id)
    usher.controls.pause("batch:" + "b" * 26, "a test", for_ms=60_000)
    state.zadd(keys.batches(), {"b" * 26: 1})
    store.forget()
    assert not state.exists(keys.pauses(), keys.pause_notes(), keys.pause_ends())
