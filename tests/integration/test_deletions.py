"""A show is archived and deleted: only with nothing live, once, and a later show of the same id starts clean."""

import json

import pytest
import redis

from tasks_app.inventory import Reservations, reservation_ids
from tasks_app.jobs import JobControls, NewJob, count_waiting
from tasks_app.state import inventory_keys, keys
from tests.integration.both_ways import BothWays
from tests.integration.reserving_scenarios import about
from tests.inventory_kit import (
    SHOW,
    TimedInventory,
    assert_true_numbers,
    confirm,
    definition,
    events,
    held_show,
    on_sale,
    release,
    reserve,
)
from tests.roots import Root

LATER = 10**14  # unix ms: after any creation


@pytest.fixture
def inventory(usher: object, state: redis.Redis) -> TimedInventory:
    return held_show(state)


def stored(state: redis.Redis) -> dict[str, bytes]:
    """Everything in the state but the tests' clock and the notes about deleted shows, by key."""
    left_out = ("{jobs}:test:clock", inventory_keys.deleted(""), keys.id_secret())
    return {key: state.dump(key) for key in state.scan_iter("*") if not key.startswith(left_out)}


def test_nothing_held_is_archived(inventory: TimedInventory, state: redis.Redis) -> None:
    refused = inventory.set_status(SHOW, "op1", "archived")
    assert (refused.code, refused.data) == ("still_held", {"held": 6})
    inventory.advance(100)
    assert inventory.set_status(SHOW, "op2", "archived").status == "archived"
    assert events(state) == ["created", "held", "expired", "archived"]
    assert reserve(inventory, "r2", customer="two").code == "not_on_sale"
    assert confirm(inventory, reacquire=True).data["reason"] == "not_on_sale"
    assert_true_numbers(state)

    assert inventory.set_status(SHOW, "op3", "on_sale").status == "opened"
    assert reserve(inventory, "r2", customer="two").status == "held"
    assert_true_numbers(state)


def test_what_is_sold_stays_in_an_archive_and_may_be_given_back(inventory: TimedInventory, state: redis.Redis) -> None:
    confirm(inventory)
    assert inventory.set_status(SHOW, "op1", "archived").status == "archived"
    assert release(inventory).status == "released"
    assert_true_numbers(state)


def test_nothing_live_is_deleted(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r2", customer="two", sell=True)
    refused = inventory.delete(SHOW, "op1", LATER, waiting=3)
    assert (refused.code, refused.data) == ("still_live", {"held": 6, "sold": 1, "waiting": 3})
    inventory.advance(100)
    assert inventory.delete(SHOW, "op1", LATER, waiting=0).data == {"held": 0, "sold": 1, "waiting": 0}
    assert_true_numbers(state)


def test_a_deleted_show_leaves_nothing(usher: Root, state: redis.Redis) -> None:
    # Given an empty state, and a show that had holds, a pause, operations and a ledger
    before = stored(state)
    inventory = held_show(state)
    JobControls(state, lambda _: None).pause(SHOW)
    inventory.restock(SHOW, "op", "floor", 5)
    release(inventory)

    # When it is deleted, then nothing is left of it, and the repeated operation says the same
    assert inventory.delete(SHOW, "delete", LATER, waiting=0).status == "deleted"
    left = {key for key in stored(state) if key not in before}
    assert left == {"{jobs}:meters"}
    assert inventory.delete(SHOW, "delete", LATER, waiting=0).status == "deleted"
    assert inventory.delete(SHOW, "other", LATER, waiting=0).code == "unknown_inventory"
    assert state.pttl(inventory_keys.deleted("delete")) > 0


def test_a_later_show_of_the_same_id_starts_clean(usher: Root, state: redis.Redis) -> None:
    # Given a deleted show
    inventory = held_show(state)
    old = reservation_ids.carrying("a" * 26, SHOW)
    reserve(inventory, old, customer="two")
    inventory.restock(SHOW, "op", "floor", 5)
    for name in ("r1", old):
        release(inventory, hold=name)
    inventory.delete(SHOW, "delete", LATER, waiting=0)
    assert reservation_ids.targets(state, old) == []

    # When a show of the same id is created, then no hold, operation or deletion of the old one reaches it
    inventory.create(SHOW, definition(floor=3))
    assert events(state) == ["created"]
    assert Reservations(state)._inventories.hold(SHOW, old) is None
    assert release(inventory, hold=old).code == "hold_not_found"
    assert inventory.restock(SHOW, "op", "floor", 5).data["capacity"] == 8
    assert inventory.delete(SHOW, "delete", LATER, waiting=0).status == "deleted"
    assert inventory.delete(SHOW, "asked before", asked_ms=1, waiting=0).code == "unknown_inventory"
    assert reserve(inventory, "r1", customer="one").status == "held"
    assert_true_numbers(state)


def test_too_many_reservations_that_are_over_are_not_deleted_in_one_step(state: redis.Redis, usher: object) -> None:
    inventory = on_sale(state, floor=10)
    over = json.dumps(["released", 1, 0, "", [["floor", 1]], 1])
    state.hset(inventory_keys.inventory(SHOW, "holds"), mapping={f"h{n}": over for n in range(20_001)})
    refused = inventory.delete(SHOW, "op", LATER, waiting=0)
    assert (refused.code, refused.data) == ("too_many_stored", {"reservations": 20_001, "most": 20_000})
    assert state.exists(inventory_keys.inventory(SHOW, "meta"))


def test_jobs_that_wait_are_counted_whatever_they_wait_for(both: BothWays, state: redis.Redis) -> None:
    both.lay_out(decides=True)
    both.submit([about("reserve_seat", f"r{n}") for n in range(3)])
    both.submit([about("reserve_seat", "other", "show:2"), about("release", "late", data={}, delay_ms=60_000)])
    both.submit([NewJob("delete_inventory", {}, "own", target=SHOW)])
    assert count_waiting(state, SHOW, "own") == 4
    both.work()
    assert count_waiting(state, SHOW, "own") == 1
