"""Creating jobs from a program and hearing what becomes of them, on a real server that may go away."""

import threading

import pytest

from tasks_app.errors import PermanentError, SnoozeError, StateUnavailableError
from tasks_app.events import EventReader
from tasks_app.jobs.job import State
from tasks_app.queue import Queue
from tasks_app.queue.event_listener import EventListener
from tasks_app.queue.push_notifications import create_push_notifications_jobs
from tasks_app.state import keys
from tests.jobs import TYPE, read, slot_works, told
from tests.processing import processing
from tests.servers import Valkey
from worker.jobs.handlers import handler
from worker.notifications import classic


def note_all(job, heard):
    """Every event of the job, with the arguments of its callback."""
    for name in ("created", "queued", "delayed", "active", "progress", "logged", "retrying", "complete", "failed"):
        job.on(name, lambda *given, name=name: heard.append((name, *given)))
    return job


def test_a_jobs_whole_story_reaches_its_creator_in_order(here, queue):
    # Given a job that fails once
    heard = []

    def work(job):
        job.log("begun")
        job.progress(1, 4, {"page": 1})
        if job.attempt == 1:
            raise ValueError("odd")
        return {"pages": 4}

    job = note_all(queue.create(TYPE, {"n": 1}), heard).attempts(2)

    # When it is done
    with processing(work):
        job.save()
        assert queue.wait([job], 20)

    # Then its creator heard all of it, and knows the outcome
    attempt = [("active",), ("logged", "begun"), ("progress", 25, {"page": 1})]
    expected = [("created",), ("queued",), *attempt, ("retrying", "ValueError: odd", 1), ("queued",), *attempt]
    assert heard == [*expected, ("complete", {"pages": 4})]
    assert (job.state, job.percent, job.result, job.over) == (State.COMPLETE, 100, {"pages": 4}, True)


def test_a_failed_job_says_why(here, queue):
    heard = []

    def work(job):
        raise PermanentError("no such address")

    with processing(work):
        job = queue.create(TYPE, {}).attempts(5).on("failed", heard.append).save()
        assert queue.wait(seconds=20)
    assert (heard, job.error, job.state) == (["no such address"], "no such address", State.FAILED)


def test_a_snoozed_job_waits_and_its_creator_hears_of_it(here, queue, eventually):
    # Given a job that its handler gives back for a minute
    heard = []

    def work(job):
        raise SnoozeError("too early", 60_000)

    job = queue.create(TYPE, {}).on("snoozed", lambda: heard.append(job.state))

    # When it is done, then it is delayed, and no longer active
    with processing(work):
        job.save()
        eventually(lambda: heard)
    assert (heard, job.state, job.over) == ([State.DELAYED], State.DELAYED, False)


def test_a_cancelled_job_is_over(here, queue, usher):
    heard = []
    job = queue.create(TYPE, {}).on("cancelled", lambda: heard.append(1)).save()
    usher.controls.cancel(job.id)
    assert queue.wait([job], 20)
    assert (heard, job.state) == ([1], State.CANCELLED)


def test_waiting_ends_when_the_time_is_up(here, queue):
    job = queue.create(TYPE, {}).save()
    assert queue.wait([job], 0.05) is False
    assert queue.wait([], 0.05) is True


def test_jobs_saved_together_are_all_recorded_or_none(here, queue, state):
    jobs = [queue.create(TYPE, {"n": n}) for n in range(3)]
    with pytest.raises(TypeError):
        queue.save([*jobs, queue.create(TYPE, {"n": object()})])
    assert state.keys(keys.job("*")) == []
    queue.save(jobs)
    assert len(state.keys(keys.job("*"))) == 3


def test_a_save_in_doubt_may_be_repeated(usher, queue, state):
    # Given a server whose answer to the first save is lost
    created, submit = [], usher.intake.submit

    def lose_the_answer(jobs):
        submit(jobs)
        usher.intake.submit = submit
        raise StateUnavailableError

    usher.intake.submit = lose_the_answer
    job = queue.create(TYPE, {}).on("created", lambda: created.append(1))
    with pytest.raises(StateUnavailableError):
        job.save()
    assert queue.wait(seconds=0.05)  # a program cannot wait for an unsaved job

    # When it is done before it is saved again
    with processing(lambda _: "once"):
        job.save()
        job.save()
        assert queue.wait([job], 20)

    # Then there was one job, and it was queued and done once
    assert (created, job.result) == ([1], "once")
    assert told(state, job.id) == ["queued", "active", "complete"]


def test_a_job_that_is_done_before_its_save_returns_was_created_first(usher, queue, eventually):
    heard, submit = [], usher.intake.submit
    job = note_all(queue.create(TYPE, {}), heard)

    def answer_late(jobs):
        receipts = submit(jobs)
        eventually(lambda: job.over)
        return receipts

    usher.intake.submit = answer_late
    with processing(lambda _: None):
        job.save()
    assert heard == [("created",), ("queued",), ("active",), ("complete", None)]


def test_the_creator_goes_on_when_the_server_is_back(on, tmp_path, caplog):
    # Given a job whose creator heard that it waits
    server = Valkey(tmp_path)
    server.start()
    queue = on(server).create_queue()
    heard, waits = [], threading.Event()
    job = note_all(queue.create(TYPE, {}), heard).on("queued", waits.set).save()
    assert waits.wait(10)

    # When the server dies, is back on its data, and the job is done
    server.kill()
    server.start()
    with processing(lambda job: job.progress(1, 2)):
        assert queue.wait([job], 30)
    server.kill()

    # Then it heard the rest, each event once, and the log reports the outage without a traceback
    assert {(r.levelname, r.exc_info) for r in caplog.records if r.name == "tasks_app.queue.event_listener"} == {
        ("WARNING", None)
    }
    assert heard == [("created",), ("queued",), ("active",), ("progress", 50, None), ("complete", None)]


class Away(EventReader):
    """Cannot read while `away` is set."""

    away = threading.Event()

    def read(self, *arguments):
        if self.away.is_set():
            raise StateUnavailableError
        return super().read(*arguments)


def test_an_outcome_whose_event_was_trimmed_is_read_from_the_record(usher, state):
    # Given creators that cannot read while their jobs are done, and the events are thrown away meanwhile
    reader, heard = Away(state, state), []
    listener = EventListener(reader, usher.jobs, look_seconds=0.1)
    queue = Queue(usher.intake, listener, usher.publisher, usher.settings)
    job = queue.create(TYPE, {}).on("complete", heard.append)
    lost = queue.create("lost", {})
    reader.away.set()
    queue.save([job, lost])
    handler(TYPE)(lambda _: "done")
    slot_works(TYPE, job.id)
    state.delete(keys.job(lost.id))
    state.xtrim(keys.events(), maxlen=0, approximate=False)

    # When they can read again
    reader.away.clear()

    # Then they learn the outcome, and that one job is gone
    with queue:
        assert queue.wait([job, lost], 20)
    assert (heard, job.state, lost.forgotten) == (["done"], State.COMPLETE, True)


def test_the_course_function_prints_what_becomes_of_its_jobs(here, queue, state, capsys):
    numbers = ["4153518780", "4153118782"]
    with processing(classic.send_unless_blacklisted, 2, "push_notification_code_3"):
        bad, good = create_push_notifications_jobs([{"phoneNumber": n, "message": "Hello"} for n in numbers], queue)
        assert queue.wait([bad, good], 20)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if bad.id in line] == [
        f"Notification job created: {bad.id}",
        f"Notification job {bad.id} 0% complete",
        f"Notification job {bad.id} failed: Phone number 4153518780 is blacklisted",
    ]
    assert [line for line in lines if good.id in line] == [
        f"Notification job created: {good.id}",
        f"Notification job {good.id} 0% complete",
        f"Notification job {good.id} 50% complete",
        f"Notification job {good.id} completed",
    ]
    assert [line for line in lines if line.startswith("Sending")] == [
        "Sending notification to 4153118782, with message: Hello"
    ]
    assert read(state, bad.id).attempts_made == 1
    assert state.hget(keys.batch(bad.request.batch), "total") == "2"
