"""What every test shares: a Valkey of this run's own, and a clean database in it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tasks_app import connections, keys
from tasks_app.layout import LAYOUT
from tests.integration.api_system import ApiSystem
from tests.servers import Valkey


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for all tests of this process that do not hurt it."""
    server = Valkey(Path(tmp_path_factory.mktemp("valkey")))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def state(valkey: Valkey) -> Iterator[redis.Redis]:
    """An empty database of the run's own server."""
    with valkey.client() as client:
        client.flushall()
        client.hset(keys.layout(), "version", str(LAYOUT))  # as a program would that is the first to connect
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
def state_is_shared(state: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads by `connections.state()` reads from the test's server."""
    monkeypatch.setattr(connections, "state", lambda: state)


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Poll `check` until it is true, or fail after `seconds`: the one way a test waits."""

    def wait(check: Callable[[], object], seconds: float = 10, why: str = "") -> None:
        deadline = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < deadline, why or f"not within {seconds} s"
            time.sleep(0.02)

    return wait
