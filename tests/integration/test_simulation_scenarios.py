"""Jobs behave in the test mode as on the real engine: whole stories, told by both."""

import pytest

from tasks_app.errors import LostJobError, PermanentError
from tasks_app.usher import Usher
from tests.timed_store import HURRIED
from worker.jobs.handlers import handler, registry
from worker.testing.memory import MemoryStore
from worker.testing.simulation import Simulation


def retries(simulation, queue, flaky):
    job = queue.create("flaky", {"fails": 2}).attempts(3).backoff("exponential", delay_ms=400, jitter=0).save()
    simulation.run()
    simulation.advance(399)
    simulation.run()
    simulation.advance(1)
    simulation.run()
    simulation.run_to_end()
    return [job]


def urgency_and_delay(simulation, queue, flaky):
    made = [queue.create("flaky", {"n": n}).priority(level) for n, level in enumerate(["low", "normal", "critical"])]
    queue.save([*made, queue.create("flaky", {"n": 3}).delay(5_000).priority("critical")])
    simulation.run_to_end()
    return made


def delivered_twice(simulation, queue, flaky):
    job = queue.create("flaky", {}).save()
    assert simulation.deliver_twice(job) == 1
    return [job]


def crashes(simulation, queue, flaky):
    made = [queue.create("flaky", {"crash": n}).attempts(9).save() for n in range(2)]
    simulation.crash_after_effect(made[0])
    poison = queue.create("flaky", {"crash": 2}).attempts(9).save()
    simulation.crash_after_effect(poison, times=2)
    again = queue.create("flaky", {"crash": 3}).save()
    simulation.crash_after_effect(again, times=2)
    simulation.replay(again)  # forgives its stalls
    simulation.crash_after_effect(again)
    return [*made, poison, again]


def a_late_answer(simulation, queue, flaky):
    job = queue.create("flaky", {}).save()
    simulation.answer_too_late(job)
    return [job]


def an_attempt_over_its_ttl(simulation, queue, flaky):
    job = queue.create("flaky", {"takes_ms": 2_000}).attempts(2).ttl(800).save()
    quick = queue.create("flaky", {"takes_ms": 2_000}).ttl(2_500).save()
    simulation.run_to_end()
    return [job, quick]


def failed_and_replayed(simulation, queue, flaky):
    job = queue.create("flaky", {"permanent": True}).attempts(5).save()
    simulation.run()
    simulation.replay(job)
    simulation.run()
    cancelled = queue.create("flaky", {}).save()
    simulation.cancel(cancelled)
    simulation.run()
    return [job, cancelled]


@pytest.fixture
def flaky():
    """A handler that does what its job's data say, and notes each run."""
    runs = []
    stage = {}

    def do(job):
        runs.append((job.data, job.attempt))
        job.log(f"attempt {job.attempt}")
        if "takes_ms" in job.data:
            stage["simulation"].advance(job.data["takes_ms"])
            try:
                job.progress(1, 2, {"half": True})
            except LostJobError:
                runs.append("lost")
                raise
        if job.data.get("permanent"):
            raise PermanentError("never")
        if job.attempt <= job.data.get("fails", 0):
            raise ValueError(f"attempt {job.attempt}")
        return {"attempt": job.attempt}

    handler("flaky")(do)
    yield lambda simulation: (runs.clear(), stage.update(simulation=simulation)) and runs
    del registry["flaky"]


@pytest.mark.parametrize(
    "scenario",
    [
        retries,
        urgency_and_delay,
        delivered_twice,
        crashes,
        a_late_answer,
        an_attempt_over_its_ttl,
        failed_and_replayed,
    ],
)
def test_a_scenario_ends_alike_in_the_test_mode_and_on_the_real_engine(timed_store, flaky, scenario):
    # Given the same scenario, once in memory and once on the real scripts
    stories = []
    ours = MemoryStore(HURRIED)
    for store in (ours, timed_store(ours.now_ms)):
        queue = Usher().create_queue()
        with Simulation(queue, store, HURRIED) as simulation:
            runs = flaky(simulation)
            jobs = scenario(simulation, queue, flaky)
            stories.append(
                {
                    "runs": list(runs),
                    "now": simulation.now_ms,
                    "records": [clean(simulation.job(job)) for job in jobs],
                    "logs": [simulation.log_lines(job) for job in jobs],
                    "events": [[(event.event, event.data) for event in simulation.events(job)] for job in jobs],
                    "heard": [(job.state, job.percent, job.result, job.error, job.over) for job in jobs],
                }
            )

    # Then everything that a test can see is the same
    assert stories[0]["runs"]
    assert stories[0] == stories[1]


def clean(job):
    """A record without the id, which differs."""
    return {name: getattr(job, name) for name in job.__slots__ if name != "id"}
