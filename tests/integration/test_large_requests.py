"""Requests of many parts: taken whole or not at all, and others get in between."""

from dataclasses import replace

import pytest

from tasks_app.errors import IdempotencyConflictError, QueueFullError, StateUnavailableError, TooManyTypesError
from tasks_app.jobs import new_job
from tasks_app.jobs.intake import Intake
from tasks_app.jobs.job import State
from tasks_app.jobs.staging import Staging
from tasks_app.state import keys
from tests.integration.large_requests import (
    BATCH,
    COUNT,
    PARTS,
    assert_all_there,
    large,
    leftovers,
    stored,
    submit_and_die,
)
from tests.jobs import TYPE, events_of, new, news, options, read, take_in


def test_a_large_request_is_taken_in_its_order(state):
    jobs = large()
    wakes = take_in(state, *jobs)
    assert_all_there(state, jobs)
    assert {wake.type for wake in wakes} == {TYPE}
    assert read(state, jobs[-1].id).state is State.QUEUED


def test_another_request_gets_in_between_the_parts_of_a_large_one(state):
    # Given a caller that submits a job whenever a part of the large request has been recorded
    intake, other = Intake(state, lambda _: None, options()), Intake(state, lambda _: None, options())
    script, small = intake._staging._fill, []

    def fill(**call):
        small.append(new(type="other"))
        other.submit([small[-1]])
        return script(**call)

    intake._staging._fill = fill

    # When the large request is taken in
    intake.submit(large())

    # Then each of its jobs comes before a part, and no part is larger than it may be
    types = [event.type for event in events_of(state)]
    runs = "".join("o" if kind == "other" else "x" for kind in types).strip("o").split("o")
    assert len(small) == PARTS == len(runs)
    assert max(map(len, runs)) == new_job.JOBS_PER_PART


def test_a_large_request_without_a_batch_is_taken_whole_too(state):
    jobs = [replace(job, batch="") for job in large()]
    take_in(state, *jobs)
    assert state.zrange(keys.index(TYPE, "queued"), 0, -1) == [job.id for job in jobs]
    assert leftovers(state) == []


def test_parts_that_are_staged_and_not_taken_are_invisible_and_expire(state):
    jobs = large()
    staging = Staging(state, options())
    staging._stage("token a", new_job.parts(jobs, options()))
    assert stored(state) == [keys.staged("token a")]
    assert 0 < state.ttl(keys.staged("token a")) <= 60
    assert staging.fill_overdue() == []


def test_parts_that_expired_before_they_were_taken_are_not_half_a_request(state):
    intake = Intake(state, lambda _: None, options())
    script = intake._staging._commit

    def commit(**call):
        state.delete(*leftovers(state))
        return script(**call)

    intake._staging._commit = commit
    with pytest.raises(StateUnavailableError):
        intake.submit(large())
    assert stored(state) == []


def test_a_large_request_that_comes_again_adds_nothing(state):
    jobs = large("key")
    intake = Intake(state, lambda _: None, options())
    assert [set(news(intake.submit(jobs))), set(news(intake.submit(jobs)))] == [{True}, {False}]
    assert_all_there(state, jobs)


def test_a_large_request_with_the_key_of_another_is_refused_whole(state):
    # Given a key that a single job has
    take_in(state, new(id="0" * 26, fingerprint="single"))

    # When a large request comes with it, nothing of it is taken
    with pytest.raises(IdempotencyConflictError):
        take_in(state, *large("key"))
    assert state.zcard(keys.index(TYPE, "queued")) == 1
    assert (leftovers(state), state.exists(keys.batch(BATCH))) == ([], 0)


def test_a_job_in_the_middle_that_is_known_with_another_key_keeps_the_whole_request_out(state):
    jobs = large("key")
    take_in(state, replace(jobs[COUNT // 2], fingerprint="other", request="", batch=""))
    with pytest.raises(IdempotencyConflictError):
        take_in(state, *jobs)
    assert state.zcard(keys.index(TYPE, "queued")) == 1


def test_a_full_queue_refuses_a_large_request_whole_and_knows_a_repeated_one(state):
    # Given a queue that a large request has filled
    limits = options(queue_limit=COUNT)
    take_in(state, *large("key"), limits=limits)

    # When another comes, nothing of it is taken; the same one is known
    others = [new() for _ in range(COUNT)]
    with pytest.raises(QueueFullError):
        take_in(state, *others, limits=limits)
    assert not any(news(Intake(state, lambda _: None, limits).submit(large("key"))))
    assert_all_there(state, large())


def test_jobs_that_are_taken_and_not_recorded_yet_count_as_waiting(state):
    submit_and_die(state, large(), 0)
    limits = options(queue_limit=COUNT)
    with pytest.raises(QueueFullError):
        take_in(state, new(), limits=limits)
    with pytest.raises(QueueFullError):
        take_in(state, *[new() for _ in range(COUNT)], limits=limits)
    take_in(state, new(type="other"), limits=limits)


def test_one_type_too_many_in_a_large_request_keeps_it_out_whole(state):
    limits = options(type_limit=2)
    jobs = [*large()[:-2], new(type="second"), new(type="third")]
    with pytest.raises(TooManyTypesError):
        take_in(state, *jobs, limits=limits)
    assert stored(state) == []
    take_in(state, *jobs[:-1], limits=limits)


def test_an_impossible_job_at_its_end_keeps_a_large_request_out(state):
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        take_in(state, *large(), new(title="\ud800"))
    assert stored(state) == []
