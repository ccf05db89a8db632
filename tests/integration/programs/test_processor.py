"""Doing jobs in the user's own program: so many at a time, by their priority, safe beside other programs."""

import threading

from tasks_app.jobs.job import State
from tasks_app.state import worker_keys
from tests.jobs import TYPE, new, options, read, slot_claims, take_in
from tests.processing import processing
from worker.jobs.job_store import JobStore


def test_a_processor_does_so_many_jobs_at_a_time_and_no_more(here, queue, eventually):
    # Given a processor of two at a time, with two jobs at work
    at_work, most, go_on = [], [], threading.Event()

    def work(job):
        at_work.append(job.id)
        most.append(len(at_work))
        go_on.wait(20)
        at_work.remove(job.id)

    with processing(work, 2) as worker:
        jobs = [queue.create(TYPE, {}).save() for _ in range(2)]
        eventually(lambda: len(at_work) == 2)

        # When it hears of more
        for _ in range(2):
            before = worker._arrivals
            jobs.append(queue.create(TYPE, {}).save())
            eventually(lambda seen=before: worker._arrivals > seen)
        go_on.set()

        # Then the further jobs waited for their turn
        assert queue.wait(jobs, 30)
    assert {job.state for job in jobs} == {State.COMPLETE}
    assert max(most) == 2


def test_a_processor_takes_the_most_urgent_first_and_equal_ones_in_their_order(here, queue):
    order = []
    levels = ["low", "normal", "normal", "critical", "normal", "normal", "normal"]
    jobs = [queue.create(TYPE, {"n": n}).priority(level) for n, level in enumerate(levels)]
    queue.save(jobs)
    with processing(lambda job: order.append(job.data["n"])):
        assert queue.wait(jobs, 20)
    assert order == [3, 1, 2, 4, 5, 6, 0]


def test_a_processor_keeps_the_clock_for_its_type(here, queue):
    jobs = [queue.create(TYPE, {}).delay(100).save(), queue.create(TYPE, {}).attempts(2).save()]

    def work(job):
        if job.id == jobs[1].id and job.attempt == 1:
            raise ValueError("again")

    with processing(work):
        assert queue.wait(jobs, 20)
    assert {job.state for job in jobs} == {State.COMPLETE}


def test_a_processor_takes_over_the_job_of_a_dead_worker(here, queue, state):
    job = queue.create(TYPE, {}).save()
    slot_claims(JobStore(state, options()), [job.id], "worker@dead")
    with processing(lambda job: job.attempt):
        assert queue.wait([job], 20)
    assert (read(state, job.id).stalls, job.result) == (1, 1)


def test_jobs_of_a_paused_batch_wait_for_it(here, queue, state, eventually, usher):
    # Given a paused batch, and a processor that does what comes after the job in it
    usher.controls.pause("batch:b")
    waiting = new(batch="b")
    take_in(state, waiting)
    with processing(lambda _: "done"):
        assert queue.wait([queue.create(TYPE, {}).save()], 20)
        assert read(state, waiting.id).state is State.QUEUED

        # When it opens, then the job is done
        usher.controls.resume("batch:b")
        eventually(lambda: read(state, waiting.id).state is State.COMPLETE, 20)


def test_a_processor_takes_nothing_of_a_type_that_is_paused(here, queue, state, eventually, usher):
    usher.controls.pause(f"type:{TYPE}")
    with processing(lambda _: "done"):
        job = queue.create(TYPE, {}).save()
        assert not queue.wait([job], 1)
        usher.controls.resume(f"type:{TYPE}")
        assert queue.wait([job], 20)


def test_jobs_of_other_types_in_a_resumed_batch_are_published_too(here, state, eventually, usher):
    # Given a paused batch, whose jobs two workers have met; the jobs are of two types
    jobs = [new(type=job_type, batch="b") for job_type in (TYPE, "other")]
    take_in(state, *jobs)
    usher.controls.pause("batch:b")
    assert slot_claims(JobStore(state, options()), [job.id for job in jobs]) == []

    # When it is resumed, and a processor's clock is the first to see it
    state.delete(worker_keys.wake_ups("other"))
    usher.controls.resume("batch:b")
    with processing(lambda _: None):
        eventually(lambda: read(state, jobs[0].id).state is State.COMPLETE)

    # Then the workers hear of the job that is theirs
    assert [wake.type for wake in usher.woken] == ["other"]


def test_a_processor_that_is_stopped_finishes_what_it_has_begun(here, queue, state, eventually):
    begun, go_on = threading.Event(), threading.Event()

    def work(job):
        begun.set()
        go_on.wait(20)

    jobs = [queue.create(TYPE, {}) for _ in range(2)]
    queue.save(jobs)
    with processing(work) as worker:
        assert begun.wait(10)
        worker.stop()
        go_on.set()
        assert queue.wait(jobs[:1], 20)
    assert [read(state, job.id).state for job in jobs] == [State.COMPLETE, State.QUEUED]
