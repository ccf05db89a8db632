"""What becomes of a hold: confirmed, taken again or released; each once, each at the right moment."""

from collections.abc import Callable

import pytest
import redis

from tests.inventory_kit import (
    SHOW,
    TimedInventory,
    assert_true_numbers,
    confirm,
    counters,
    events,
    extend,
    held_show,
    release,
    reserve,
)
from worker.inventory.requests import Confirmation, Decision

pytestmark = pytest.mark.usefixtures("usher")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    return held_show(state)


def test_confirm_sells_what_was_held_once(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(99)
    outcome = confirm(inventory)
    assert (outcome.id, outcome.status, outcome.data["hold"]) == ("confirm", "confirmed", "r1")
    assert (outcome.data["state"], outcome.data["finished_ms"]) == ("confirmed", inventory.now_ms)
    assert counters(state) == (10, 0, 6)

    inventory.advance(1_000)
    assert confirm(inventory) == outcome
    assert inventory.expire(SHOW, 10) == (0, None)
    assert events(state) == ["created", "held", "confirmed"]
    assert_true_numbers(state)


def test_confirm_at_the_deadline_is_too_late_even_before_a_sweep(inventory: TimedInventory, state: redis.Redis) -> None:
    deadline = inventory.now_ms + 100
    inventory.advance(100)
    outcome = confirm(inventory)
    assert (outcome.code, outcome.data) == ("hold_expired", {"expires_ms": deadline})
    assert confirm(inventory) == outcome
    assert counters(state) == (10, 0, 0)
    assert events(state) == ["created", "held", "expired"]
    assert_true_numbers(state)


@pytest.mark.parametrize("swept", [True, False])
def test_reacquire_takes_the_units_of_an_expired_hold_again(
    inventory: TimedInventory, state: redis.Redis, swept: bool
) -> None:
    inventory.advance(100)
    if swept:
        inventory.expire(SHOW, 10)
    assert confirm(inventory, reacquire=True).status == "confirmed"
    assert confirm(inventory).status == "confirmed"
    assert counters(state) == (10, 0, 6)
    assert events(state) == ["created", "held", "expired", "confirmed"]
    assert_true_numbers(state)


def test_reacquire_is_refused_when_the_units_are_gone(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(100)
    reserve(inventory, "r2", ("floor", 5), customer="two")
    outcome = confirm(inventory, reacquire=True)
    assert outcome.code == "hold_expired"
    assert outcome.data["reason"] == "sold_out"
    assert outcome.data["pools"] == {"floor": {"asked": 6, "available": 5}}
    assert_true_numbers(state)


def test_reacquire_keeps_the_limit(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(100)
    reserve(inventory, "r2", customer="one")
    outcome = confirm(inventory, reacquire=True)
    assert (outcome.code, outcome.data["reason"], outcome.data["present"]) == (
        "hold_expired",
        "limit_exceeded",
        1,
    )
    assert_true_numbers(state)


def test_reacquire_does_not_wait_for_other_dead_holds(inventory: TimedInventory) -> None:
    inventory.advance(100)
    reserve(inventory, "r2", ("floor", 5), customer="two")
    inventory.advance(100)
    assert confirm(inventory, reacquire=True).status == "confirmed"


def test_a_batch_that_retakes_one_hold_and_sweeps_for_another_counts_each_once(
    inventory: TimedInventory, state: redis.Redis
) -> None:
    # Given an expired hold of four units, and two more, past their deadline and not swept, that fill the pool
    reserve(inventory, "r2", ("floor", 4), customer="two", hold_ms=40)
    inventory.advance(50)
    inventory.expire(SHOW, 10)
    reserve(inventory, "r3", ("floor", 4), customer="three", hold_ms=40)
    inventory.advance(50)

    # When one of those two is taken again, and then the first, which needs the other's place
    outcomes = inventory.confirm(SHOW, [Confirmation("c1", "r1", True), Confirmation("c2", "r2", True)])
    assert [outcome.status for outcome in outcomes] == ["confirmed", "confirmed"]
    assert counters(state) == (10, 0, 10)
    assert_true_numbers(state)


def test_reacquire_is_refused_when_the_sale_is_closed(inventory: TimedInventory) -> None:
    inventory.advance(100)
    inventory.set_status(SHOW, "close", "closed")
    assert confirm(inventory, reacquire=True).data["reason"] == "not_on_sale"


def test_a_released_hold_is_never_confirmed(inventory: TimedInventory, state: redis.Redis) -> None:
    release(inventory)
    assert confirm(inventory, reacquire=True).code == "already_released"
    assert counters(state) == (10, 0, 0)


@pytest.mark.parametrize("operation", [confirm, release, lambda *given, **named: extend(*given, 10, **named)])
def test_an_unknown_hold_or_inventory_is_refused(inventory: TimedInventory, operation: Callable[..., Decision]) -> None:
    assert operation(inventory, hold="r9").code == "hold_not_found"
    assert operation(inventory, target="show:9").code == "unknown_inventory"


def test_release_gives_back_a_hold_once(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = release(inventory)
    assert (outcome.status, outcome.data["state"]) == ("released", "released")
    inventory.advance(1_000)
    assert release(inventory) == outcome
    assert counters(state) == (10, 0, 0)
    assert events(state) == ["created", "held", "released"]
    assert inventory.expire(SHOW, 10) == (0, None)
    assert_true_numbers(state)


def test_release_cancels_a_sale(inventory: TimedInventory, state: redis.Redis) -> None:
    confirm(inventory)
    assert [release(inventory).status for _ in range(2)] == ["released", "released"]
    assert counters(state) == (10, 0, 0)
    assert_true_numbers(state)


def test_release_of_an_expired_hold_changes_nothing(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(100)
    assert [release(inventory).status for _ in range(2)] == ["expired", "expired"]
    assert events(state) == ["created", "held", "expired"]
    assert_true_numbers(state)
