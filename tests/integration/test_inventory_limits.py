"""The limit of units that a customer may have of a show, held and sold together."""

import pytest
import redis

from tasks_app.state import inventory_keys
from tasks_app.usher import Usher
from tests.inventory_kit import (
    SHOW,
    assert_true_numbers,
    definition,
    on_sale,
    reserve,
    wish,
)
from worker.inventory.requests import Release

pytestmark = pytest.mark.usefixtures("usher")


def test_the_limit_counts_held_and_sold_units_of_a_customer(state: redis.Redis) -> None:
    # Given a limit of four, of which one customer holds one and bought two
    inventory = on_sale(state, limit=4)
    reserve(inventory, "r1", customer="one")
    reserve(inventory, "r2", ("floor", 2), customer="one", sell=True)

    # Then two more are too many, even in two lines, and one more is not; other customers are not limited
    outcome = reserve(inventory, "r3", ("floor", 1), ("floor", 1), customer="one")
    assert (outcome.code, outcome.data) == ("limit_exceeded", {"max_per_customer": 4, "present": 3, "asked": 2})
    assert reserve(inventory, "r4", customer="one").status == "held"
    assert reserve(inventory, "r5", ("floor", 4), customer="two").status == "held"
    assert_true_numbers(state)


def test_the_limit_holds_within_one_batch(state: redis.Redis) -> None:
    inventory = on_sale(state, limit=2)
    outcomes = inventory.reserve(SHOW, [wish(f"r{number}", customer="one") for number in range(4)])
    assert [outcome.status for outcome in outcomes] == ["held", "held", "refused", "refused"]
    assert_true_numbers(state)


def test_units_given_back_no_longer_count(state: redis.Redis) -> None:
    inventory = on_sale(state, limit=1)
    reserve(inventory, "r1", customer="one")
    inventory.release(SHOW, [Release("op1", "r1")])
    assert reserve(inventory, "r2", customer="one").status == "held"
    inventory.advance(100)
    assert reserve(inventory, "r3", customer="one").status == "held"
    assert_true_numbers(state)


def test_a_request_must_name_the_customer_if_there_is_a_limit(state: redis.Redis) -> None:
    inventory = on_sale(state, limit=2)
    outcome = reserve(inventory, "r1")
    assert (outcome.code, outcome.data) == ("customer_required", {"max_per_customer": 2})


def test_units_of_customers_are_counted_only_if_they_have_a_limit(state: redis.Redis, usher: Usher) -> None:
    inventory = on_sale(state)
    inventory.create("show:limited", definition(limit=3, floor=10))
    for target in (SHOW, "show:limited"):
        inventory.reserve(target, [wish("r1", ("floor", 2), customer="one"), wish("r2", sell=True, customer="two")])
    assert state.hgetall(inventory_keys.inventory("show:limited", "cust")) == {"one": "2", "two": "1"}
    assert state.exists(inventory_keys.inventory(SHOW, "cust")) == 0
    assert (usher.auditor.audit(SHOW).customers, usher.auditor.audit("show:limited").customers) == (2, 2)
    for target in (SHOW, "show:limited"):
        assert_true_numbers(state, target)
