"""The stream of events: one script writes few entries, in which each reader finds its own events."""

import logging

import pytest

from tasks_app.events import events
from tasks_app.jobs.job import Backoff
from tasks_app.lua import job_scripts
from tasks_app.lua.job_scripts import with_what_it_uses
from tasks_app.state import keys
from tasks_app.state.entry_ids import order
from tests.jobs import TYPE, events_of, new, options, slot_claims, take_in, told
from worker.jobs.job_store import JobStore, Settlement

BOOM = ("error", '{"code":"error","message":"boom"}')


def names(entries):
    """Event -> how many events each of its entries has."""
    found = {}
    for entry in (events.Entry(keys.events(), *one) for one in entries):
        found.setdefault(" ".join(entry.events), []).append(len(entry.jobs))
    return found


def test_a_script_writes_one_entry_for_many_jobs(state, store):
    jobs = [new(batch="b") for _ in range(20)]
    take_in(state, *jobs)
    claims = slot_claims(store, [job.id for job in jobs])
    store.settle([Settlement(claim, "complete", str(number)) for number, claim in enumerate(claims)])
    assert names(state.xrange(keys.events())) == {"queued": [20], "active": [20], "complete": [20]}
    ends = {one.job: one.data for one in events_of(state) if one.event == "complete"}
    assert ends == {claim.id: number for number, claim in enumerate(claims)}
    assert all(told(state, job.id) == ["queued", "active", "complete"] for job in jobs)


def test_events_of_other_batches_types_and_kinds_are_in_entries_of_their_own(state, store):
    # Given jobs of two batches, of which every other one fails
    jobs = [new(batch=f"b{number % 2}", attempts=2, backoff=Backoff("fixed", 1)) for number in range(12)]
    take_in(state, *jobs, new(type="other"))
    claims = slot_claims(store, [job.id for job in jobs])
    store.settle([Settlement(one, *(BOOM if number % 4 < 2 else ("complete",))) for number, one in enumerate(claims)])

    # Then there is one entry for each batch and event, however they are mixed
    assert names(state.xrange(keys.events())) == {
        "queued": [6, 6, 1],
        "active": [6, 6],
        "retrying": [3, 3],
        "complete": [3, 3],
    }
    assert {one.job: one.batch for one in events_of(state) if one.event == "active"} == {j.id: j.batch for j in jobs}


def test_an_entry_is_bounded_in_events_and_bytes(state, store):
    # Given many jobs, and results that are large
    jobs = [new() for _ in range(600)]
    take_in(state, *jobs)
    claims = slot_claims(store, [job.id for job in jobs])
    store.settle([Settlement(claim, "complete", f'"{number:04000}"') for number, claim in enumerate(claims)])

    # Then no entry is large, and each job has its own result
    entries = state.xrange(keys.events())
    assert names(entries)["active"] == [256, 256, 88]
    assert max(len(fields["job"]) + len(fields["data"]) for _, fields in entries) < 30_000
    ends = {one.job: int(one.data) for one in events_of(state) if one.event == "complete"}
    assert ends == {claim.id: number for number, claim in enumerate(claims)}


def test_events_of_one_job_in_one_script_keep_their_order(state):
    script = """
        tell('x', 'one', 't'); tell('y', 'two', 't'); tell('y', 'one', 't'); tell('x', 'one', 't')
        tell('x', 'two', 't'); tell('y', 'two', 't')
        write_events()"""
    parts = [job_scripts.text(f"jobs/{name}") for name in job_scripts.SHARED]
    state.register_script(with_what_it_uses(script, parts))(keys=[keys.events()])
    assert [told(state, job) for job in ("one", "two")] == [["x", "y", "x"], ["y", "x", "y"]]


def test_a_reader_goes_on_after_any_event_in_the_middle_of_an_entry(state, store, usher):
    # Given a batch whose events are in three entries, beside another batch
    jobs = [new(batch="b") for _ in range(5)]
    take_in(state, *jobs, new(batch="other"))
    claims = slot_claims(store, [job.id for job in jobs])
    store.settle([Settlement(claim, "complete") for claim in claims])
    whole = list(usher.events.past("batch:b", "0-0"))
    assert len(whole) == 15

    # Then whichever event was last, exactly the rest comes, and ids go up
    for heard, event in enumerate(whole, 1):
        assert list(usher.events.past("batch:b", event.id)) == whole[heard:]
        assert not usher.events.trimmed(keys.events(), event.id)
    assert sorted(whole, key=lambda one: order(one.id)) == whole
    assert len({one.id for one in whole}) == 15
    assert whole[4].id == state.xrange(keys.events())[0][0]  # an entry's id is that of its last event
    assert [one.event for one in usher.events.past(f"job:{jobs[2].id}", whole[1].id)] == [
        "queued",
        "active",
        "complete",
    ]
    assert [one.event for one in usher.events.past(f"job:{jobs[2].id}", whole[2].id)] == ["active", "complete"]


def test_entries_from_before_they_held_many_events_are_read(state, store, usher):
    fields = {"event": "active", "job": "a" * 26, "type": TYPE, "batch": "b", "data": '{"n":1}'}
    entry_id = state.xadd(keys.events(), fields)
    (event,) = usher.events.past("batch:b", "0-0")
    assert event == events.Event(entry_id, "active", "a" * 26, TYPE, "b", {"n": 1})


@pytest.mark.parametrize(
    "data", ["1\n{\n3", "1\n2", "", "{"], ids=["one is no JSON", "one is missing", "nothing", "none is JSON"]
)
def test_an_event_that_cannot_be_read_silences_no_other(state, store, caplog, data, usher):
    # Given an entry of which a part cannot be read
    readable = {"1\n{\n3": ["a", "c"], "1\n2": ["a", "b"]}.get(data, [])
    state.xadd(keys.events(), {"event": "active", "job": "a b c", "type": TYPE, "batch": "", "data": data})
    state.xadd(keys.events(), {"strange": "entry"})
    take_in(state, new())

    # Then all the rest is read, and the log says so
    with caplog.at_level(logging.WARNING, "tasks_app.events.events"):
        read = [e for entry in usher.events.read({keys.events(): "0-0"}, 100) for e in entry.about({f"type:{TYPE}"})]
    assert [one.job for one in read[:-1]] == readable
    assert read[-1].event == "queued"
    assert len(caplog.records) == 3 - len(readable)


def count(state):
    return sum(len(fields["job"].split(" ")) for _, fields in state.xrange(keys.events()))


@pytest.mark.parametrize("size", [1, 7, 100, 300])
def test_the_stream_keeps_so_many_events_not_entries(state, store, size):
    # Given 3 000 events, some in entries of many and some in entries of one
    for _ in range(1_200 // size):
        take_in(state, *(new() for _ in range(size)))
    for _ in range(1_800):
        take_in(state, new())
    told_of = count(state)

    # When 2 000 are kept
    small = JobStore(state, options(keep_events=2_000))
    while small.forget()[1]:
        pass

    # Then so many are there, and at most a node of the stream more, as XTRIM works
    assert told_of > 2_800
    assert 2_000 <= count(state) < 2_600
    assert int(state.get(f"{keys.events()}:beyond") or 0) == count(state) - state.xlen(keys.events())

    # And those are the newest
    newest = state.xrevrange(keys.events(), count=1)[0][0]
    take_in(state, new())
    assert state.xrevrange(keys.events(), count=2)[1][0] == newest


def test_a_stream_that_another_program_trimmed_is_counted_again(state, store):
    take_in(state, *(new() for _ in range(500)))
    state.xtrim(keys.events(), maxlen=0, approximate=False)
    take_in(state, *(new() for _ in range(150)))
    small = JobStore(state, options(keep_events=100))
    assert small.forget()[1] is False
    assert int(state.get(f"{keys.events()}:beyond")) == 149
    assert count(state) == 150
