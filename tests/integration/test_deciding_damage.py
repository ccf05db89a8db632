"""Deciding on a server that is damaged: corrupt shows, lost scripts, no memory, and what was decided before."""

import contextlib

import pytest
import redis

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs.job import State
from tasks_app.state import inventory_keys, keys
from tasks_app.state.record_names import STORED
from tests.integration.both_ways import START_MS, TARGETS, TYPES, BothWays
from tests.integration.reserving_scenarios import SHOW, about, floor, take
from tests.inventory_kit import assert_true_numbers
from tests.jobs import assert_consistent, read, told
from tests.roots import Root


def test_a_corrupt_show_does_not_affect_the_others(both: BothWays, state: redis.Redis) -> None:
    # Given requests for three shows, one of which has impossible numbers
    take(both, ("shift", -1))
    both.submit([about("reserve_seat", f"r{n}", TARGETS[n % 3], data=floor(1, customer=f"c{n}")) for n in range(9)])
    before = {key: state.dump(key) for key in state.scan_iter(inventory_keys.inventory(SHOW, "*"))}

    # When they are done, then the others' are held, that show's fail with its name, and nothing of it was written
    both.work()
    assert [read(state, f"r{n}").state for n in range(9)] == [State.FAILED, State.COMPLETE, State.COMPLETE] * 3
    assert read(state, "r0").error["code"] == "inventory_corrupt"
    assert {key: state.dump(key) for key in state.scan_iter(inventory_keys.inventory(SHOW, "*"))} == before
    assert_true_numbers(state, "show:2")


@pytest.mark.parametrize("part", ["pool", "holds", "exp", "cust", "log"])
def test_a_show_with_a_key_of_a_wrong_type_is_left_as_it_is(both: BothWays, state: redis.Redis, part: str) -> None:
    damaged = TARGETS.index("show:2")  # which has a limit
    key = inventory_keys.inventory(TARGETS[damaged], part)
    state.delete(key)
    state.set(key, "not what was here")
    both.submit([about("reserve_seat", f"r{n}", TARGETS[n % 3], data=floor(1, customer="c")) for n in range(3)])
    before = {key: state.dump(key) for key in state.scan_iter(inventory_keys.inventory(TARGETS[damaged], "*"))}
    both.work(["reserve_seat"])
    assert [read(state, f"r{n}").state for n in range(3) if n != damaged] == [State.COMPLETE] * 2
    assert {key: state.dump(key) for key in state.scan_iter(inventory_keys.inventory(TARGETS[damaged], "*"))} == before


def test_a_reservation_that_was_decided_twice_is_held_once(both: BothWays, state: redis.Redis, usher: Root) -> None:
    # Given a hold whose job is queued again, as after a crash in which the disk lost the last second
    both.submit([about("reserve_seat", "r1")])
    both.work()
    state.lrem(keys.complete("reserve_seat"), 0, "r1")
    state.zadd(keys.index("reserve_seat", "queued"), {"r1": START_MS})
    state.hdel(keys.job("r1"), *(STORED[name] for name in ("result", "claims", "finished")))
    state.hset(keys.job("r1"), STORED["state"], "queued")

    # When it is decided once more, then it has its first answer, and its units only once
    both.work()
    assert read(state, "r1").result == {"outcome": "held"}
    assert usher.inventories.read(SHOW).pools["floor"].available == 9


def test_a_server_that_lost_its_scripts_gets_them_again(both: BothWays, state: redis.Redis) -> None:
    state.script_flush()
    both.submit([about("reserve_seat", "r1")])
    state.script_flush()
    both.work()
    assert read(state, "r1").result == {"outcome": "held"}


def test_accepted_jobs_are_decided_when_memory_is_full(both: BothWays, state: redis.Redis) -> None:
    both.submit([about("reserve_seat", "r1")])
    both.work(["confirm"])  # its scripts are there
    try:
        state.config_set("maxmemory", 1)
        both.work(["reserve_seat"])
    finally:
        state.config_set("maxmemory", 0)
    assert read(state, "r1").result == {"outcome": "held"}
    assert told(state, "r1") == ["queued", "active", "complete"]
    assert_consistent(state, TYPES)
    assert_true_numbers(state, SHOW)


def test_when_memory_is_full_a_server_without_scripts_decides_whole_or_not_at_all(
    both: BothWays, state: redis.Redis, usher: Root
) -> None:
    # Given reservations of a show and of a product, and a server that lost its scripts and has no memory
    both.submit([about("reserve_seat", f"r{n}", TARGETS[n % 2 * 2]) for n in range(6)])
    state.script_flush()
    try:
        state.config_set("maxmemory", 1)

        # When a turn is taken, then each is done completely, or waits
        with contextlib.suppress(StateUnavailableError):
            both.work(["reserve_seat"])
        assert_consistent(state, TYPES)
        for target in TARGETS:
            assert_true_numbers(state, target)
    finally:
        state.config_set("maxmemory", 0)

    # Then all are done once there is memory, each once
    both.work(["reserve_seat"])
    found = [read(state, f"r{n}") for n in range(6)]
    assert [(one.state, one.result, one.attempts_made) for one in found] == [
        (State.COMPLETE, {"outcome": "held"}, 1)
    ] * 6
    assert [told(state, f"r{n}") for n in range(6)] == [["queued", "active", "complete"]] * 6
    assert state.zcard(keys.index("reserve_seat", "queued")) == 0
    assert_consistent(state, TYPES)
    held = [entry.about for target in TARGETS for entry in usher.inventories.ledger(target, None, 100)]
    assert sorted(one for one in held if one.startswith("r")) == [f"r{n}" for n in range(6)]
    for target in TARGETS:
        assert_true_numbers(state, target)
