"""Edits of one job: what it asks for changes, what it asked for stays readable; it runs now, again, or is forgotten."""

import pytest

from tasks_app.errors import FixedJobError, IllegalTransitionError, UnknownJobError
from tasks_app.jobs import Backoff, Edits, Unique, copy_of, fresh_id
from tasks_app.jobs.job import NewJob, State
from tasks_app.own_types import OwnType
from tasks_app.state import keys, script_keys, worker_keys
from tests.jobs import TYPE, assert_consistent, claim, events_of, new, read, take_in, told
from worker.jobs.job_store import Settlement

BOOM = '{"code":"error","message":"boom"}'


def ended(state, store, verdict="error", **fields):
    """A job that was done once, with this verdict."""
    job = new(**fields)
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, verdict, "1" if verdict == "complete" else BOOM)])
    return job


def test_a_waiting_job_asks_for_something_else_and_says_what_it_asked_for_before(state, store, usher):
    job = new(data={"path": "a.pgn"}, title="A picture", priority=-5)
    take_in(state, job)

    # When it is edited
    changes = Edits({"path": "a.png"}, 0, 3, "", {"why": "a typo"})
    usher.controls.edit(job.id, changes, "ops")

    # Then the next worker gets the new data, and its record has the old ones
    (claimed,) = claim(store, job.id)
    assert (claimed.data, claimed.attempts_max, claimed.title) == ({"path": "a.png"}, 3, "")
    found = read(state, job.id)
    assert (found.priority, found.metadata) == (0, {"why": "a typo"})
    (edit,) = found.edits
    before = {"data": {"path": "a.pgn"}, "priority": -5, "attempts": 1, "title": "A picture", "metadata": {}}
    assert (edit["by"], edit["before"]) == ("ops", before)
    assert told(state, job.id) == ["queued", "prioritised", "edited", "active"]
    assert_consistent(state)


def test_the_last_five_edits_are_kept_and_what_changes_nothing_is_none(state, usher):
    job = new(data={"n": 0})
    take_in(state, job)
    for n in (1, 2, 2, 3, 4, 5, 6):
        usher.controls.edit(job.id, Edits({"n": n}))
    assert [edit["before"]["data"]["n"] for edit in read(state, job.id).edits] == [1, 2, 3, 4, 5]


def test_another_date_moves_a_job_to_its_time_and_back(state, store, usher):
    job = new(key="ada", unique=Unique("a", "queued"))
    take_in(state, job)
    usher.controls.edit(job.id, Edits(delay_ms=60_000))
    found = read(state, job.id)
    assert (found.state, found.due_ms > found.created_ms + 50_000) == (State.DELAYED, True)
    assert_consistent(state)
    usher.controls.edit(job.id, Edits(due_ms=1_000_000_000_000))
    assert [one.id for one in claim(store, job.id)] == [job.id]
    assert told(state, job.id) == ["queued", "delayed", "edited", "queued", "edited", "active"]
    assert_consistent(state)


def test_an_edited_priority_keeps_the_place_by_arrival(state, store, usher):
    first, second, third = new(), new(), new()
    take_in(state, first, second, third)
    usher.controls.edit(third.id, Edits(priority=-15))
    usher.controls.edit(first.id, Edits({"a": 1}))
    assert [one.id for one in store.claim(TYPE, "w", 3)] == [third.id, first.id, second.id]


def test_a_job_held_back_by_a_pause_is_edited_and_goes_on(state, store, usher):
    job = new(batch="b" * 26)
    take_in(state, job)
    usher.controls.pause("batch:" + "b" * 26)
    assert claim(store, job.id) == []
    usher.controls.edit(job.id, Edits({"a": 1}, -15))
    assert claim(store, job.id) == []
    usher.controls.resume("batch:" + "b" * 26)
    store.reinstate()
    assert [one.data for one in claim(store, job.id)] == [{"a": 1}]


def test_of_ushers_own_types_only_priority_and_attempts_change(state, usher):
    job = NewJob(OwnType.PUSH_NOTIFICATION, {"to": "ada"})
    take_in(state, job)
    for changes in (Edits({"to": "bob"}), Edits(title="A"), Edits(metadata={"a": 1}), Edits(delay_ms=5)):
        with pytest.raises(FixedJobError):
            usher.controls.edit(job.id, changes)
    assert read(state, job.id).edits == []
    usher.controls.edit(job.id, Edits(priority=-15, attempts=7))
    assert (read(state, job.id).priority, read(state, job.id).attempts_max) == (-15, 7)


def test_a_job_that_has_started_or_is_over_cannot_be_edited(state, store, usher):
    active, over = new(), ended(state, store)
    take_in(state, active)
    claim(store, active.id)
    for job in (active, over):
        with pytest.raises(IllegalTransitionError):
            usher.controls.edit(job.id, Edits({"a": 1}))
        with pytest.raises(IllegalTransitionError):
            usher.controls.run_now(job.id)
    with pytest.raises(UnknownJobError):
        usher.controls.edit("a" * 26, Edits({"a": 1}))


def test_a_job_that_waits_for_its_next_attempt_runs_now(state, store, usher):
    job = ended(state, store, attempts=2, backoff=Backoff("fixed", 600_000))
    assert read(state, job.id).state is State.DELAYED
    state.delete(worker_keys.wake_ups(TYPE), script_keys.turns(TYPE))
    for _ in range(2):  # safe to repeat
        usher.controls.run_now(job.id)
    assert [wake.type for wake in usher.woken] == [TYPE]
    assert len(claim(store, job.id)) == 1
    assert_consistent(state)


def test_a_failed_job_is_replayed_with_other_data(state, store, usher):
    job = ended(state, store, data={"a": 1})
    usher.controls.replay(job.id, Edits({"a": 2}, -15, 4), "ops")
    (claimed,) = claim(store, job.id)
    assert (claimed.data, claimed.attempts_made, claimed.attempts_max) == ({"a": 2}, 0, 4)
    assert [edit["before"]["data"] for edit in read(state, job.id).edits] == [{"a": 1}]
    assert events_of(state)[-3].data == {"fields": ["data", "priority", "attempts"]}


def test_a_cancelled_job_is_replayed_unless_it_is_about_a_show(state, store, usher):
    plain, seats = new(), new(target="show:x")
    take_in(state, plain, seats)
    for job in (plain, seats):
        usher.controls.cancel(job.id)
    usher.controls.replay(plain.id)
    assert [one.id for one in claim(store, plain.id)] == [plain.id]
    with pytest.raises(IllegalTransitionError):
        usher.controls.replay(seats.id)
    assert_consistent(state)


def test_a_complete_job_is_replayed_as_a_copy_which_its_owner_owns(state, store, usher):
    # Given a complete job of the owner `shop`
    job_id = usher.identity.marked(fresh_id(), "shop")
    options = {"attempts": 3, "backoff": Backoff("fixed", 5), "key": "ada", "title": "T", "metadata": {"a": 1}}
    job = ended(state, store, "complete", id=job_id, data={"n": 1}, **options)
    with pytest.raises(IllegalTransitionError):
        usher.controls.replay(job.id)

    # When it is copied
    copy = copy_of(usher.jobs.read(job.id), usher.identity.beside(job.id, fresh_id()), Edits({"n": 2}))
    take_in(state, copy)

    # Then the copy asks for the same but for the edit, names the first and is the owner's; the first has its result
    found = usher.jobs.read(copy.id)
    assert (found.data, found.attempts_max, found.backoff) == ({"n": 2}, 3, Backoff("fixed", 5, jitter=0))
    assert (found.key, found.title, found.metadata, found.replay_of) == ("ada", "T", {"a": 1}, job.id)
    assert usher.identity.is_of(copy.id, "shop")
    assert usher.jobs.read(job.id).result == 1


@pytest.mark.parametrize("fields", [{"target": "show:x"}, {"type": OwnType.PUSH_NOTIFICATION}])
def test_what_was_sold_or_sent_has_no_copy(state, store, usher, fields):
    job = ended(state, store, "complete", **fields)
    with pytest.raises(IllegalTransitionError):
        copy_of(usher.jobs.read(job.id), fresh_id(), Edits())


@pytest.mark.parametrize("place", range(5))
def test_a_complete_job_is_forgotten_wherever_it_is_in_its_list(state, store, usher, place):
    jobs = [ended(state, store, "complete") for _ in range(5)]
    gone = jobs.pop(place)
    state.rpush(keys.log(gone.id), "a line")
    usher.controls.forget(gone.id)
    assert state.lrange(keys.complete(TYPE), 0, -1) == [job.id for job in jobs]
    assert not state.exists(keys.job(gone.id), keys.log(gone.id))
    assert told(state, gone.id)[-1] == "forgotten"
    assert_consistent(state)


def test_failed_and_cancelled_jobs_are_forgotten_and_others_not(state, store, usher):
    failed, waiting, cancelled = ended(state, store, batch="b" * 26), new(), new()
    take_in(state, waiting, cancelled)
    usher.controls.cancel(cancelled.id)
    for job in (failed, cancelled):
        usher.controls.forget(job.id)
        with pytest.raises(UnknownJobError):
            usher.controls.forget(job.id)
    with pytest.raises(IllegalTransitionError):
        usher.controls.forget(waiting.id)
    assert state.hget(keys.batch("b" * 26), "gone") == "1"
    assert_consistent(state)
