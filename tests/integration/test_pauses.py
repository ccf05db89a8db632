"""Pauses: the jobs of a paused group wait, and go on in their order once it is resumed."""

import pytest

from tasks_app.jobs.job import State
from tasks_app.state import keys, worker_keys
from tests.jobs import TYPE, assert_consistent, claim, new, read, take_in


@pytest.mark.parametrize("group", [f"type:{TYPE}", "batch:" + "b" * 26, "show:x"])
def test_a_job_of_a_paused_group_stays_queued_until_it_is_resumed(state, store, group, usher):
    # Given a job, and one of its groups paused
    job = new(target="show:x", batch="b" * 26)
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
