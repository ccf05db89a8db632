"""Callbacks of a program that creates jobs: each is called, whatever another does; and what they may do themselves."""

import pytest

from tests.jobs import TYPE
from tests.processing import processing


def test_a_callback_that_fails_does_not_silence_the_others(here, queue):
    heard = []
    jobs = [queue.create(TYPE, {}).on("complete", lambda _: 1 / 0) for _ in range(2)]
    for job in jobs:
        job.on("complete", lambda _: heard.append(1)).save()
    with processing(lambda _: None):
        assert queue.wait(jobs, 20)
    assert heard == [1, 1]


def test_a_callback_cannot_wait_for_jobs(here, queue):
    errors = []

    def wait(_):
        with pytest.raises(RuntimeError) as caught:
            queue.wait([other], 1)
        errors.append(caught.value)

    other = queue.create("nobody", {}).save()
    job = queue.create(TYPE, {}).on("complete", wait).save()
    with processing(lambda _: None):
        assert queue.wait([job], 20)
    assert len(errors) == 1


def test_a_callback_may_save_the_next_job(here, queue):
    later = []
    first = queue.create(TYPE, {"n": 1}).on("complete", lambda _: later.append(queue.create(TYPE, {"n": 2}).save()))
    with processing(lambda job: job.data["n"]):
        first.save()
        assert queue.wait([first], 20)
        assert queue.wait(later, 20)
    assert later[0].result == 2
