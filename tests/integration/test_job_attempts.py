"""What follows an attempt that did not complete a job: the next one after a wait, or none."""

import pytest

from tasks_app.jobs.job import Backoff, State
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from tests.jobs import TYPE, claim, new, read, take_in, told
from worker.jobs.job_store import Settlement

BOOM = '{"code":"error","message":"boom"}'


def test_an_error_with_attempts_left_waits_for_the_next(state, store):
    job = new(attempts=2, backoff=Backoff("fixed", delay_ms=50_000, jitter=0))
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "error", BOOM)])
    found = read(state, job.id)
    assert (found.state, found.attempts_made, found.error["message"]) == (State.DELAYED, 1, "boom")
    assert 49_000 < found.due_ms - found.started_ms < 51_000
    assert told(state, job.id)[-1] == "retrying"


def test_the_last_attempts_error_fails_the_job(state, store):
    job = new(attempts=2)
    take_in(state, job)
    for _ in range(2):
        store.promote([TYPE])
        (claimed,) = claim(store, job.id)
        store.settle([Settlement(claimed, "error", BOOM)])
    found = read(state, job.id)
    assert (found.state, found.attempts_made) == (State.FAILED, 2)
    assert told(state, job.id) == ["queued", "active", "retrying", "queued", "active", "failed"]


def test_a_permanent_error_fails_at_once(state, store):
    job = new(attempts=9)
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "permanent", '{"code":"permanent","message":"no"}')])
    assert read(state, job.id).state is State.FAILED


def test_a_longer_wait_that_the_handler_names_overrides_the_backoff(state, store):
    job = new(attempts=2, backoff=Backoff("fixed", delay_ms=1))
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "error", "{}", wait_ms=90_000)])
    found = read(state, job.id)
    assert 89_000 < found.due_ms - found.started_ms < 91_000


@pytest.mark.parametrize(
    ("backoff", "made", "least", "most"),
    [
        (Backoff("exponential", 1_000, 600_000, 0), 1, 1_000, 1_000),
        (Backoff("exponential", 1_000, 600_000, 0), 4, 8_000, 8_000),
        (Backoff("exponential", 1_000, 5_000, 0), 9, 5_000, 5_000),
        (Backoff("exponential", 1_000, 5_000, 0), 900, 5_000, 5_000),
        (Backoff("fixed", 1_000, 600_000, 0.5), 7, 500, 1_000),
    ],
)
def test_backoff_grows_is_capped_and_is_partly_random(state, store, backoff, made, least, most):
    job = new(attempts=1_000, backoff=backoff)
    take_in(state, job)
    state.hset(keys.job(job.id), STORED["claims"], made - 1)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "error", "{}")])
    found = read(state, job.id)
    assert least <= found.due_ms - found.started_ms <= most + 500  # the settle came a moment after the start


def test_jitter_spreads_the_attempts_of_jobs_that_failed_together(state, store):
    jobs = [new(attempts=2, backoff=Backoff("fixed", 10_000, jitter=1)) for _ in range(20)]
    take_in(state, *jobs)
    for one in claim(store, *[job.id for job in jobs]):
        store.settle([Settlement(one, "error", "{}")])
    waits = [found.due_ms - found.started_ms for found in (read(state, job.id) for job in jobs)]
    assert max(waits) - min(waits) > 2_000


def test_a_snoozed_job_comes_back_later_and_costs_no_attempt(state, store):
    # Given a job that its handler gave back
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "snoozed", '"not yet"', wait_ms=60_000)])
    found = read(state, job.id)
    assert (found.state, found.attempts_made) == (State.DELAYED, 0)
    assert 59_000 < found.due_ms - found.started_ms < 61_000
    assert told(state, job.id)[-1] == "snoozed"

    # And it says why, until it is claimed again
    assert found.snoozed == "not yet"
    state.zadd(keys.index(TYPE, "delayed"), {job.id: 1}, xx=True)
    store.promote([TYPE])
    assert read(state, job.id).snoozed == "not yet"
    claim(store, job.id)
    assert not state.hexists(keys.job(job.id), "snoozed")
