"""What an operator may do to a job: cancel, replay, prioritise; and when Usher refuses that."""

import pytest

from tasks_app.errors import IllegalTransitionError, UnknownJobError
from tasks_app.jobs import JobControls, controls
from tasks_app.jobs.job import State
from tasks_app.state import keys, worker_keys
from tests.jobs import TYPE, assert_consistent, claim, new, read, take_in
from worker.jobs.job_store import Settlement

BOOM = '{"code":"error","message":"boom"}'


def test_cancel_ends_a_queued_a_delayed_and_an_active_job(state, store, usher):
    queued, delayed, active = new(), new(delay_ms=60_000), new()
    take_in(state, queued, delayed, active)
    (claimed,) = claim(store, active.id)
    for job in (queued, delayed, active):
        usher.controls.cancel(job.id)
        usher.controls.cancel(job.id)  # safe to repeat
        assert read(state, job.id).state is State.CANCELLED
    assert store.settle([Settlement(claimed, "complete", "1")]) == [False]
    assert claim(store, queued.id) == []
    assert_consistent(state)


def test_the_failed_jobs_of_a_batch_are_queued_again_except_the_hopeless(state, store):
    # Given a batch in which one failed, one was hopeless and one is complete; its jobs are looked at one by one
    one_by_one = JobControls(state, lambda _: None, batch_step=1)
    jobs = [new(batch="b" * 26, request="r") for _ in range(3)]
    take_in(state, *jobs)
    verdicts = [("permanent", BOOM), ("permanent", BOOM.replace("error", controls.HOPELESS[0])), ("complete", "1")]
    claims = claim(store, *(job.id for job in jobs))
    store.settle([Settlement(one, *verdict) for one, verdict in zip(claims, verdicts, strict=True)])

    # Then only the first is queued again, once
    assert [one_by_one.replay_batch("b" * 26) for _ in range(2)] == [1, 0]
    assert [read(state, job.id).state for job in jobs] == [State.QUEUED, State.FAILED, State.COMPLETE]
    assert_consistent(state)


def test_an_active_job_that_may_have_taken_units_cannot_be_cancelled(state, store, usher):
    job = new(target="show:x")
    take_in(state, job)
    claim(store, job.id)
    with pytest.raises(IllegalTransitionError):
        usher.controls.cancel(job.id)


def test_a_job_that_was_claimed_once_and_may_have_taken_units_cannot_be_cancelled(state, store, usher):
    # Given a reservation whose worker died after it may have taken units
    job = new(target="show:x")
    take_in(state, job)
    claim(store, job.id)
    state.zadd(keys.index(TYPE, "active"), {job.id: 1})
    store.recover([TYPE])
    assert read(state, job.id).state is State.QUEUED

    # When it is cancelled, then that is refused, since its units would stay taken
    with pytest.raises(IllegalTransitionError):
        usher.controls.cancel(job.id)


def test_a_job_that_is_over_cannot_be_cancelled(state, store, usher):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "complete", "1")])
    with pytest.raises(IllegalTransitionError):
        usher.controls.cancel(job.id)
    with pytest.raises(UnknownJobError):
        usher.controls.cancel("a" * 26)


def test_replay_gives_a_failed_job_all_its_attempts_again(state, store, monkeypatch, usher):
    # Given a job that failed
    job = new(batch="b" * 26)
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "error", BOOM)])

    # When it is replayed
    state.delete(worker_keys.wake_ups(TYPE), f"{keys.JOBS}:turns:{TYPE}")
    usher.controls.replay(job.id)

    # Then it is queued like a new job, its fence is higher than before, and the old worker cannot settle it
    found = read(state, job.id)
    assert (found.state, found.attempts_made, found.error, found.finished_ms) == (State.QUEUED, 0, None, None)
    assert [wake.type for wake in usher.woken] == [TYPE]
    (again,) = claim(store, job.id)
    assert again.fence > claimed.fence
    assert store.settle([Settlement(claimed, "complete", "1")]) == [False]
    with pytest.raises(IllegalTransitionError):
        usher.controls.replay(job.id)


def test_prioritise_changes_a_waiting_job_and_publishes_it_again(state, store, monkeypatch, usher):
    queued, delayed = new(), new(delay_ms=60_000)
    take_in(state, queued, delayed)
    for job in (queued, delayed):
        usher.controls.prioritise(job.id, -15)
        assert read(state, job.id).priority == -15
    assert [(wake.type, wake.level) for wake in usher.woken] == [(TYPE, 0)]
    claim(store, queued.id)
    with pytest.raises(IllegalTransitionError):
        usher.controls.prioritise(queued.id, 0)
