"""A process takes its time only where it would hear that it should not."""

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
    assert not stopping.told()
    stopping.tell(sig="SIGTERM")
    assert stopping.told()
    assert not stopping.far()


def test_a_process_that_nobody_tells_takes_no_time():
    assert not stopping.far()
    stopping.listen()
    stopping.turn_deaf()
    assert not stopping.far()
