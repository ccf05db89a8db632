"""Fixtures of the tests of keys."""

import pytest

from tests.integration.access.access_kit import Gate
from tests.roots import Root
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Definition


@pytest.fixture
def gate(usher: Root) -> Gate:
    return Gate(usher)


@pytest.fixture
def stocked(gate: Gate) -> Gate:
    """`hamlet` is on sale, as show and as product."""
    inventory = InventoryStore(gate.usher.connections.state)
    for target, pool in (("show:hamlet", "floor"), ("product:hamlet", "stock")):
        inventory.create(target, Definition("Hamlet", {pool: 100}, 600_000, 7_200_000))
    return gate
