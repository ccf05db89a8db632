"""Rates: no more begin within a time than the type or the key may, and the clock is told when the next may."""

import time

from tasks_app.jobs.type_rules import Limits, Rate, Rules
from tasks_app.state import keys
from tests.integration.claims import complete, drain, of, read_key
from tests.jobs import TYPE, new, take_in
from worker.jobs.job_store import Settlement
from worker.maintenance import Maintenance

SECOND = Rate(2, 1_000)


def test_no_more_jobs_begin_within_the_period_of_a_rate(state, store, eventually, usher):
    # Given two a second, and two that began within the first one
    usher.types.put(TYPE, Rules(limits=Limits(rate=SECOND)))
    take_in(state, *[new() for _ in range(5)])
    began = time.monotonic()
    complete(store, drain(store))

    # Then nothing begins until that second is over, and the clock learns when that is
    _, opens = store.wake([TYPE], {"jobs": 0})
    assert 0 < opens <= 1
    assert 0 < state.pttl("{jobs}:starts:" + TYPE) <= 1_000
    rest = []
    eventually(lambda: rest.extend(drain(store)) or len(rest) == 2, 5)
    assert time.monotonic() - began >= 1
    assert drain(store) == []


def test_a_rate_of_each_key_lets_the_others_go_on(state, store, eventually, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(rate=Rate(1, 600))))
    take_in(state, *of("ada", 3), *of("bob", 1))
    assert [read_key(store, one.id) for one in drain(store)] == ["ada", "bob"]
    _, opens = store.wake([TYPE], {"jobs": 0})
    assert 0 < opens <= 0.6
    eventually(lambda: [one.data["n"] for one in drain(store)] == [1], 5)


def test_an_attempt_counts_again_and_a_job_that_is_given_back_does_not(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(rate=Rate(3, 60_000)), per_key=Limits(rate=Rate(3, 60_000))))
    take_in(state, *of("ada", 2, attempts=9))
    one, two = drain(store)
    store.settle([Settlement(one, "returned", one.place), Settlement(two, "error", "{}")])
    store.promote([TYPE])
    assert len(drain(store)) == 2
    assert state.zcard("{jobs}:starts:" + TYPE) == 3


def test_without_rules_resting_jobs_go_on(state, store, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(rate=Rate(1, 60_000))))
    take_in(state, *of("ada", 5))
    assert len(drain(store)) == 1
    usher.types.put(TYPE, Rules())
    assert state.hgetall(keys.rules()) == {}
    assert len(drain(store)) == 4


def test_when_the_time_steps_back_no_rate_holds_anything_back_for_long(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(rate=Rate(1, 1_000)), per_key=Limits(rate=Rate(1, 1_000))))
    take_in(state, *of("ada", 2))
    drain(store)
    ahead = time.time() * 1000 + 3_600_000
    for key in ("{jobs}:starts:" + TYPE, f"{{jobs}}:starts:{TYPE}:ada", f"{{jobs}}:resting:{TYPE}"):
        (member,) = state.zrange(key, 0, 0)
        state.zadd(key, {member: ahead})
    assert len(drain(store)) == 1


def test_the_clock_waits_no_longer_than_until_a_rate_opens(state, usher):
    clock = Maintenance(usher, [TYPE], ["jobs"])
    ahead = time.monotonic() + 60
    assert clock._idle_seconds(ahead, None) > 50
    assert clock._idle_seconds(ahead, 0.2) == 0.2
    assert 0 < clock._idle_seconds(ahead, 0.0) < 0.1
    assert clock._idle_seconds(time.monotonic() - 1, 0.2) == 0
