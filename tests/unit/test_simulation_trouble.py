"""A simulation of trouble: a handler is too slow, runs twice or late, is cancelled, and its workers die."""

import pytest

from tasks_app.errors import LostJobError, StateUnavailableError
from tasks_app.jobs.job import State
from worker.jobs.handlers import handler, registry  # noqa: F401  # registers the handlers of the course


def test_a_handler_that_takes_longer_than_its_ttl_loses_its_job(simulation, queue):
    # Given a handler whose first attempt takes two minutes, and reports only then
    lost = []

    @handler("slow")
    def slow(job):
        simulation.advance(120_000 if job.attempt == 1 else 1_000)
        try:
            job.progress(1, 2)
        except LostJobError:
            lost.append(job.attempt)
            raise

    job = queue.create("slow", {}).attempts(2).ttl(90_000).save()

    # When it runs, then the attempt counts as failed, and the next one is quick enough
    assert simulation.run_to_end() == 2
    assert lost == [1]
    assert simulation.events(job)[2].data["error"]["code"] == "ttl_exceeded"
    assert simulation.job(job).state is State.COMPLETE


def test_a_handler_that_works_long_keeps_its_lease(simulation, queue):
    handler("long", time_limit_seconds=7_200)(lambda _: simulation.advance(3_600_000))
    job = queue.create("long", {}).save()
    assert simulation.run_to_end() == 1
    assert (simulation.job(job).state, simulation.job(job).stalls) == (State.COMPLETE, 0)


def test_a_message_that_comes_twice_is_done_once(simulation, queue):
    done = []
    handler("count")(lambda job: done.append(job.id))
    job = queue.create("count", {}).save()
    assert simulation.deliver_twice(job) == 1
    assert done == [job.id]


def test_a_crash_after_the_effect_does_the_job_twice(simulation, queue):
    """This is what a simulation is for: it shows which handler is safe."""
    # Given a handler that pays, and one that pays once per job
    paid, safely_paid = [], {}
    handler("pay")(lambda job: paid.append(job.data["amount"]))
    handler("pay_safely")(lambda job: safely_paid.setdefault(job.id, job.data["amount"]))
    jobs = [queue.create(name, {"amount": 5}).save() for name in ("pay", "pay_safely")]

    # When the worker of each dies after the effect
    for job in jobs:
        simulation.crash_after_effect(job)

    # Then both are complete, and one was paid twice
    assert [simulation.job(job).state for job in jobs] == [State.COMPLETE] * 2
    assert (sum(paid), sum(safely_paid.values())) == (10, 5)
    assert [event.event for event in simulation.events(jobs[0])] == [
        "queued",
        "active",
        "stalled",
        "active",
        "complete",
    ]
    assert (simulation.job(jobs[0]).stalls, simulation.job(jobs[0]).attempts_made) == (1, 1)


def test_a_job_that_kills_too_many_workers_fails_as_poison(simulation, queue):
    handler("deadly")(lambda _: None)
    job = queue.create("deadly", {}).attempts(50).save()
    simulation.crash_after_effect(job, times=4)
    assert simulation.job(job).error["code"] == "poison"
    assert job.error == "Its worker died or went silent too often"


def test_an_answer_that_comes_too_late_changes_nothing(simulation, queue):
    answers = iter(["late", "in time"])
    handler("slow")(lambda _: next(answers))
    job = queue.create("slow", {}).save()
    simulation.answer_too_late(job)
    assert simulation.job(job).result == "in time"
    assert [event.event for event in simulation.events(job)].count("complete") == 1


def test_a_handler_learns_that_its_job_was_cancelled(simulation, queue):
    told, heard = [], []

    @handler("long")
    def work(job):
        simulation.cancel(cancelled)
        try:
            job.log("still here")
        except LostJobError:
            told.append(True)
            raise

    cancelled = queue.create("long", {}).attempts(3).on("cancelled", lambda: heard.append(True)).save()
    simulation.run()
    assert (told, heard, cancelled.state) == ([True], [True], State.CANCELLED)


def test_an_absent_state_gives_the_job_back_for_the_next_tick(simulation, queue):
    @handler("reads")
    def reads(job):
        if simulation.now_ms == began:
            raise StateUnavailableError(away=True)

    began = simulation.now_ms
    job = queue.create("reads", {}).save()
    assert simulation.run() == 1
    assert (simulation.job(job).state, simulation.job(job).attempts_made) == (State.DELAYED, 0)
    simulation.advance(1)
    assert simulation.run() == 1
    assert (job.state, simulation.job(job).attempts_made) == (State.COMPLETE, 1)


def test_only_a_queued_job_can_be_given_to_a_worker(simulation, queue):
    handler("note")(lambda _: None)
    job = queue.create("note", {}).delay(1_000).save()
    with pytest.raises(ValueError, match="delayed"):
        simulation.crash_after_effect(job)
