"""Taking jobs in: recorded before anything else, all or none."""

import pytest

from tasks_app.errors import IdempotencyConflictError, QueueFullError, StateUnavailableError
from tasks_app.jobs.intake import Intake
from tasks_app.jobs.job import State
from tasks_app.state import connections, keys
from tasks_app.text import dates
from tests.jobs import TYPE, assert_consistent, new, news, options, read, take_in, told, where


def test_a_job_is_queued_and_its_event_published(state):
    job = new(data={"a": 1})
    wakes = take_in(state, job)
    assert read(state, job.id).state is State.QUEUED
    assert (where(state, job.id), told(state, job.id)) == (["queued"], ["queued"])
    assert [(wake.type, wake.level) for wake in wakes] == [(TYPE, 3)]


def test_a_job_with_a_delay_waits_and_is_not_published(state):
    job = new(delay_ms=60_000)
    assert take_in(state, job) == []
    found = read(state, job.id)
    assert found.state is State.DELAYED
    assert found.due_ms == found.created_ms + 60_000
    assert where(state, job.id) == ["delayed"]


def test_a_date_in_the_past_means_now(state):
    job = new(due_ms=dates.EARLIEST_MS)
    assert len(take_in(state, job)) == 1
    assert read(state, job.id).state is State.QUEUED


def test_the_same_id_and_fingerprint_is_the_same_job(state):
    # Given a job that came with an Idempotency-Key
    job = new(id="k" * 26, fingerprint="f")
    intake = Intake(state, lambda _: None, options())
    assert news(intake.submit([job])) == [True]

    # When the request comes again
    # Then nothing is added
    assert news(intake.submit([job])) == [False]
    assert told(state, job.id) == ["queued"]
    assert_consistent(state)


def test_another_body_with_the_same_key_is_refused(state):
    job_id = "k" * 26
    take_in(state, new(id=job_id, fingerprint="f", data={"n": 1}))
    with pytest.raises(IdempotencyConflictError):
        take_in(state, new(id=job_id, fingerprint="other", data={"n": 2}))
    assert read(state, job_id).data == {"n": 1}


def test_a_full_queue_takes_a_request_whole_or_not_at_all(state):
    # Given a queue with room for one more
    limits = options(queue_limit=2)
    take_in(state, new(), limits=limits)

    # When a request of three comes, it is taken whole; the next one is refused whole
    take_in(state, new(), new(), new(), limits=limits)
    with pytest.raises(QueueFullError):
        take_in(state, new(), new(), limits=limits)

    # Then nothing of the refused one was recorded
    assert state.zcard(keys.index(TYPE, "queued")) == 4
    assert_consistent(state)


def test_another_type_has_a_queue_of_its_own(state):
    limits = options(queue_limit=1)
    take_in(state, new(), limits=limits)
    assert len(take_in(state, new(type="other"), limits=limits)) == 1


def test_a_server_that_does_not_answer_is_an_error_and_no_hang(valkey, state):
    intake = Intake(connections.connect(valkey.url(), 0.3), lambda _: None, options())
    intake.submit([new()])
    with valkey.frozen(), pytest.raises(StateUnavailableError):
        intake.submit([new()])
    assert news(intake.submit([new()])) == [True]


def test_jobs_of_a_batch_are_counted_and_listed_in_order(state):
    jobs = [new(batch="b" * 26, delay_ms=60_000 * (number % 2)) for number in range(4)]
    take_in(state, *jobs)
    counts = state.hgetall(keys.batch("b" * 26))
    assert (counts["total"], counts["queued"], counts["delayed"]) == ("4", "2", "2")
    assert state.lrange(keys.batch_jobs("b" * 26), 0, -1) == [job.id for job in jobs]


ERROR = '{"code":"suppressed","message":"no"}'


def test_a_job_with_an_error_has_failed_at_once_and_is_not_published(state):
    # Given a job that must never be done, though it asks for a delay, between two others of its batch
    batch = "b" * 26
    doomed = new(batch=batch, error=ERROR, delay_ms=60_000)
    others = [new(batch=batch), new(batch=batch)]

    # When they are taken in
    take_in(state, others[0], doomed, others[1])

    # Then only that job has failed, with an event and in the counts
    found = read(state, doomed.id)
    assert (found.state, found.error) == (State.FAILED, {"code": "suppressed", "message": "no"})
    assert (found.finished_ms, found.due_ms, found.attempts_made) == (found.created_ms, None, 0)
    assert (where(state, doomed.id), told(state, doomed.id)) == (["failed"], ["failed"])
    counts = state.hgetall(keys.batch(batch))
    assert (counts["total"], counts["failed"], counts["queued"]) == ("3", "1", "2")
    assert_consistent(state)


def test_a_job_that_failed_at_once_can_be_submitted_again(state):
    job = new(id="k" * 26, fingerprint="f", error=ERROR)
    intake = Intake(state, lambda _: None, options())
    assert [news(intake.submit([job])), news(intake.submit([job]))] == [[True], [False]]
    assert told(state, job.id) == ["failed"]


def test_a_batch_of_known_jobs_is_there_and_empty(state):
    job = new(id="k" * 26, fingerprint="dedup", batch="a" * 26)
    take_in(state, job)
    take_in(state, new(id=job.id, fingerprint="dedup", batch="b" * 26))
    assert state.hget(keys.batch("a" * 26), "total") == "1"
    assert state.hget(keys.batch("b" * 26), "total") == "0"
    assert state.zcard(keys.batches()) == 2
