"""Reserving: all or nothing, once, and never a false sold-out."""

import pytest
import redis

from tasks_app.errors import CorruptInventoryError
from tasks_app.state import inventory_keys
from tests.inventory_kit import (
    SHOW,
    TimedInventory,
    assert_true_numbers,
    counters,
    definition,
    events,
    ledger,
    on_sale,
    reserve,
    wish,
)
from worker.inventory.inventory_store import BATCH_LIMIT, InventoryStore
from worker.inventory.requests import Confirmation, Release, ReservationRequest

pytestmark = pytest.mark.usefixtures("usher")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    return on_sale(state, floor=10, balcony=2)


def test_a_hold_names_its_lines_its_customer_and_its_deadline(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = reserve(inventory, "r1", ("floor", 2), ("balcony", 1), customer="Zoë/1")
    assert (outcome.id, outcome.status, outcome.code) == ("r1", "held", None)
    assert outcome.data == {
        "hold": "r1",
        "state": "held",
        "at_ms": inventory.now_ms,
        "expires_ms": inventory.now_ms + 100,
        "customer": "Zoë/1",
        "lines": [{"pool": "floor", "quantity": 2}, {"pool": "balcony", "quantity": 1}],
        "finished_ms": None,
        "metadata": {},
    }
    assert counters(state) == (10, 2, 0)
    assert_true_numbers(state)


def test_a_reservation_takes_all_its_lines_or_none(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = reserve(inventory, "r1", ("floor", 2), ("balcony", 3))
    assert (outcome.status, outcome.code) == ("refused", "sold_out")
    assert outcome.data == {"pools": {"balcony": {"asked": 3, "available": 2}}}
    assert counters(state) == (10, 0, 0)
    assert events(state) == ["created"]


def test_lines_on_one_pool_are_summed_before_they_are_compared(inventory: TimedInventory, state: redis.Redis) -> None:
    # Each line alone would fit
    outcome = reserve(inventory, "r1", ("balcony", 1), ("floor", 1), ("balcony", 2))
    assert outcome.data == {"pools": {"balcony": {"asked": 3, "available": 2}}}

    outcome = reserve(inventory, "r2", ("balcony", 1), ("floor", 1), ("balcony", 1))
    assert outcome.data["lines"] == [{"pool": "balcony", "quantity": 2}, {"pool": "floor", "quantity": 1}]
    assert counters(state, "balcony") == (2, 2, 0)
    assert_true_numbers(state)


def test_a_batch_is_decided_in_its_order(inventory: TimedInventory, state: redis.Redis) -> None:
    outcomes = inventory.reserve(SHOW, [wish("a", ("floor", 6)), wish("b", ("floor", 6)), wish("c", ("floor", 4))])
    assert [(outcome.id, outcome.status) for outcome in outcomes] == [
        ("a", "held"),
        ("b", "refused"),
        ("c", "held"),
    ]
    assert outcomes[1].data == {"pools": {"floor": {"asked": 6, "available": 4}}}
    assert counters(state) == (10, 10, 0)
    assert_true_numbers(state)


def test_a_known_id_gets_its_first_outcome_again_and_takes_nothing(
    inventory: TimedInventory, state: redis.Redis
) -> None:
    first = reserve(inventory, "r1", ("floor", 2))
    inventory.advance(10)
    assert reserve(inventory, "r1", ("floor", 2)) == first
    twice = inventory.reserve(SHOW, [wish("r2"), wish("r2")])
    assert twice[0] == twice[1]
    assert counters(state) == (10, 3, 0)
    assert events(state) == ["created", "held", "held"]


def test_a_known_id_says_what_became_of_its_hold(inventory: TimedInventory) -> None:
    for name in ("confirmed", "released", "expired"):
        reserve(inventory, name)
    inventory.confirm(SHOW, [Confirmation("op1", "confirmed")])
    inventory.release(SHOW, [Release("op2", "released")])
    inventory.advance(100)

    again = inventory.reserve(SHOW, [wish(name) for name in ("confirmed", "released", "expired")])
    assert [outcome.status for outcome in again] == ["held"] * 3
    assert [outcome.data["state"] for outcome in again] == ["confirmed", "released", "expired"]


def test_sell_takes_units_straight_to_sold(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = reserve(inventory, "r1", ("floor", 3), sell=True)
    assert (outcome.status, outcome.data["state"], outcome.data["expires_ms"]) == ("sold", "confirmed", None)
    assert reserve(inventory, "r1", ("floor", 3), sell=True) == outcome

    inventory.advance(100_000)
    assert inventory.expire(SHOW, 10) == (0, None)
    assert counters(state) == (10, 0, 3)
    assert_true_numbers(state)


def test_units_of_a_hold_past_its_deadline_are_free_even_before_a_sweep(
    inventory: TimedInventory, state: redis.Redis
) -> None:
    reserve(inventory, "r1", ("floor", 10))
    inventory.advance(99)
    assert reserve(inventory, "r2", ("floor", 1)).code == "sold_out"
    inventory.advance(1)
    assert reserve(inventory, "r3", ("floor", 10)).status == "held"
    assert events(state) == ["created", "held", "expired", "held"]
    assert_true_numbers(state)


def test_more_due_holds_than_one_sweep_takes_still_make_no_false_sold_out(state: redis.Redis) -> None:
    # Given a pool full of more holds than reserve sweeps at once, all past their deadline
    inventory = on_sale(state, limit=1_300, floor=1_300)
    inventory.reserve(SHOW, [wish(f"r{number}", customer="one") for number in range(1_000)])
    inventory.reserve(SHOW, [wish(f"s{number}", customer="one") for number in range(300)])
    inventory.advance(100)

    # When a customer needs all units, or one their whole limit, then no dead hold is in the way
    assert reserve(inventory, "late", ("floor", 1_300), customer="one").status == "held"
    assert counters(state) == (1_300, 1_300, 0)
    assert_true_numbers(state)


def test_an_unknown_pool_is_refused_by_name(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = reserve(inventory, "r1", ("floor", 1), ("cellar", 1))
    assert (outcome.code, outcome.data) == ("unknown_pool", {"pools": ["cellar"]})
    assert counters(state) == (10, 0, 0)


def test_an_unknown_inventory_is_refused(inventory: TimedInventory) -> None:
    assert inventory.reserve("show:2", [wish("r1")])[0].code == "unknown_inventory"


def test_a_hold_longer_than_the_longest_is_refused(inventory: TimedInventory) -> None:
    outcome = reserve(inventory, "r1", hold_ms=251)
    assert (outcome.code, outcome.data) == ("hold_too_long", {"hold_seconds": 0.251, "hold_max_seconds": 0.25})
    assert reserve(inventory, "r2", hold_ms=250).data["expires_ms"] == inventory.now_ms + 250


def test_a_closed_sale_takes_no_new_holds_and_confirms_old_ones(inventory: TimedInventory) -> None:
    first = reserve(inventory, "r1")
    inventory.set_status(SHOW, "op1", "closed")
    assert reserve(inventory, "r2").code == "not_on_sale"
    assert reserve(inventory, "r1") == first
    assert inventory.confirm(SHOW, [Confirmation("op2", "r1")])[0].status == "confirmed"


@pytest.mark.parametrize(
    ("field", "value"), [("floor:held", "-1"), ("floor:sold", "11"), ("floor:cap", "x"), ("floor:cap", None)]
)
def test_an_impossible_counter_stops_everything_loudly(
    inventory: TimedInventory, state: redis.Redis, field: str, value: str | None
) -> None:
    # Given a counter that was overwritten or removed by hand
    reserve(inventory, "r1")
    key = inventory_keys.inventory(SHOW, "pool")
    state.hset(key, field, value) if value is not None else state.hdel(key, field)
    before = {name: state.dump(name) for name in state.keys("{jobs}:*")}

    # When any operation is tried, then it says so and changes nothing
    with pytest.raises(CorruptInventoryError, match="floor"):
        reserve(inventory, "r2")
    with pytest.raises(CorruptInventoryError, match="floor"):
        inventory.release(SHOW, [Release("op1", "r1")])
    assert {name: state.dump(name) for name in state.keys("{jobs}:*")} == before


def test_units_freed_twice_are_an_error(inventory: TimedInventory, state: redis.Redis) -> None:
    # Given counters that were lowered behind the scripts' back, each of them possible by itself
    inventory.create("show:limited", definition(limit=3, floor=10))
    inventory.reserve("show:limited", [wish("r1", ("floor", 2), customer="one")])
    state.hset(inventory_keys.inventory("show:limited", "pool"), "floor:held", 1)
    with pytest.raises(CorruptInventoryError, match="pool floor: capacity 10, held -1, sold 0"):
        inventory.release("show:limited", [Release("op1", "r1")])

    state.hset(inventory_keys.inventory("show:limited", "pool"), "floor:held", 2)
    state.hset(inventory_keys.inventory("show:limited", "cust"), "one", 1)
    with pytest.raises(CorruptInventoryError, match="customer one has -1 units"):
        inventory.release("show:limited", [Release("op1", "r1")])
    assert [change.event for change in ledger(state, "show:limited")] == ["created", "held"]


def test_a_senseless_reservation_does_not_reach_the_server(inventory: InventoryStore) -> None:
    with pytest.raises(ValueError, match="lines"):
        ReservationRequest("r1", [])
    with pytest.raises(ValueError, match="lines"):
        wish("r1", ("floor", 0))
    with pytest.raises(ValueError, match="hold_ms"):
        wish("r1", hold_ms=0)
    with pytest.raises(ValueError, match="at most"):
        inventory.reserve(SHOW, [wish("r1")] * (BATCH_LIMIT + 1))
    assert inventory.reserve(SHOW, []) == []
