"""A simulation: a user's own handler, run by a clock that the test moves."""

import pytest

from tasks_app.errors import IllegalTransitionError, PermanentError, StateUnavailableError
from tasks_app.jobs.job import FINAL, State
from tasks_app.queue.push_notifications import create_push_notifications_jobs
from tasks_app.usher import Usher
from worker.jobs.handlers import handler
from worker.notifications import classic  # noqa: F401 it registers the course's handlers
from worker.testing.memory_records import FOLLOWS
from worker.testing.simulation import Simulation


def test_the_course_prints_its_four_lines(simulation, queue, capsys):
    # Given a job to a blacklisted number and one to another
    numbers = ["4153518781", "4153518743"]
    bad, good = create_push_notifications_jobs([{"phoneNumber": n, "message": "Hello"} for n in numbers], queue)

    # When they are done
    assert simulation.run() == 2

    # Then their stories are printed, and a blacklisted number is not tried again
    assert capsys.readouterr().out.splitlines() == [
        f"Notification job created: {bad.id}",
        f"Notification job created: {good.id}",
        f"Notification job {bad.id} 0% complete",
        f"Notification job {bad.id} failed: Phone number 4153518781 is blacklisted",
        "Sending notification to 4153518743, with message: Hello",
        f"Notification job {good.id} 0% complete",
        f"Notification job {good.id} 50% complete",
        f"Notification job {good.id} completed",
    ]
    assert (bad.state, good.state) == (State.FAILED, State.COMPLETE)


def test_results_attempts_progress_and_log_lines_can_be_seen(simulation, queue):
    @handler("pages")
    def pages(job):
        job.log("begun")
        job.progress(1, 4, {"page": 1})
        return {"pages": job.data["pages"], "attempt": job.attempt}

    job = queue.create("pages", {"pages": (1, 4)}).save()
    simulation.run()
    seen = simulation.job(job)
    assert (seen.state, seen.result, seen.attempts_made) == (State.COMPLETE, {"pages": [1, 4], "attempt": 1}, 1)
    assert (job.result, job.percent, job.over) == ({"pages": [1, 4], "attempt": 1}, 100, True)
    assert simulation.log_lines(job) == ["begun"]
    assert [event.event for event in simulation.events(job)] == ["queued", "active", "logged", "progress", "complete"]
    assert simulation.events(job)[3].data == {"progress": 25, "progress_data": {"page": 1}}


def test_a_job_is_retried_when_its_backoff_is_over_and_not_before(simulation, queue):
    # Given a handler that fails twice
    began, starts, heard = simulation.now_ms, [], []

    @handler("flaky")
    def flaky(job):
        starts.append(simulation.now_ms - began)
        if job.attempt < 3:
            raise ValueError("not yet")

    job = queue.create("flaky", {}).attempts(3).backoff("exponential", delay_ms=1_000)
    job.on("retrying", lambda message, made: heard.append((message, made))).save()

    # When one ms less than its wait passes, then it is not tried
    simulation.run()
    simulation.advance(999)
    assert simulation.run() == 0
    assert simulation.job(job).state is State.DELAYED

    # When that ms passes, then it is; and the next wait is twice as long
    simulation.advance(1)
    assert simulation.run() == 1
    assert simulation.run_to_end() == 1
    assert starts == [0, 1_000, 3_000]
    assert heard == [("ValueError: not yet", 1), ("ValueError: not yet", 2)]
    assert job.state is State.COMPLETE


def test_a_delayed_job_waits_for_its_time(simulation, queue):
    handler("later")(lambda _: simulation.now_ms)
    began = simulation.now_ms
    job = queue.create("later", {}).delay(86_400_000).save()
    assert simulation.run() == 0
    simulation.advance(86_399_999)
    assert simulation.run() == 0
    simulation.advance(1)
    assert simulation.run() == 1
    assert job.result == began + 86_400_000


def test_a_failed_job_can_be_replayed_and_a_done_one_cannot(simulation, queue):
    addresses, heard = [None], []

    @handler("send")
    def send(job):
        if addresses[0] is None:
            raise PermanentError("no address")
        return addresses[0]

    job = queue.create("send", {}).on("complete", heard.append).save()
    simulation.run()
    assert (job.error, simulation.job(job).state) == ("no address", State.FAILED)
    addresses[0] = "ada"
    simulation.replay(job)
    simulation.run()
    assert simulation.job(job).result == "ada"
    assert (heard, job.state) == ([], State.FAILED)  # for its creator it was over
    with pytest.raises(IllegalTransitionError):
        simulation.replay(job)


def test_urgent_jobs_go_first_and_equal_ones_in_their_order(simulation, queue):
    order = []
    handler("note")(lambda job: order.append(job.data["n"]))
    for n, level in enumerate(["low", "normal", "normal", "critical", "high"]):
        queue.create("note", {"n": n}).priority(level).save()
    simulation.run()
    assert order == [3, 4, 1, 2, 0]


def test_jobs_that_a_handler_saves_are_done_too(simulation, queue):
    done = []

    @handler("parent")
    def parent(job):
        for n in range(2):
            queue.create("child", {"n": n}).save()

    handler("child")(lambda job: done.append(job.data["n"]))
    queue.create("parent", {}).save()
    assert simulation.run() == 3
    assert done == [0, 1]


def test_a_job_without_a_handler_is_the_tests_mistake(simulation, queue):
    queue.create("nobody", {}).save()
    with pytest.raises(LookupError, match="nobody"):
        simulation.run()


def test_it_leaves_the_queue_as_it_was():
    queue = Usher().create_queue()
    with Simulation(queue):
        queue.create("note", {}).save()
    assert (queue.test_mode.active, queue.test_mode.jobs) == (False, [])


def test_jobs_without_end_are_noticed(simulation, queue):
    @handler("forever")
    def forever(job):
        raise StateUnavailableError(away=True)

    queue.create("forever", {}).save()
    with pytest.raises(RuntimeError, match="not all jobs are over"):
        simulation.run_to_end()


def test_a_year_passes_in_no_time(simulation, queue):
    handler("note")(lambda _: None)
    job = queue.create("note", {}).save()
    simulation.advance(31_536_000_000)
    simulation.run()
    assert job.state is State.COMPLETE


def test_unique_jobs_are_simulated(simulation, queue):
    done = []

    @handler("pages")
    def pages(job):
        done.append(job.data["n"])

    # Given three with one key, of which one replaces and one refuses, and a throttled one
    first, last = queue.create("pages", {"n": 1}).unique("k"), queue.create("pages", {"n": 2})
    refused = queue.create("pages", {"n": 3}).unique("k", on_conflict="refuse").save
    first.save()
    last.unique("k", on_conflict="replace").save()
    job = refused()
    throttled = queue.create("pages", {"n": 4}).unique("t", 60).save()

    # When they are done
    simulation.run()
    assert done == [2, 4]
    assert (last.id, last.conflict, last.state, job.conflict, job.over) == (
        first.id,
        "replaced",
        State.COMPLETE,
        "refused",
        True,
    )

    # Then a key for a time is free when that time has passed
    again = queue.create("pages", {"n": 5}).unique("t", 60).save()
    simulation.advance(61_000)
    queue.create("pages", {"n": 6}).unique("t", 60).save()
    simulation.run()
    assert (again.id, done) == (throttled.id, [2, 4, 6])


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_follows_a_final_state_except_a_replay(state):
    assert FOLLOWS[state] == (frozenset() if state is State.COMPLETE else {State.QUEUED})


def test_every_state_says_what_may_follow():
    assert set(FOLLOWS) == set(State)
