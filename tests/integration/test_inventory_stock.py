"""The size and status of an inventory: created once, restocked once, never below what is held and sold."""

from collections.abc import Callable

import pytest
import redis

from tasks_app.errors import CorruptInventoryError
from tests.inventory_kit import (
    SHOW,
    TimedInventory,
    assert_true_numbers,
    counters,
    definition,
    events,
    on_sale,
    reserve,
    wish,
)
from worker.inventory.requests import Confirmation, Decision, Definition, Extension, Release

pytestmark = pytest.mark.usefixtures("usher")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    return on_sale(state, floor=10)


def test_create_again_finds_it_there_whatever_happened_since(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.restock(SHOW, "op1", "floor", 5)
    inventory.set_status(SHOW, "op2", "closed")
    assert inventory.create(SHOW, definition(floor=10)) == Decision(SHOW, "exists", None, {})
    assert counters(state) == (15, 0, 0)
    assert events(state) == ["created", "restocked", "closed"]


def test_create_does_not_change_an_existing_inventory(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = inventory.create(SHOW, definition(floor=11))
    assert (outcome.status, outcome.code) == ("refused", "already_exists")
    assert counters(state) == (10, 0, 0)


def test_create_over_the_remains_of_an_inventory_is_an_error(inventory: TimedInventory, state: redis.Redis) -> None:
    state.delete("{jobs}:show:1:meta")
    with pytest.raises(CorruptInventoryError, match="without its meta"):
        inventory.create(SHOW, definition(floor=10))


def test_restock_adds_once(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = inventory.restock(SHOW, "op1", "floor", 5)
    assert (outcome.id, outcome.status) == ("op1", "restocked")
    assert outcome.data == {"pool": "floor", "quantity": 5, "capacity": 15, "at_ms": inventory.now_ms}
    inventory.advance(1)
    inventory.restock(SHOW, "op2", "floor", 1)
    assert inventory.restock(SHOW, "op1", "floor", 5) == outcome
    assert counters(state) == (16, 0, 0)
    assert_true_numbers(state)


def test_set_capacity_stops_at_what_is_held_and_sold(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r1", ("floor", 2))
    reserve(inventory, "r2", ("floor", 3), sell=True)
    outcome = inventory.set_capacity(SHOW, "op1", "floor", 4)
    assert (outcome.code, outcome.data) == ("below_committed", {"capacity": 4, "held": 2, "sold": 3})
    assert inventory.set_capacity(SHOW, "op2", "floor", 5).status == "capacity_changed"
    assert counters(state) == (5, 2, 3)
    assert reserve(inventory, "r3").code == "sold_out"
    assert_true_numbers(state)


def test_set_capacity_does_not_stop_at_a_dead_hold(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r1", ("floor", 10))
    inventory.advance(100)
    assert inventory.set_capacity(SHOW, "op1", "floor", 0).status == "capacity_changed"
    assert counters(state) == (0, 0, 0)
    assert_true_numbers(state)


def test_set_capacity_delivered_late_does_not_undo_a_later_one(inventory: TimedInventory, state: redis.Redis) -> None:
    first = inventory.set_capacity(SHOW, "op1", "floor", 20)
    inventory.set_capacity(SHOW, "op2", "floor", 30)
    assert inventory.set_capacity(SHOW, "op1", "floor", 20) == first
    assert counters(state) == (30, 0, 0)


def test_set_status_delivered_late_does_not_undo_a_later_one(inventory: TimedInventory, state: redis.Redis) -> None:
    closed = inventory.set_status(SHOW, "op1", "closed")
    assert closed.status == "closed"
    assert inventory.set_status(SHOW, "op2", "on_sale").status == "opened"
    assert inventory.set_status(SHOW, "op1", "closed") == closed
    assert reserve(inventory, "r1").status == "held"
    assert events(state) == ["created", "closed", "opened", "held"]
    assert_true_numbers(state)


def test_an_operation_that_changes_nothing_is_not_in_the_ledger(inventory: TimedInventory, state: redis.Redis) -> None:
    assert inventory.set_status(SHOW, "op1", "on_sale").status == "opened"
    assert inventory.set_capacity(SHOW, "op2", "floor", 10).status == "capacity_changed"
    assert events(state) == ["created"]
    assert state.exists("{jobs}:show:1:ops") == 0


Operation = Callable[[TimedInventory, str, str], Decision]


@pytest.mark.parametrize(
    "operation",
    [
        lambda inventory, target, pool: inventory.restock(target, "op1", pool, 1),
        lambda inventory, target, pool: inventory.set_capacity(target, "op1", pool, 1),
    ],
)
def test_an_unknown_pool_or_inventory_is_refused(inventory: TimedInventory, operation: Operation) -> None:
    outcome = operation(inventory, SHOW, "cellar")
    assert (outcome.code, outcome.data) == ("unknown_pool", {"pools": ["cellar"]})
    assert operation(inventory, "show:9", "floor").code == "unknown_inventory"
    assert inventory.set_status("show:9", "op1", "closed").code == "unknown_inventory"


def test_a_definition_that_makes_no_sense_does_not_reach_the_server(inventory: TimedInventory) -> None:
    for pools, hold_ms, longest_ms, limit in [
        ({}, 1, 1, None),
        ({"": 1}, 1, 1, None),
        ({"floor": -1}, 1, 1, None),
        ({"floor": 1}, 0, 1, None),
        ({"floor": 1}, 2, 1, None),
        ({"floor": 1}, 1, 1, 0),
    ]:
        with pytest.raises(ValueError, match=r"must be|needs"):
            Definition("A show", pools, hold_ms, longest_ms, limit)
    with pytest.raises(ValueError, match="quantity"):
        inventory.restock(SHOW, "op1", "floor", 0)
    with pytest.raises(ValueError, match="capacity"):
        inventory.set_capacity(SHOW, "op1", "floor", -1)
    with pytest.raises(ValueError, match="extend_ms"):
        inventory.extend(SHOW, [Extension("op1", "r1", 0)])


def test_forget_removes_what_ended_long_ago_and_keeps_sales_and_ledger(
    inventory: TimedInventory, state: redis.Redis
) -> None:
    # Given holds of every state and remembered operations, all long ago; and a release just now
    inventory.reserve(SHOW, [wish(name) for name in ("sold", "cancelled", "released", "expired", "young")])
    inventory.confirm(SHOW, [Confirmation("c1", "sold"), Confirmation("c2", "cancelled")])
    inventory.release(SHOW, [Release("r1", "cancelled"), Release("r2", "released")])
    inventory.extend(SHOW, [Extension("e1", "young", 240)])
    inventory.restock(SHOW, "s1", "floor", 1)
    inventory.advance(200)
    inventory.expire(SHOW, 10)
    inventory.release(SHOW, [Release("r3", "young")])
    reserve(inventory, "held", hold_ms=250)
    inventory.restock(SHOW, "s2", "floor", 1)
    ledger = events(state)

    # When all that is older than 100 ms is forgotten, three entries of the ledger at a time
    inventory.advance(100)
    removed, done = 0, False
    while not done:
        count, done = inventory.forget(SHOW, 100, 3)
        removed += count

    # Then the new release, the held, the sold and the ledger are there, and nothing else
    assert removed == 5
    assert set(state.hkeys("{jobs}:show:1:holds")) == {"sold", "young", "held"}
    assert state.hkeys("{jobs}:show:1:ops") == ["s2"]
    assert events(state) == ledger
    assert_true_numbers(state)

    inventory.advance(1)
    assert inventory.forget(SHOW, 100, 50) == (2, True)
    assert state.exists("{jobs}:show:1:ops") == 0
    assert set(state.hkeys("{jobs}:show:1:holds")) == {"sold", "held"}
    inventory.restock(SHOW, "s3", "floor", 1)
    assert inventory.forget(SHOW, 100, 50) == (0, True)
    assert state.hkeys("{jobs}:show:1:ops") == ["s3"]
    assert_true_numbers(state)
