"""What every test shares: a Valkey of this run's own, and a clean database in it."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tasks_app import program
from tasks_app.state import keys
from tasks_app.state.layout import LAYOUT
from tests.deadlines import deadline_in
from tests.integration.api_system import ApiSystem
from tests.roots import Root
from tests.servers import Valkey
from tests.valkey_cluster import ValkeyCluster, WholeCluster
from worker.jobs.handlers import registry


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--on-cluster", action="store_true", help="give the tests a cluster for their state")
    parser.addoption("--write-faults", action="store_true", help="write what the tests see into docs/faults.md")
    parser.addoption("--scripts-run", help="a file for the texts of all scripts that the cluster has run")


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyCluster]:
    """Three primaries for all tests of this process that do not harm them."""
    servers = ValkeyCluster(Path(tmp_path_factory.mktemp("cluster")))
    try:
        servers.start()
        yield servers
    finally:
        servers.kill()
    if file := request.config.getoption("--scripts-run"):
        Path(file).write_text(json.dumps([WholeCluster.scripts[sha] for sha in WholeCluster.ran]))


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for all tests of this process that do not harm it."""
    server = Valkey(Path(tmp_path_factory.mktemp("valkey")))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def state(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    """An empty database of the run's own server, or an empty cluster."""
    on_cluster = request.config.getoption("--on-cluster")
    opened = request.getfixturevalue("cluster").whole() if on_cluster else request.getfixturevalue("valkey").client()
    with opened as client:
        client.flushall()
        client.hset(keys.layout(), "version", str(LAYOUT))  # as the first program to connect would do
        yield client


@pytest.fixture(scope="session")
def api_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSystem]:
    """
    The servers and the worker behind the API, once for all tests of a process: two would take the settings, which name
    the servers, from each other.
    """
    system = ApiSystem(Path(tmp_path_factory.mktemp("api")))
    yield system
    system.stop()


@pytest.fixture
def set_variables(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set variables of this process's environment for one test."""

    def change(**variables: object) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))

    return change


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Callable[[Root], Root]:
    """Makes an Usher this program's own for one test."""

    def make(root: Root) -> Root:
        monkeypatch.setattr(program, "_usher", root)
        return root

    return make


@pytest.fixture
def usher(state: redis.Redis, become: Callable[[Root], Root]) -> Root:
    """An Usher on the test's own server, which is this program's meanwhile."""
    return become(Root(state))


@pytest.fixture
def own_handlers() -> Iterator[None]:
    """Handlers that a test declares are gone after it."""
    kept = dict(registry)
    yield
    registry.clear()
    registry.update(kept)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Poll `check` until it is true, or fail after `seconds`: the only way in which a test waits."""

    def wait(check: Callable[[], object], seconds: float = 10, why: str = "") -> None:
        deadline = deadline_in(seconds)
        while not check():
            assert time.monotonic() < deadline, why or f"not within {seconds} s"
            time.sleep(0.02)

    return wait
