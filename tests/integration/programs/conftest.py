"""This process as a creator and a processor of jobs, on a test's own server."""

import os
import sys

import pytest

from tasks_app.inventory.holds import Line
from tasks_app.program import create_queue
from tasks_app.state import connections
from tests.inventory_kit import definition
from tests.programs import Program
from tests.roots import Root
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Confirmation, ReservationRequest


@pytest.fixture
def on(become, own_handlers):
    """Makes this process, as creator and as processor, use a server; nothing is published, as without a broker."""
    return lambda server, **changes: become(Root(connections.connect(server.url(), 2.0), **changes))


@pytest.fixture
def start(valkey, state, tmp_path):
    """Starts an example, or Python with the given arguments, on the test's own server."""
    started: list[Program] = []

    def start(*arguments: str, **environment: str) -> Program:
        given = list(arguments) if arguments[0].startswith("-") else ["-m", f"examples.{arguments[0]}", *arguments[1:]]
        server = {} if "REDIS_PORT" in environment else {"REDIS_URL": valkey.url()}
        started.append(Program(given, server | environment, tmp_path / f"output-{len(started)}"))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def here(on, valkey, state):
    return on(valkey)


@pytest.fixture
def usher(here):
    return here


@pytest.fixture
def queue(here):
    with create_queue() as queue:
        yield queue


@pytest.fixture
def command(valkey, state):
    """The words that run `usher` on the test's server, and their environment."""
    return [sys.executable, "-m", "usher"], os.environ | {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)}


@pytest.fixture
def hamlet(state) -> InventoryStore:
    store = InventoryStore(state)
    store.create("show:hamlet", definition(hold_ms=60_000, floor=10))
    store.reserve(
        "show:hamlet",
        [ReservationRequest("r1", [Line("floor", 2)], "ada"), ReservationRequest("r2", [Line("floor", 1)])],
    )
    store.confirm("show:hamlet", [Confirmation("c1", "r1")])
    return store
