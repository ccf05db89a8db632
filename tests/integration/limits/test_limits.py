"""Limits at once: the claim keeps them, over all workers; what is held back waits in nobody's way and is not lost."""

import threading
from functools import partial

import pytest

from tasks_app.jobs.type_rules import Limits, Rules
from tasks_app.state import worker_keys
from tests.integration.claims import claim_next, complete, drain, left_behind, of, read_key
from tests.jobs import TYPE, new, options, take_in
from tests.threads import all_at_once
from worker.jobs.job_store import JobStore, Settlement
from worker.jobs.run import Runner


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
    state.delete(worker_keys.wake_ups(TYPE))
    store.settle([Settlement(one, verdict, payload, wait_ms=60_000)])
    assert [wake.type for wake in published] == [TYPE]
    assert len(drain(store)) == 1


def test_a_job_that_is_cancelled_or_loses_its_worker_frees_its_key(state, store, eventually, usher):
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
    state.delete(worker_keys.wake_ups(TYPE))
    assert take_in(state, *of("ada", 9)) == []
    assert store.wake([TYPE], {"jobs": 0}) == ([], None)
    complete(store, claims)
    assert [wake.type for wake in published] == [TYPE]


def test_a_limit_of_the_type_wakes_no_more_slots_than_may_begin(state, store, published, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=1)))
    assert len(take_in(state, *[new() for _ in range(10)])) == 1
    claims = drain(store)
    state.delete(worker_keys.wake_ups(TYPE))
    assert store.wake([TYPE], {"jobs": 0}) == ([], None)
    complete(store, claims)
    assert len(published) == 1


def test_a_slot_takes_no_more_than_its_share_of_the_jobs_allowed_at_once(state, store, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=4)))
    take_in(state, *[new() for _ in range(10)])
    assert [len(claim_next(store, 50)) for _ in range(3)] == [2, 2, 0]


def test_a_higher_limit_counts_at_once_and_a_lower_one_from_the_next_claim(state, store, published, usher):
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    take_in(state, *of("ada", 9))
    assert len(drain(store)) == 1
    state.delete(worker_keys.wake_ups(TYPE))
    published.clear()

    # When the limit rises, then a slot is woken, and more begin
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


def test_a_lower_limit_of_a_key_is_noticed_when_its_turn_comes(state, store, usher):
    take_in(state, *of("ada", 5))
    assert len(claim_next(store, 2)) == 2
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=2)))
    assert drain(store) == []
    state.delete(worker_keys.wake_ups(TYPE))
    assert take_in(state, *of("ada", 1)) == []


def test_a_limited_key_of_many_jobs_costs_the_others_nothing(state, store, usher):
    # Given a key with more held-back jobs than a turn looks at
    usher.types.put(TYPE, Rules(per_key=Limits(at_once=1)))
    take_in(state, *of("ada", 3_000))
    drain(store)

    # Then the turn does not look at them
    take_in(state, *of("bob", 1))
    state.config_resetstat()
    assert [read_key(store, one.id) for one in claim_next(store, 50)] == ["bob"]
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

    all_at_once(partial(work, f"worker-{n}") for n in range(4))

    # Then all are done once, in the order of each key, and never two of one key at a time
    assert wrong == []
    assert sorted(seen) == list(range(400))
    for key in range(50):
        own = [n for n in seen if n % 50 == key]
        assert own == sorted(own)
    assert [key for key in left_behind(state) if "starts" not in key] == []


def test_a_settlement_in_a_pool_process_wakes_others(state, store, published, monkeypatch, usher):
    usher.types.put(TYPE, Rules(limits=Limits(at_once=1)))
    take_in(state, new(), new())
    claims = drain(store)
    state.delete(worker_keys.wake_ups(TYPE))
    usher.part(Runner).store.settle([Settlement(claims[0], "complete")])
    assert [wake.type for wake in published] == [TYPE]
