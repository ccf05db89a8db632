"""The mark by which workers know that a processor does a type: it exists as long as the processor takes jobs."""

import threading

import pytest

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs.job import State
from tasks_app.state import worker_keys
from tests.jobs import TYPE, read
from tests.processing import processing
from tests.servers import Valkey
from worker.jobs.processor import Processor


def marks(state):
    """Processor -> until when it counts as alive."""
    return dict(state.zrange(worker_keys.attended(TYPE), 0, -1, withscores=True))


def test_a_processor_renews_its_mark_as_long_as_it_runs(here, state, eventually):
    with processing(lambda _: None):
        eventually(lambda: marks(state))
        ((name, first),) = marks(state).items()
        eventually(lambda: marks(state)[name] > first)
    assert marks(state) == {}


def test_each_of_two_processors_in_one_program_has_a_mark_of_its_own(here, state, eventually):
    with processing(lambda _: None):
        with processing(lambda _: None):
            eventually(lambda: len(marks(state)) == 2)
        assert len(marks(state)) == 1


def test_a_processor_that_is_stopped_gives_the_type_back_before_its_last_job_ends(on, valkey, queue, state, eventually):
    # Given a processor with a job that takes long, and leases that outlast a pause of this machine
    on(valkey, lease_seconds=30.0)
    begun, go_on = threading.Event(), threading.Event()

    def work(job):
        begun.set()
        go_on.wait(20)

    job = queue.create(TYPE, {}).save()
    with processing(work) as worker:
        assert begun.wait(10)
        assert len(marks(state)) == 1

        # When it is stopped, then workers may take the type at once
        worker.stop()
        eventually(lambda: not marks(state))
        assert read(state, job.id).state is State.ACTIVE
        go_on.set()
    assert read(state, job.id).state is State.COMPLETE


def test_a_processor_needs_a_server_when_it_starts(on, tmp_path):
    usher = on(Valkey(tmp_path))  # which was never started
    with pytest.raises(StateUnavailableError):
        Processor(usher, TYPE, 1, lambda _: None).run()


def test_a_processor_that_outlives_its_server_marks_the_type_again(on, tmp_path, eventually):
    # Given a processor whose server dies and comes back
    server = Valkey(tmp_path)
    server.start()
    state = on(server).connections.state
    with processing(lambda _: None):
        eventually(lambda: marks(state))
        server.kill()
        server.start()
        state.delete(worker_keys.attended(TYPE))  # as after an outage that outlived the mark

        # Then workers leave the type to it again
        eventually(lambda: marks(state))
    server.kill()
