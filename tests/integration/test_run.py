"""The way of one message through a worker, from claim to settle, without Celery around it."""

import threading

import pytest

from tasks_app.errors import LostJobError, PermanentError, StateUnavailableError
from tasks_app.jobs.job import State
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from tests.jobs import TYPE, new, options, read, slot_works, take_in
from worker.jobs import run
from worker.jobs.answers import Failed
from worker.jobs.handlers import Handler, gradually, handler, registry, together
from worker.jobs.job_store import JobStore

NESTED = []
for _ in range(5_000):
    NESTED = [NESTED]


@pytest.fixture
def work(usher):
    """Do a message's jobs as a worker would, on the test's own server."""
    kept: dict[str, Handler] = dict(registry)
    yield lambda *ids: slot_works(TYPE, *ids)
    registry.clear()
    registry.update(kept)


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


def test_one_jobs_error_is_not_its_neighbours(state, work):
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


def test_a_lease_is_kept_while_the_handler_works(state, work, eventually):
    # Given a handler that takes longer than a lease
    store = JobStore(state, options())
    go_on = threading.Event()
    handler(TYPE)(lambda job: go_on.wait(20))
    job = new()
    take_in(state, job)
    thread = threading.Thread(target=work, args=(job.id,))
    thread.start()
    eventually(lambda: read(state, job.id).state is State.ACTIVE)
    first = state.zscore(keys.index(TYPE, "active"), job.id)

    # When its first lease is over
    eventually(lambda: state.zscore(keys.index(TYPE, "active"), job.id) > first + 1_100)

    # Then nobody took the job away, and its outcome counts
    assert store.recover([TYPE])[0] == 0
    go_on.set()
    thread.join(5)
    assert read(state, job.id).state is State.COMPLETE


def test_a_handler_learns_that_its_job_is_no_longer_its_own(state, work):
    # Given a job that is cancelled while it is done
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

    # Then it is told, and its outcome is not taken
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


def test_an_outcome_is_written_once_the_server_is_back(valkey, state, usher, work):
    # Given a worker whose server freezes while its handler works
    from tasks_app.state import connections

    usher.connections.worker_state = connections.connect(valkey.url(), 0.3)
    vars(usher.settings)["lease_seconds"] = 30
    frozen = valkey.frozen()

    def do(job):
        frozen.__enter__()
        threading.Timer(1.0, frozen.__exit__, (None, None, None)).start()
        return "done"

    handler(TYPE)(do)
    job = new()
    take_in(state, job)

    # When it settles, then it tries until the server answers
    work(job.id)
    assert read(state, job.id).result == "done"


def test_a_handler_may_submit_further_jobs_and_answer_anything_json(state, work):
    handler(TYPE)(lambda job: [None, 1.5, "é", {"a": []}])
    job = new()
    take_in(state, job)
    work(job.id)
    assert read(state, job.id).result == [None, 1.5, "é", {"a": []}]


def test_what_could_not_be_settled_is_settled_with_the_next(state, work, monkeypatch):
    # Given a handler that answers for two jobs one after the other, and a state that is away at the first
    gradually(TYPE)(lambda jobs: ([(job, job.data["n"])] for job in jobs))
    jobs = [new(data={"n": n}) for n in range(2)]
    take_in(state, *jobs)
    store, asked = run.store(), []
    settle = store.settle

    def away_at_first(settlements):
        asked.append(len(settlements))
        if len(asked) == 1:
            raise StateUnavailableError
        return settle(settlements)

    monkeypatch.setattr(run, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(store, "settle", away_at_first)

    # When they are done, then both are settled, and nothing is done again
    assert work(*[job.id for job in jobs]) == 2
    assert asked == [1, 2]
    assert [read(state, job.id).result for job in jobs] == [0, 1]


def test_a_message_whose_last_jobs_could_not_be_settled_is_not_done(state, work, monkeypatch):
    gradually(TYPE)(lambda jobs: ([(job, None)] for job in jobs))
    job = new()
    take_in(state, job)

    def away(_):
        raise StateUnavailableError

    monkeypatch.setattr(run, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(run.store(), "settle", away)
    with pytest.raises(StateUnavailableError):
        work(job.id)
    assert read(state, job.id).state is State.ACTIVE


def test_where_a_stop_would_be_noticed_settling_goes_on_until_the_lease_ends(state, work, monkeypatch):
    # Given a worker that hears of a stop, and a state that is away for longer than others would try
    handler(TYPE)(lambda job: "done")
    job = new()
    take_in(state, job)
    store, asked = run.store(), []
    settle = store.settle

    def away_for_a_while(settlements):
        asked.append(len(settlements))
        if len(asked) < 4:
            raise StateUnavailableError
        return settle(settlements)

    monkeypatch.setattr(run, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(run.stopping, "far", lambda: True)
    monkeypatch.setattr(store, "settle", away_for_a_while)
    assert work(job.id) == 1
    assert read(state, job.id).result == "done"
