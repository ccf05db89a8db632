"""The test mode behaves like the engine: everything done to the real scripts and to its copy has the same effect."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tasks_app.jobs.job import DEDUP, NewJob, Unique, fresh_id
from tests.integration.store_machine import ERROR, SUPPRESSED, TYPES, StoreMachine


def test_the_copy_of_the_scripts_does_what_they_do(timed_store):
    run_state_machine_as_test(
        lambda: StoreMachine(timed_store),
        settings=settings(
            max_examples=80,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def call_off(machine):
    machine.control(0, "cancel")


def call_off_while_active(machine):
    machine.claim(TYPES[0], 3, 0)
    machine.log(0, 1)
    machine.control(0, "cancel")


def call_off_while_sent(machine):
    machine.claim(TYPES[0], 3, 0)
    machine.begin(0)
    machine.control(0, "cancel")


def call_off_while_in_doubt(machine):
    machine.claim(TYPES[0], 3, 0)
    machine.begin(0)
    machine.settle(0, ERROR, 300, "in_doubt")
    machine.control(0, "cancel")


def suppress(machine):
    machine.claim(TYPES[0], 3, 0)
    machine.log(0, 1)
    machine.settle(0, SUPPRESSED, None)


def test_more_attempts_than_are_kept_are_alike(timed_store):
    machine = StoreMachine(timed_store)
    job = NewJob(TYPES[0], {"n": 1}, fresh_id(), attempts=14)
    machine.submit([job])
    for _ in range(14):
        machine.claim(TYPES[0], 1, 0)
        machine.settle(0, ERROR, None)
        machine.time_passes(1, "promote")
    record = machine.ours.records[job.id]
    assert sorted(int(name[4:]) for name in record if name.startswith("try:")) == list(range(5, 15))
    machine.control(0, "replay")
    assert not any(name.startswith("try:") for name in machine.ours.records[job.id])


def test_a_key_takes_its_turn_by_its_first_queued_job_even_behind_a_delayed_one_of_its_request(timed_store):
    machine = StoreMachine(timed_store)
    delayed, first, other = (NewJob(TYPES[0], {}, fresh_id(), key=key) for key in ("ada", "ada", "bob"))
    machine.submit([replace(delayed, delay_ms=600), first, other])
    machine.claim(TYPES[0], 3, 0)
    assert [claim.id for claim in machine.claims] == [first.id, other.id]


def test_a_replaced_job_that_is_alone_in_the_line_of_its_key_takes_its_turn_alike(timed_store):
    # Given a key that had its turn, and another
    machine = StoreMachine(timed_store)
    jobs = [NewJob(TYPES[0], {}, fresh_id(), key=key) for key in ("ada", "ada", "bob")]
    jobs[1] = replace(jobs[1], unique=Unique("k"))
    machine.submit(jobs)
    machine.pass_time(1)
    machine.claim(TYPES[0], 1, 0)

    # When the last job of the first is replaced
    machine.submit([NewJob(TYPES[0], {}, fresh_id(), key="ada", unique=Unique("k", on_conflict="replace"))])
    machine.claim(TYPES[0], 1, 0)
    machine.claim(TYPES[0], 1, 0)


@pytest.mark.parametrize("batch", ["", "b"])
@pytest.mark.parametrize(
    "end", [call_off, call_off_while_active, call_off_while_sent, call_off_while_in_doubt, suppress]
)
def test_an_unsent_message_is_taken_in_again_alike(timed_store, end, batch):
    # Given a job with a dedup_key that is over
    machine = StoreMachine(timed_store)
    job = NewJob(TYPES[0], {"n": 1}, fresh_id(), DEDUP, batch=batch, attempts=2)
    machine.submit([job])
    end(machine)

    # When it comes again, in its own batch and in another
    for again in (batch, "other"):
        machine.submit([replace(job, batch=again)])

    # Then both stores hold the same, even after a worker took it and an earlier one answers
    machine.claim(TYPES[0], 3, 0)
    machine.settle(1, ERROR, None)
    machine.settle(0, ERROR, None)
