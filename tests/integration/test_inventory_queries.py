"""The API's reads of shows and products."""

from collections.abc import Callable

import pytest
import redis

from tasks_app.errors import StateUnavailableError, UnknownInventoryError
from tasks_app.inventory.holds import Line
from tasks_app.inventory.queries import Pool
from tasks_app.state import connections
from tasks_app.usher import Usher
from tests.inventory_kit import SHOW, definition, reserve
from tests.roots import Root
from tests.servers import free_port
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Definition

pytestmark = pytest.mark.usefixtures("usher")


@pytest.fixture
def inventory(state: redis.Redis) -> InventoryStore:
    inventory = InventoryStore(state)
    inventory.create(SHOW, Definition("Hamlet", {"floor": 10, "balcony: left": 2}, 60_000, 90_000, 4, {"price": 25}))
    return inventory


def test_an_inventory_reads_as_it_was_created_and_counts_as_it_is(inventory: InventoryStore, usher: Usher) -> None:
    reserve(inventory, "r1", ("floor", 2), customer="one")
    reserve(inventory, "r2", ("floor", 1), customer="two", sell=True)
    inventory.restock(SHOW, "op1", "floor", 5)
    inventory.set_status(SHOW, "op2", "closed")

    show = usher.inventories.read(SHOW)
    assert (show.target, show.kind, show.id, show.name, show.status) == (
        SHOW,
        "show",
        "1",
        "Hamlet",
        "closed",
    )
    assert show.attributes == {"price": 25}
    assert show.pools == {"floor": Pool(15, 2, 1), "balcony: left": Pool(2, 0, 0)}
    assert show.pools["floor"].available == 12
    assert show.initial_capacities == {"floor": 10, "balcony: left": 2}
    assert (show.hold_ms, show.hold_max_ms, show.max_per_customer, show.version) == (60_000, 90_000, 4, 5)


def test_an_unknown_inventory_is_an_error(inventory: InventoryStore, usher: Usher) -> None:
    with pytest.raises(UnknownInventoryError):
        usher.inventories.read("show:2")
    with pytest.raises(UnknownInventoryError):
        usher.inventories.ledger("show:2", None, 10)


def test_a_listing_has_one_kind_in_the_order_of_its_numbers(
    inventory: InventoryStore, state: redis.Redis, usher: Usher
) -> None:
    for name in ("10", "2", "b", "a"):
        inventory.create(f"product:{name}", definition(stock=1))
    state.sadd("{jobs}:inventories:product", "never-laid-out")
    assert [product.id for product in usher.inventories.listing("product")] == ["2", "10", "a", "b"]
    assert [show.name for show in usher.inventories.listing("show")] == ["Hamlet"]
    assert usher.inventories.listing("play") == []


def test_a_hold_reads_as_it_is(inventory: InventoryStore, usher: Usher) -> None:
    outcome = reserve(inventory, "r1", ("floor", 2), customer="one")
    hold = usher.inventories.hold(SHOW, "r1")
    assert hold is not None
    assert (hold.state, hold.customer, hold.lines) == ("held", "one", (Line("floor", 2),))
    assert {"hold": "r1", **hold.to_dict()} == outcome.data
    assert usher.inventories.hold(SHOW, "r2") is None


def test_a_hold_past_its_deadline_reads_as_expired_before_any_sweep(
    inventory: InventoryStore, state: redis.Redis, eventually: Callable[..., None], usher: Usher
) -> None:
    outcome = reserve(inventory, "r1", customer="one", hold_ms=30)

    def expired() -> bool:
        hold = usher.inventories.hold(SHOW, "r1")
        return hold is not None and (hold.state, hold.finished_ms) == ("expired", outcome.data["expires_ms"])

    eventually(expired)
    assert state.hget("{jobs}:show:1:holds", "r1").startswith('["held"')


def test_the_ledger_is_read_in_pages(inventory: InventoryStore, usher: Usher) -> None:
    for number in range(4):
        reserve(inventory, f"r{number}", customer=f"c{number}")
    first = usher.inventories.ledger(SHOW, None, 2)
    assert [(entry.version, entry.event, entry.about) for entry in first] == [
        (1, "created", ""),
        (2, "held", "r0"),
    ]
    assert first[1].data["lines"] == [{"pool": "floor", "quantity": 1}]
    assert first[1].data["customer"] == "c0"
    rest = usher.inventories.ledger(SHOW, first[-1].id, 10)
    assert [entry.version for entry in rest] == [3, 4, 5]
    assert usher.inventories.ledger(SHOW, rest[-1].id, 10) == []
    with pytest.raises(ValueError, match="not the id"):
        usher.inventories.ledger(SHOW, "yesterday", 10)


def test_an_absent_server_is_reported_as_unavailable() -> None:
    away = connections.connect(f"redis://127.0.0.1:{free_port()}/0", 0.5)
    usher = Root(away)
    for read in (
        lambda: usher.inventories.read(SHOW),
        lambda: usher.inventories.listing("show"),
        lambda: usher.inventories.hold(SHOW, "r1"),
        lambda: usher.inventories.ledger(SHOW, None, 1),
    ):
        with pytest.raises(StateUnavailableError):
            read()
