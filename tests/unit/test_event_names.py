"""The names of events: scripts, followers, Flower's feed and simulations know the same; a job's state follows all."""

import re
import threading

import pytest

from tasks_app.events import BECOMES, LAST, Event, EventName
from tasks_app.events.events import LETTERS
from tasks_app.jobs import FINAL, NewJob, State
from tasks_app.lua.job_scripts import FOLDER
from tasks_app.queue.created_job import CreatedJob
from worker.flower.choice import STOPS
from worker.flower.events import NO_WORKER, TASK_EVENTS
from worker.flower.teller import OF_AN_ATTEMPT
from worker.testing.memory_records import MemoryRecords

DATA = {
    EventName.PROGRESS: {"progress": 50, "progress_data": None},
    EventName.LOGGED: {"line": "begun"},
    EventName.RETRYING: {"error": {"message": "odd"}, "attempts_made": 1},
    EventName.FAILED: {"message": "odd"},
}


def words_that_scripts_tell() -> set[str]:
    """The first argument of each `tell`: a text, or a variable, and then each word that it can be in its file."""
    found: set[str] = set()
    for path in (FOLDER / "jobs").glob("*.lua"):
        text = re.sub(r"--[^\n]*", "", path.read_text())
        for argument in re.findall(r"(?<!function )\btell\(([^,]+),", text):
            assigned = (
                re.findall(rf"\b{argument}\b[\w, ]*(?<!=)=(?!=)([^\n]*)", text) if argument.isidentifier() else []
            )
            given = assigned or [argument]
            told = {word for one in given for words in re.findall(r"'([a-z ]+)'", one) for word in words.split(" ")}
            assert told, f"{path.name}: tell({argument}"
            found |= told
    return found


def test_the_scripts_tell_all_names_and_no_others():
    assert words_that_scripts_tell() == {*EventName}


def test_the_letters_of_the_stream_stand_for_names():
    assert {name for names in LETTERS.values() for name in names} <= {*EventName}


def test_flower_hears_only_of_known_events():
    told = {*TASK_EVENTS, *NO_WORKER, *STOPS, *OF_AN_ATTEMPT}
    assert told - {*EventName} == {"received"}  # Flower wants it before each start


def test_a_simulation_tells_no_other_word():
    records = MemoryRecords()
    records.records["a"] = {"type": "t"}
    with pytest.raises(ValueError, match="sent"):
        records.tell("sent", "a")


def test_only_changes_and_forgetting_leave_the_state_as_it_is():
    assert {*EventName} - BECOMES.keys() == {EventName.PRIORITISED, EventName.EDITED, EventName.FORGOTTEN}
    assert {name for name in EventName if name in {*map(str, FINAL)}} == LAST


@pytest.mark.parametrize("name", EventName)
def test_a_created_job_hears_of_every_event_and_its_state_follows(name):
    # Given a job whose creator asks for this event
    job, heard = CreatedJob(NewJob("mail", {}), lambda _: None, threading.RLock()), []
    job.on(name, lambda *given: heard.append(given))
    job.state = State.QUEUED

    # When it comes, then the creator hears of it, and the state is what the event leads to
    job.receive(Event("1-0", name, job.id, "mail", "", DATA.get(name, {})))
    assert len(heard) == 1
    assert job.state is BECOMES.get(name, State.QUEUED)
    assert job.over is (name in LAST)


def test_a_replayed_job_has_neither_progress_nor_error():
    job = CreatedJob(NewJob("mail", {}), lambda _: None, threading.RLock())
    for name in (EventName.PROGRESS, EventName.RETRYING, EventName.REPLAYED):
        job.receive(Event("1-0", name, job.id, "mail", "", DATA.get(name, {})))
    assert (job.state, job.percent, job.error) == (State.QUEUED, 0, None)
