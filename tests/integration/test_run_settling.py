"""What a handler answered is written, however long the state is away, and nothing is done twice for it."""

import threading

import pytest

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs.job import State
from tasks_app.state import connections, keys
from tests.jobs import TYPE, new, options, read, take_in
from worker.jobs import stopping
from worker.jobs.handlers import gradually, handler
from worker.jobs.job_store import JobStore
from worker.jobs.run import Runner


@pytest.fixture
def attentive():
    """A worker that would hear of a stop."""
    stopping.listen()
    yield
    stopping.turn_deaf()


def away(usher, times):
    """The state is away so many times when a worker settles, which does not wait; the sizes of all that it wrote."""
    runner = usher.give(Runner, Runner(usher, patience_seconds=0.0))
    store, asked = runner.store, []
    settle = store.settle

    def settle_later(settlements):
        asked.append(len(settlements))
        if len(asked) <= times:
            raise StateUnavailableError
        return settle(settlements)

    store.settle = settle_later
    return asked


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

    # Then no worker took the job away, and its outcome counts
    assert store.recover([TYPE])[0] == 0
    go_on.set()
    thread.join(5)
    assert read(state, job.id).state is State.COMPLETE


def test_an_outcome_is_written_once_the_server_is_back(valkey, state, usher, work):
    # Given a worker whose server freezes while its handler works
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


def test_jobs_that_could_not_be_settled_are_settled_with_the_next(state, usher, work):
    # Given a handler that answers for two jobs one after the other, and a state that is away at the first
    gradually(TYPE)(lambda jobs: ([(job, job.data["n"])] for job in jobs))
    jobs = [new(data={"n": n}) for n in range(2)]
    take_in(state, *jobs)
    asked = away(usher, times=1)

    # When they are done, then both are settled, and nothing is done again
    assert work(*[job.id for job in jobs]) == 2
    assert asked == [1, 2]
    assert [read(state, job.id).result for job in jobs] == [0, 1]


def test_a_message_whose_last_jobs_could_not_be_settled_is_not_done(state, usher, work):
    gradually(TYPE)(lambda jobs: ([(job, None)] for job in jobs))
    job = new()
    take_in(state, job)
    away(usher, times=100)
    with pytest.raises(StateUnavailableError):
        work(job.id)
    assert read(state, job.id).state is State.ACTIVE


def test_settling_goes_on_until_the_lease_ends_if_a_stop_would_be_noticed(state, usher, work, attentive):
    # Given a worker that hears of a stop, and a state that is away for longer than others would try
    handler(TYPE)(lambda job: "done")
    job = new()
    take_in(state, job)
    away(usher, times=3)
    assert work(job.id) == 1
    assert read(state, job.id).result == "done"
