"""Gates: jobs behind a closed one wait in line, and go on in their order once it opens."""

import pytest

from tasks_app.jobs.job import State
from tasks_app.state import keys
from tests.jobs import TYPE, assert_consistent, new, options, read, slot_claims, take_in
from worker.jobs.job_store import JobStore


@pytest.fixture
def store(state):
    return JobStore(state, options())


def claim(store, *ids):
    return slot_claims(store, ids)


@pytest.mark.parametrize("gate", [f"type:{TYPE}", "batch:" + "b" * 26, "show:x"])
def test_a_job_behind_a_closed_gate_stays_queued_until_it_opens(state, store, gate, usher):
    # Given a job, and one of its gates closed
    job = new(target="show:x", batch="b" * 26)
    take_in(state, job)
    usher.controls.close_gate(gate)

    # When a slot takes a turn, it gets nothing, and nobody is woken
    assert claim(store, job.id) == []
    assert read(state, job.id).state is State.QUEUED
    assert store.unpark()[0] == 0
    state.delete(keys.wake_ups(TYPE))
    assert store.wake([TYPE], {"jobs": 0})[0] == []

    # Then after the gate opened workers are woken, and it is done
    usher.controls.open_gate(gate)
    assert [wake.type for wake in store.unpark()[1] or store.wake([TYPE], {"jobs": 0})[0]] == [TYPE]
    assert len(claim(store, job.id)) == 1
    assert not state.exists(keys.parked_gates())


def test_parked_jobs_go_on_in_the_order_in_which_they_came(state, store, usher):
    jobs = [new(target="show:x") for _ in range(30)]
    take_in(state, *jobs)
    usher.controls.close_gate("show:x")
    claim(store, *[job.id for job in jobs])
    usher.controls.open_gate("show:x")
    assert store.unpark()[0] == 30
    assert [claim.id for claim in store.claim(TYPE, "w", 30)] == [job.id for job in jobs]


def test_a_parked_job_can_be_cancelled(state, store, usher):
    job = new(target="show:x")
    take_in(state, job)
    usher.controls.close_gate("show:x")
    claim(store, job.id)
    usher.controls.cancel(job.id)
    usher.controls.open_gate("show:x")
    assert store.unpark()[0] == 0
    assert_consistent(state)
