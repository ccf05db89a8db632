"""What a job waits for: the API shows each kind of wait, with its numbers."""

import pytest

from tasks_app.jobs import WantedJobs
from tasks_app.jobs.type_rules import Limits, Rate, Rules
from tests.jobs import TYPE, new, options, take_in
from worker.jobs.job_store import JobStore


@pytest.fixture
def store(state):
    store = JobStore(state, options())
    store.announce("worker@test", {"jobs": 2}, [TYPE], 60)
    return store


def told(usher, job):
    """Why the job waits, without the members that are null."""
    waiting = usher.jobs.read(job.id).waiting_for
    return waiting and {name: value for name, value in waiting.items() if value is not None}


def test_a_delayed_job_waits_for_its_time(state, store, usher):
    job = new(due_ms=4_952_563_200_000)
    take_in(state, job)
    assert told(usher, job) == {"what": "time", "until_ms": 4_952_563_200_000}


def test_a_job_whose_type_no_live_worker_knows_waits_for_one(state, store, usher):
    job = new(type="unheard")
    take_in(state, job)
    assert told(usher, job) == {"what": "worker"}
    store.attend("unheard", "processor", 5)
    assert told(usher, job)["what"] == "turn"


def test_a_job_waits_for_a_worker_that_is_gone(state, store, eventually, usher):
    job = new()
    store.announce("worker@test", {"jobs": 2}, [TYPE], 0.001)
    take_in(state, job)
    eventually(lambda: told(usher, job) == {"what": "worker"}, 5)


@pytest.mark.parametrize("group", [f"type:{TYPE}", "queue:jobs", f"key:{TYPE}/ada", "batch:b", "show:gala"])
def test_a_paused_job_names_its_group(state, store, group, usher):
    job = new(batch="b", target="show:gala", key="ada")
    take_in(state, job)
    usher.controls.pause(group)
    assert told(usher, job) == {"what": "pause", "group": group, "since_ms": usher.jobs.pauses()[group].since_ms}


def test_a_queued_job_tells_its_place_and_when_it_may_begin(state, store, usher):
    # Given a pace of 100 ms and two slots
    state.hset("{jobs}:pace", TYPE, "100000")
    jobs = [new() for _ in range(21)]
    take_in(state, *jobs)
    seconds, micros = state.time()
    now_ms = seconds * 1000 + micros // 1000
    assert told(usher, jobs[0])["place"] == 1
    last = told(usher, jobs[20])
    assert last["place"] == 21
    assert 1_000 <= last["expected_ms"] - now_ms < 5_000


def test_places_are_the_order_in_which_jobs_of_keys_are_claimed(state, store, usher):
    jobs = [*[new(key="ada") for _ in range(3)], new(), *[new(key="bob") for _ in range(3)]]
    take_in(state, *jobs)
    places = {job.id: told(usher, job)["place"] for job in jobs}
    order = [claim.id for claim in store.claim(TYPE, "worker@test", 9)]
    assert sorted(order, key=places.__getitem__) == order


def test_a_key_at_its_limit_is_named_and_others_wait_for_their_turn(state, store, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    jobs = [new(key="ada"), new(key="ada"), new(key="bob")]
    take_in(state, *jobs)
    store.claim(TYPE, "worker@test", 1)
    assert told(usher, jobs[0]) is None
    assert told(usher, jobs[1]) == {"what": "limit", "limit": "at_once", "key": "ada"}
    assert told(usher, jobs[2])["what"] == "turn"


def test_a_limit_of_the_type_is_shown_without_a_key(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=1)))
    jobs = [new(key="ada"), new()]
    take_in(state, *jobs)
    store.claim(TYPE, "worker@test", 1)
    assert told(usher, jobs[1]) == {"what": "limit", "limit": "at_once"}


@pytest.mark.parametrize(
    "rules", [Rules(limits=Limits(rate=Rate(1, 60_000))), Rules(per_key=Limits(None, Rate(1, 60_000)))]
)
def test_a_rate_shows_until_when_it_holds_back(state, store, rules, usher):
    usher.types.put(TYPE, rules)
    jobs = [new(key="ada"), new(key="ada")]
    take_in(state, *jobs)
    store.claim(TYPE, "worker@test", 1)
    waiting = told(usher, jobs[1])
    began_ms = usher.jobs.read(jobs[0].id).started_ms
    key = {"key": "ada"} if rules.per_key.rate else {}
    assert waiting == {"what": "limit", "limit": "rate", "until_ms": began_ms + 60_000, **key}


def test_lists_show_it_too_and_finished_jobs_wait_for_nothing(state, store, usher):
    jobs = [new(), new()]
    take_in(state, *jobs)
    usher.controls.cancel(jobs[0].id)
    page = {job.id: job.waiting_for for job in usher.job_lists.page(WantedJobs(type=TYPE), "", 9).jobs}
    assert page[jobs[0].id] is None
    assert page[jobs[1].id]["what"] == "turn"


def test_a_backlog_shows_how_many_wait_since_when_and_how_long_a_new_job_would(state, store, usher):
    # Given a pace of 100 ms, two slots, and queued jobs of all kinds
    state.hset("{jobs}:pace", TYPE, "100000")
    low, high = new(priority=10), new(priority=-15)
    take_in(state, low)
    take_in(state, high, new(key="ada"), new(type="unheard"))
    first, second = (usher.jobs.read(job.id).created_ms for job in (low, high))
    found = usher.jobs.backlogs()
    assert (found[TYPE].queued, found[TYPE].wait_ms) == (3, 150)
    assert first <= found[TYPE].oldest_ms <= first + 1
    assert found["unheard"].wait_ms == 1 * 50 // 2

    # When the oldest is gone, then the next one is the oldest, whatever its level
    usher.controls.cancel(low.id)
    assert second <= usher.jobs.backlogs()[TYPE].oldest_ms <= second + 1
    usher.controls.cancel(high.id)
    assert usher.jobs.backlogs()[TYPE].queued == 1
    assert second <= usher.jobs.backlogs()[TYPE].oldest_ms <= second + 1


def test_a_backlog_says_what_no_pause_holds_back_and_whether_its_type_is_known(state, store, usher):
    # Given two jobs of a type that a worker knows, the first of a batch, and one of a type that none knows
    first = new(batch="moved")
    take_in(state, first)
    second = new()
    take_in(state, second, new(type="unheard"))
    assert [usher.jobs.backlogs()[name].is_known for name in (TYPE, "unheard")] == [True, False]

    # When a turn has met the first while its batch is paused, then only the second counts as not held back
    usher.controls.pause("batch:moved")
    assert [one.id for one in store.claim(TYPE, "worker@test", 1)] == [second.id]
    assert usher.jobs.backlogs()[TYPE].unpaused_oldest_ms is None
    third = new()
    take_in(state, third)
    found = usher.jobs.backlogs()[TYPE]
    at_ms = usher.jobs.read(third.id).created_ms
    assert at_ms <= found.unpaused_oldest_ms <= at_ms + 1
    assert found.oldest_ms < found.unpaused_oldest_ms

    # When the type is paused, then all are held back
    usher.controls.pause(f"type:{TYPE}")
    assert usher.jobs.backlogs()[TYPE].unpaused_oldest_ms is None


def test_without_workers_no_wait_is_estimated(state, monkeypatch, usher):
    take_in(state, new())
    assert usher.jobs.backlogs()[TYPE].wait_ms is None
