"""Types: how many a caller can make up; and an empty type leaves nothing behind."""

import pytest

from tasks_app.errors import TooManyPausesError, TooManyTypesError
from tasks_app.jobs import WantedJobs, controls
from tasks_app.state import keys
from tests.jobs import TYPE, end_long_ago, new, options, slot_claims, take_in
from worker.jobs.job_store import JobStore, Settlement

LIMITS = options(type_limit=3)


def test_one_type_too_many_is_refused_and_nothing_of_its_request_recorded(state):
    take_in(state, *[new(type=f"made-up-{n}") for n in range(3)], limits=LIMITS)
    with pytest.raises(TooManyTypesError):
        take_in(state, new(type="made-up-0"), new(type="made-up-3"), limits=LIMITS)
    assert state.zcard(keys.index("made-up-0", "queued")) == 1
    assert state.scard(keys.types()) == 3
    take_in(state, new(type="made-up-0"), limits=LIMITS)  # a known type goes on


def test_one_request_cannot_bring_too_many_types_at_once(state):
    with pytest.raises(TooManyTypesError):
        take_in(state, *[new(type=f"made-up-{n}") for n in range(4)], limits=LIMITS)
    assert not state.exists(keys.types())


def test_invented_types_keep_no_handled_or_attended_type_away(state):
    # Given as many invented types as there may be, a worker that handles a type, and a processor that attends another
    take_in(state, *[new(type=f"made-up-{n}") for n in range(3)], limits=LIMITS)
    store = JobStore(state, options())
    store.forget([TYPE])
    store.attend("attended", "processor", 60)

    # Then jobs of these two are still taken in
    take_in(state, new(), new(type="attended"), limits=LIMITS)
    assert [state.zcard(keys.index(name, "queued")) for name in (TYPE, "attended")] == [1, 1]


def test_an_empty_type_makes_room_for_another(state):
    store = JobStore(state, options())
    jobs = [new(type=f"made-up-{n}") for n in range(3)]
    take_in(state, *jobs, limits=LIMITS)
    state.delete(keys.index("made-up-0", "queued"), keys.job(jobs[0].id))  # as after its retention
    store.forget()
    take_in(state, new(type="another"), limits=LIMITS)
    assert state.smembers(keys.types()) == {"made-up-1", "made-up-2", "another"}


def test_pauses_beyond_the_limit_are_refused_and_earlier_pauses_stay(state, usher):
    others = {f"batch:{n}": "1" for n in range(controls.PAUSE_LIMIT - 2)}
    state.hset(keys.pauses(), mapping=others)
    for group in ("type:a", "type:b", "type:a"):
        usher.controls.pause(group)
    with pytest.raises(TooManyPausesError):
        usher.controls.pause("type:c")
    assert {*state.hkeys(keys.pauses())} == {*others, "type:a", "type:b"}


def test_complete_jobs_of_several_types_that_ended_together_are_listed_once_each(state, usher):
    # Given jobs of three types, of which two scripts wrote the ends in the same three milliseconds
    jobs = [new(type=f"made-up-{n % 3}") for n in range(60)]
    take_in(state, *jobs)
    store = JobStore(state, options())
    for half in (jobs[:30], jobs[30:]):
        store.settle([Settlement(one, "complete", "1") for one in slot_claims(store, [job.id for job in half])])
    for number, job in enumerate(jobs):
        end_long_ago(state, job.id, number // 20)

    # When they are listed page by page, then each is there once, the newest first
    found, cursor = [], ""
    while True:
        page = usher.job_lists.page(WantedJobs(), cursor, 7)
        found += [(-job.finished_ms, job.id) for job in page.jobs]
        if not (cursor := page.cursor):
            break
    assert len(set(found)) == len(found) == 60
    assert [moment for moment, _ in found] == sorted(moment for moment, _ in found)
