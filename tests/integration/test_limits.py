"""Limits: the claim keeps them, over all workers; what a limit keeps waiting is in nobody's way and is not lost."""

import threading
import time

import pytest

from tasks_app.errors import TooManyRulesError
from tasks_app.jobs import type_rules
from tasks_app.jobs.type_rules import Limits, Rate, Rules
from tasks_app.state import keys
from tests.integration.test_keys import complete, left_behind, of, read_key
from tests.jobs import TYPE, new, options, take_in
from worker.jobs import run
from worker.jobs.job_store import JobStore, Settlement, Slot
from worker.maintenance import Maintenance

SECOND = Rate(2, 1_000)


@pytest.fixture
def published(usher):
    published = []
    usher.publisher.hand_over = published.extend
    return published


@pytest.fixture
def store(state, published):
    store = JobStore(state, options(), published.extend)
    store.announce("worker@test", {"jobs": 2}, [TYPE], 60)
    return store


def claim(store, most=1):
    return store.claim(TYPE, "worker@test", most)


def drain(store, most=50):
    """Claim until nothing more may begin."""
    found = []
    while claims := claim(store, most):
        found += claims
    return found


def test_no_more_are_active_at_once_than_the_limit_of_the_type(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=3)))
    take_in(state, *[new() for _ in range(10)])
    claims = drain(store)
    assert len(claims) == 3
    complete(store, claims[:2])
    assert len(drain(store)) == 2


def test_no_more_are_active_at_once_than_the_limit_of_each_key(state, store, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    take_in(state, *of("ada", 100), *of("bob", 2), new(data={"n": 0}))
    claims = drain(store)
    assert sorted(read_key(store, one.id) for one in claims) == ["", "ada", "bob"]

    # When the job of a key ends, then the key's next one may begin
    complete(store, [one for one in claims if read_key(store, one.id) == "ada"])
    assert [(read_key(store, one.id), one.data["n"]) for one in drain(store)] == [("ada", 1)]


@pytest.mark.parametrize("verdict", ["error", "permanent", "snoozed", "interrupted", "returned"])
def test_however_a_job_ends_its_key_is_free_again_and_a_slot_is_woken(state, store, published, verdict, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1), limits=Limits(at_once=1)))
    take_in(state, *of("ada", 2, attempts=5))
    (one,) = drain(store)
    payload = one.place if verdict == "returned" else '{"code":"error"}'
    published.clear()
    state.delete(keys.wake_ups(TYPE))
    store.settle([Settlement(one, verdict, payload, wait_ms=60_000)])
    assert [wake.type for wake in published] == [TYPE]
    assert len(drain(store)) == 1


def test_a_job_that_is_called_off_or_loses_its_worker_frees_its_key(state, store, eventually, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1), limits=Limits(at_once=1)))
    take_in(state, *of("ada", 3))
    (one,) = drain(store)
    usher.controls.cancel(one.id)
    (two,) = JobStore(state, options(lease_seconds=0.01)).claim(TYPE, "worker@dead", 1)
    eventually(lambda: store.recover([TYPE])[0])
    assert [again.id for again in drain(store)] == [two.id]


def test_jobs_over_a_limit_wake_nobody_and_the_one_that_ends_wakes_for_the_next(state, store, published, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    take_in(state, *of("ada", 1))
    claims = drain(store)
    state.delete(keys.wake_ups(TYPE))
    assert take_in(state, *of("ada", 9)) == []
    assert store.wake([TYPE], {"jobs": 0}) == ([], None)
    complete(store, claims)
    assert [wake.type for wake in published] == [TYPE]


def test_a_limit_of_the_type_wakes_no_more_slots_than_may_begin(state, store, published, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=1)))
    assert len(take_in(state, *[new() for _ in range(10)])) == 1
    claims = drain(store)
    state.delete(keys.wake_ups(TYPE))
    assert store.wake([TYPE], {"jobs": 0}) == ([], None)
    complete(store, claims)
    assert len(published) == 1


def test_a_slot_takes_no_more_than_its_share_of_what_may_be_at_once(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=4)))
    take_in(state, *[new() for _ in range(10)])
    assert [len(claim(store, 50)) for _ in range(3)] == [2, 2, 0]


def test_no_more_begin_within_the_time_of_a_rate(state, store, eventually, usher):
    # Given two a second, and what was begun within the first one
    usher.types.put(TYPE, Rules(limits=Limits(rate=SECOND)))
    take_in(state, *[new() for _ in range(5)])
    began = time.monotonic()
    complete(store, drain(store))

    # Then nothing begins until the second is over, and the clock is told when that is
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


def test_an_attempt_counts_anew_and_what_is_given_back_does_not(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(rate=Rate(3, 60_000)), per_key=Limits(rate=Rate(3, 60_000))))
    take_in(state, *of("ada", 2, attempts=9))
    one, two = drain(store)
    store.settle([Settlement(one, "returned", one.place), Settlement(two, "error", "{}")])
    store.promote([TYPE])
    assert len(drain(store)) == 2
    assert state.zcard("{jobs}:starts:" + TYPE) == 3


def test_a_higher_limit_holds_at_once_and_a_lower_one_from_the_next_claim(state, store, published, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    take_in(state, *of("ada", 9))
    assert len(drain(store)) == 1
    state.delete(keys.wake_ups(TYPE))
    published.clear()

    # When the limit rises, then somebody is woken, and more begin
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=3)))
    assert published
    claims = drain(store)
    assert len(claims) == 2

    # When it falls, then nothing begins until few enough are left
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=2)))
    complete(store, claims[:1])
    assert drain(store) == []
    complete(store, claims[1:])
    assert len(drain(store)) == 1


def test_without_rules_what_rested_goes_on(state, store, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(rate=Rate(1, 60_000))))
    take_in(state, *of("ada", 5))
    assert len(drain(store)) == 1
    usher.types.put(TYPE, Rules())
    assert state.hgetall(keys.rules()) == {}
    assert len(drain(store)) == 4


def test_a_lower_limit_of_a_key_is_noticed_when_its_turn_comes(state, store, usher):
    take_in(state, *of("ada", 5))
    assert len(claim(store, 2)) == 2
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=2)))
    assert drain(store) == []
    state.delete(keys.wake_ups(TYPE))
    assert take_in(state, *of("ada", 1)) == []


def test_a_limited_key_of_many_jobs_costs_the_others_nothing(state, store, usher):
    # Given a key with more held-back jobs than a turn looks at
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    take_in(state, *of("ada", 3_000))
    drain(store)

    # Then the turn does not look at them
    take_in(state, *of("bob", 1))
    state.config_resetstat()
    assert [read_key(store, one.id) for one in claim(store, 50)] == ["bob"]
    calls = sum(numbers["calls"] for numbers in state.info("commandstats").values())
    assert calls < 60


def test_many_claim_at_once_and_no_limit_is_exceeded(state, store, usher):
    # Given four claimers, 50 keys, and one at a time for each key
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1), limits=Limits(at_once=20)))
    take_in(state, *[new(key=f"k{n % 50}", data={"n": n}) for n in range(400)])
    running, seen, wrong, lock = set(), [], [], threading.Lock()

    def work(name):
        own = JobStore(state, options())
        while len(seen) < 400:
            claims = own.claim(TYPE, name, 3)
            with lock:
                for one in claims:
                    key = f"k{one.data['n'] % 50}"
                    if key in running or len(running) >= 20:
                        wrong.append(key)
                    running.add(key)
                    seen.append(one.data["n"])
            with lock:
                running.difference_update(f"k{one.data['n'] % 50}" for one in claims)
                own.settle([Settlement(one, "complete") for one in claims])

    threads = [threading.Thread(target=work, args=(f"worker-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    # Then all are done once, in the order of each key, and never two of one key at a time
    assert wrong == []
    assert sorted(seen) == list(range(400))
    for key in range(50):
        own = [n for n in seen if n % 50 == key]
        assert own == sorted(own)
    assert [key for key in left_behind(state) if "starts" not in key] == []


def test_when_the_time_steps_back_no_rate_holds_anything_back_for_long(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(rate=Rate(1, 1_000)), per_key=Limits(rate=Rate(1, 1_000))))
    take_in(state, *of("ada", 2))
    drain(store)
    ahead = time.time() * 1000 + 3_600_000
    for key in ("{jobs}:starts:" + TYPE, f"{{jobs}}:starts:{TYPE}:ada", f"{{jobs}}:resting:{TYPE}"):
        (member,) = state.zrange(key, 0, 0)
        state.zadd(key, {member: ahead})
    assert len(drain(store)) == 1


def test_a_slow_type_of_weight_3_may_have_three_wake_ups_a_slot(state, store, usher):
    state.hset("{jobs}:pace", TYPE, "1000000")
    usher.types.put(TYPE, Rules(weight=3))
    assert len(take_in(state, *[new() for _ in range(50)])) == 6


def test_a_turn_is_told_the_weight_of_its_type(state, store, usher):
    take_in(state, new())
    usher.types.put(TYPE, Rules(weight=3))
    assert store.turn(Slot(TYPE, "jobs", "worker@test", 0, "token"), 1).weight == 3


def test_what_a_pool_process_settles_wakes_others(state, store, published, monkeypatch, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=1)))
    take_in(state, new(), new())
    claims = drain(store)
    state.delete(keys.wake_ups(TYPE))
    run.store().settle([Settlement(claims[0], "complete")])
    assert [wake.type for wake in published] == [TYPE]


def test_the_clock_waits_no_longer_than_until_a_rate_opens(state, usher):
    clock = Maintenance(usher, [TYPE], ["jobs"])
    ahead = time.monotonic() + 60
    assert clock._idle_seconds(ahead, None) > 50
    assert clock._idle_seconds(ahead, 0.2) == 0.2
    assert 0 < clock._idle_seconds(ahead, 0.0) < 0.1
    assert clock._idle_seconds(time.monotonic() - 1, 0.2) == 0


def test_rules_are_as_many_as_each_look_can_bear(state, store, monkeypatch, usher):
    monkeypatch.setattr(type_rules, "RULES_LIMIT", 1)
    usher.types.put("one", Rules(weight=2))
    usher.types.put("one", Rules(weight=3))
    with pytest.raises(TooManyRulesError):
        usher.types.put("two", Rules(weight=2))
    usher.types.put("two", Rules())
    assert [(one.type, one.rules.weight) for one in usher.types.known()] == [("one", 3)]


@pytest.mark.parametrize(
    "rules",
    [Rules(), Rules(2), Rules(1, Limits(3, SECOND)), Rules(5, Limits(None, SECOND), Limits(1, Rate(9, 60_000)))],
)
def test_rules_read_as_they_were_written(rules):
    assert Rules.parse(rules.to_json()) == rules
