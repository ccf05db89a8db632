"""Simulations of attempts that take too long."""

from tasks_app.jobs.job import State
from worker.jobs.handlers import handler


def test_an_attempt_over_its_time_limit_has_failed(simulation, queue):
    # Given a handler that may take a second, and takes two the first time
    def slow(job):
        simulation.advance(2_000 if job.attempt == 1 else 500)

    handler("limited", time_limit_seconds=1)(slow)
    job = queue.create("limited", {}).attempts(2).save()

    # When it is done, then the first attempt has failed, and the second counts
    simulation.run_to_end()
    retries = [event.data["error"]["code"] for event in simulation.events(job) if event.event == "retrying"]
    assert retries == ["time_limit"]
    assert (simulation.job(job).state, simulation.job(job).attempts_made) == (State.COMPLETE, 2)
