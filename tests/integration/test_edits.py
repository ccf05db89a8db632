"""A show is edited: only what is named changes, what is held keeps what it has, and the ledger says it."""

import json

import pytest
import redis

from tasks_app.inventory import InventoryQueries
from tasks_app.state import inventory_keys
from tests.inventory_kit import (
    SHOW,
    TimedInventory,
    assert_true_numbers,
    confirm,
    definition,
    extend,
    held_show,
    ledger,
    on_sale,
    reserve,
)


@pytest.fixture
def inventory(usher: object, state: redis.Redis) -> TimedInventory:
    return held_show(state)


def test_only_what_is_named_changes(inventory: TimedInventory, state: redis.Redis) -> None:
    before = InventoryQueries(state).read(SHOW)
    outcome = inventory.edit(SHOW, "op", {"name": "Hamlet", "prices": {"floor": 12.5}})
    assert (outcome.status, outcome.data) == ("edited", {"edition": 1, "at_ms": inventory.now_ms})
    assert inventory.edit(SHOW, "op", {"name": "Hamlet", "prices": {"floor": 12.5}}) == outcome
    found = InventoryQueries(state).read(SHOW)
    assert (found.name, found.attributes, found.edition) == ("Hamlet", {"price": 25, "prices": {"floor": 12.5}}, 1)
    assert (found.hold_ms, found.max_per_customer, found.pools) == (before.hold_ms, 6, before.pools)
    assert ledger(state)[-1].data == {"changes": {"name": "Hamlet", "prices": {"floor": 12.5}}}
    assert_true_numbers(state)


def test_a_price_of_null_is_no_price(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.edit(SHOW, "op", {"price": None})
    assert InventoryQueries(state).read(SHOW).attributes == {}


def test_a_show_that_was_edited_is_still_recognised_when_it_is_created_again(inventory: TimedInventory) -> None:
    inventory.edit(SHOW, "op", {"name": "Hamlet", "pools": {"balcony": {"capacity": 4}}})
    assert inventory.create(SHOW, definition(limit=6, floor=10)).status == "exists"


def test_a_new_pool_sells_at_once(inventory: TimedInventory, state: redis.Redis) -> None:
    assert reserve(inventory, "r2", ("balcony", 4), customer="two").code == "unknown_pool"
    inventory.edit(SHOW, "op", {"pools": {"balcony": {"capacity": 4}}, "prices": {"balcony": 9}})
    assert reserve(inventory, "r2", ("balcony", 4), customer="two").status == "held"
    assert inventory.edit(SHOW, "op2", {"pools": {"balcony": {"capacity": 9}}}).data == {"pools": ["balcony"]}
    many = {f"p{n}": {"capacity": 1} for n in range(99)}
    assert inventory.edit(SHOW, "op3", {"pools": many}).data == {"count": 101, "most": 100}
    assert_true_numbers(state)


def test_a_hold_keeps_its_deadline_when_holds_become_shorter(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.edit(SHOW, "op", {"hold_seconds": 0.05, "hold_max_seconds": 0.06})
    inventory.advance(99)
    assert_true_numbers(state)
    kept = reserve(inventory, "r2", customer="two").data
    assert kept["expires_ms"] == inventory.now_ms + 50
    assert extend(inventory, 1_000).data["expires_ms"] == inventory.now_ms + 1  # neither longer nor shorter
    assert confirm(inventory).status == "confirmed"
    assert_true_numbers(state)


def test_a_default_hold_is_never_longer_than_the_longest(inventory: TimedInventory) -> None:
    refused = inventory.edit(SHOW, "op", {"hold_max_seconds": 0.05})
    assert (refused.code, refused.data) == ("hold_too_long", {"hold_seconds": 0.1, "hold_max_seconds": 0.05})


def test_a_lower_limit_refuses_only_new_reservations(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.edit(SHOW, "op", {"max_per_customer": 2})
    assert reserve(inventory, "r2", customer="one").data == {"max_per_customer": 2, "present": 6, "asked": 1}
    assert confirm(inventory).status == "confirmed"
    assert_true_numbers(state)


def test_a_first_limit_counts_what_customers_have_already(state: redis.Redis, usher: object) -> None:
    inventory = on_sale(state, floor=10)
    reserve(inventory, "r1", ("floor", 2), customer="one")
    reserve(inventory, "r2", ("floor", 1))  # of nobody
    assert inventory.edit(SHOW, "op", {"max_per_customer": 3}).status == "edited"
    assert state.hgetall(inventory_keys.inventory(SHOW, "cust")) == {"one": "2"}
    assert reserve(inventory, "r3", ("floor", 2), customer="one").code == "limit_exceeded"
    assert_true_numbers(state)

    inventory.edit(SHOW, "op2", {"max_per_customer": None})
    assert not state.exists(inventory_keys.inventory(SHOW, "cust"))
    assert reserve(inventory, "r3", ("floor", 2), customer="one").status == "held"
    assert_true_numbers(state)


def test_a_first_limit_is_refused_where_too_many_would_have_to_be_counted(state: redis.Redis, usher: object) -> None:
    inventory = on_sale(state, floor=10)
    sale = json.dumps(["confirmed", 1, 0, "", [["floor", 1]], 1])
    state.hset(inventory_keys.inventory(SHOW, "holds"), mapping={f"h{n}": sale for n in range(5_001)})
    refused = inventory.edit(SHOW, "op", {"max_per_customer": 3})
    assert (refused.code, refused.data) == ("too_many_to_count", {"reservations": 5_001, "most": 5_000})


def test_an_edit_of_another_edition_is_refused(inventory: TimedInventory, state: redis.Redis) -> None:
    assert inventory.edit(SHOW, "op1", {"name": "Hamlet"}, 0).status == "edited"
    refused = inventory.edit(SHOW, "op2", {"name": "Macbeth"}, 0)
    assert (refused.code, refused.data) == ("edited_meanwhile", {"edition": 1})
    assert inventory.edit(SHOW, "op3", {"name": "Macbeth"}, 1).status == "edited"
    assert InventoryQueries(state).read(SHOW).name == "Macbeth"


def test_a_refused_edit_changes_nothing(inventory: TimedInventory, state: redis.Redis) -> None:
    key = inventory_keys.inventory(SHOW, "meta")
    before = state.hgetall(key)
    assert inventory.edit(SHOW, "op", {"name": "Hamlet", "prices": {"cellar": 5}}).data == {"pools": ["cellar"]}
    assert inventory.edit("show:none", "op", {"name": "Hamlet"}).code == "unknown_inventory"
    assert state.hgetall(key) == before
