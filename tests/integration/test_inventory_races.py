"""Many clients at once: never more units sold than there are."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
import redis

from tests.inventory_kit import SHOW, assert_true_numbers, counters, definition, reserve
from tests.servers import Valkey
from tests.threads import all_at_once
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Confirmation, Decision, Release

pytestmark = pytest.mark.usefixtures("usher")


def race(valkey: Valkey, runners: int, run: Callable[[InventoryStore, int], Decision]) -> list[Decision]:
    """The outcomes of `runners` threads, each with a client of its own, that start at the same moment."""
    start, outcomes = threading.Barrier(runners), []

    def runner(number: int) -> None:
        with valkey.client() as client:
            inventory = InventoryStore(client)
            client.ping()
            start.wait()
            outcomes.append(run(inventory, number))

    all_at_once(partial(runner, number) for number in range(runners))
    assert len(outcomes) == runners
    return outcomes


def test_twenty_clients_get_ten_units_among_them(valkey: Valkey, state: redis.Redis) -> None:
    InventoryStore(state).create(SHOW, definition(hold_ms=60_000))
    outcomes = race(valkey, 20, lambda inventory, number: reserve(inventory, f"r{number}"))
    assert Counter(outcome.status for outcome in outcomes) == {"held": 10, "refused": 10}
    assert {outcome.code for outcome in outcomes} == {None, "sold_out"}
    assert counters(state) == (10, 10, 0)
    assert_true_numbers(state)


def test_one_customer_on_twenty_devices_gets_no_more_than_the_limit(valkey: Valkey, state: redis.Redis) -> None:
    InventoryStore(state).create(SHOW, definition(hold_ms=60_000, limit=3, floor=100))
    outcomes = race(valkey, 20, lambda inventory, number: reserve(inventory, f"r{number}", customer="one"))
    assert Counter(outcome.status for outcome in outcomes) == {"held": 3, "refused": 17}
    assert_true_numbers(state)


def test_one_message_delivered_to_twenty_workers_takes_once(valkey: Valkey, state: redis.Redis) -> None:
    InventoryStore(state).create(SHOW, definition(hold_ms=60_000))
    outcomes = race(valkey, 20, lambda inventory, _: reserve(inventory, "r1", ("floor", 2)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert counters(state) == (10, 2, 0)
    assert_true_numbers(state)


def test_confirm_and_release_at_once_leave_the_hold_released(valkey: Valkey, state: redis.Redis) -> None:
    InventoryStore(state).create(SHOW, definition(hold_ms=60_000))
    reserve(InventoryStore(state), "r1", ("floor", 2))

    def run(inventory: InventoryStore, number: int) -> Decision:
        if number % 2:
            return inventory.confirm(SHOW, [Confirmation(f"c{number}", "r1")])[0]
        return inventory.release(SHOW, [Release(f"r{number}", "r1")])[0]

    outcomes = race(valkey, 20, run)
    assert {outcome.status for outcome in outcomes} <= {"confirmed", "released", "refused"}
    assert counters(state) == (10, 0, 0)
    assert_true_numbers(state)
