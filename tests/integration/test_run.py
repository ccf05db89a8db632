"""The way of one message through a worker, from claim to settlement, without Celery around it."""

import pytest

from tasks_app.errors import LostJobError, PermanentError, StateUnavailableError
from tasks_app.jobs.job import State
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from tests.jobs import TYPE, new, read, take_in
from worker.jobs.answers import Failed
from worker.jobs.handlers import handler, together

NESTED = []
for _ in range(5_000):
    NESTED = [NESTED]


def test_a_handlers_answer_is_the_jobs_result(state, work):
    handler(TYPE)(lambda job: {"doubled": job.data["n"] * 2, "attempt": job.attempt})
    job = new(data={"n": 21})
    take_in(state, job)
    assert work(job.id) == 1
    assert read(state, job.id).result == {"doubled": 42, "attempt": 1}


def test_a_message_that_comes_twice_is_done_once(state, work):
    done = []
    handler(TYPE)(lambda job: done.append(job.id))
    job = new()
    take_in(state, job)
    assert (work(job.id), work(job.id)) == (1, 0)
    assert done == [job.id]


@pytest.mark.parametrize(
    ("error", "attempts", "expected", "text"),
    [
        (ValueError("boom"), 2, State.DELAYED, "ValueError: boom"),
        (ValueError("boom"), 1, State.FAILED, "ValueError: boom"),
        (PermanentError("no such address"), 5, State.FAILED, "no such address"),
    ],
)
def test_an_exception_fails_the_attempt_or_the_job(state, work, error, attempts, expected, text):
    def do(job):
        raise error

    handler(TYPE)(do)
    job = new(attempts=attempts)
    take_in(state, job)
    work(job.id)
    found = read(state, job.id)
    assert (found.state, found.error["message"]) == (expected, text)


def test_a_state_that_is_away_costs_no_attempt_and_forgets_no_effect(state, work):
    def do(job):
        job.begin()
        raise StateUnavailableError(away=True)

    handler(TYPE)(do)
    job = new(attempts=1)
    take_in(state, job)
    work(job.id)
    assert (read(state, job.id).state, read(state, job.id).attempts_made) == (State.DELAYED, 0)
    assert state.hexists(keys.job(job.id), "begun")


def test_an_error_of_one_job_does_not_affect_its_neighbours(state, work):
    together(TYPE)(lambda jobs: [Failed("odd") if job.data["n"] % 2 else job.data["n"] for job in jobs])
    jobs = [new(data={"n": n}) for n in range(4)]
    take_in(state, *jobs)
    work(*[job.id for job in jobs])
    assert [read(state, job.id).state.value for job in jobs] == ["complete", "failed"] * 2


def test_a_handler_that_answers_for_too_few_jobs_fails_them_all(state, work):
    together(TYPE)(lambda jobs: [1])
    jobs = [new(), new()]
    take_in(state, *jobs)
    work(*[job.id for job in jobs])
    assert {read(state, job.id).state for job in jobs} == {State.FAILED}


@pytest.mark.parametrize(
    "result", [object(), float("nan"), {1, 2}, NESTED, "x" * 300_000], ids=lambda value: type(value).__name__
)
def test_a_result_that_cannot_be_kept_fails_the_job(state, work, result):
    handler(TYPE)(lambda job: result)
    job = new(attempts=9)
    take_in(state, job)
    work(job.id)
    assert "cannot be kept" in read(state, job.id).error["message"]


def test_a_handler_learns_that_its_job_is_no_longer_its_own(state, work):
    # Given a job that is cancelled while a handler does it
    seen = []

    def do(job):
        state.hset(keys.job(job.id), STORED["state"], "cancelled")
        for report in (lambda: job.progress(1, 2), lambda: job.log("line")):
            with pytest.raises(LostJobError) as caught:
                report()
            seen.append(caught.value)
        return "too late"

    handler(TYPE)(do)
    job = new()
    take_in(state, job)

    # When the handler reports
    work(job.id)

    # Then it learns of that, and its outcome is not taken
    assert len(seen) == 2
    assert read(state, job.id).result is None


def test_progress_is_whole_per_cent_between_0_and_100(state, work):
    percents = []

    def do(job):
        for done, total in [(0, 3), (1, 3), (3, 3), (9, 3), (-1, 3), (1, 0)]:
            job.progress(done, total)
            percents.append(read(state, job.id).progress)

    handler(TYPE)(do)
    job = new()
    take_in(state, job)
    work(job.id)
    assert percents == [0, 33, 100, 100, 0, 0]


def test_a_handler_may_submit_further_jobs_and_answer_anything_json(state, work):
    handler(TYPE)(lambda job: [None, 1.5, "é", {"a": []}])
    job = new()
    take_in(state, job)
    work(job.id)
    assert read(state, job.id).result == [None, 1.5, "é", {"a": []}]
