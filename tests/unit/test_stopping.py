"""A process takes its time only if it would hear of a stop."""

import pytest

from worker.jobs import stopping


@pytest.fixture(autouse=True)
def forget():
    yield
    stopping.turn_deaf()
    stopping._told.clear()


def test_a_stop_is_far_until_the_worker_is_told():
    stopping.listen()
    assert stopping.far()
    assert not stopping.is_stopping()
    stopping.tell(sig="SIGTERM")
    assert stopping.is_stopping()
    assert not stopping.far()


def test_a_process_that_hears_of_no_stop_takes_no_time():
    assert not stopping.far()
    stopping.listen()
    stopping.turn_deaf()
    assert not stopping.far()
