"""This process as a creator and a processor of jobs, on a test's own server."""

import pytest

from tasks_app.jobs import controls, intake
from tasks_app.jobs.intake import Intake
from tasks_app.queue.queue import Queue
from tasks_app.state import connections
from tests.jobs import options
from tests.programs import Program
from worker.jobs import processor, run
from worker.jobs.handlers import registry
from worker.jobs.job_store import JobStore
from worker.jobs.leases import LeaseKeeper


@pytest.fixture
def on(monkeypatch):
    """Has this process, as creator and as processor, use a server; nothing is published, as if the broker were away."""
    kept = dict(registry)

    def use(server):
        client = connections.connect(server.url(), 2.0)
        for name in ("state", "worker_state", "patient_state"):
            monkeypatch.setattr(connections, name, lambda: client)
        monkeypatch.setattr(controls.publisher, "hand_over", lambda _: None)
        door, store = Intake(client, lambda _: None, options()), JobStore(client, options())
        keeper = LeaseKeeper(store, 1.0)
        monkeypatch.setattr(intake, "_intake", lambda: door)
        for module in (run, processor):
            monkeypatch.setattr(module, "store", lambda: store)
        monkeypatch.setattr(run, "keeper", lambda: keeper)
        return client

    yield use
    registry.clear()
    registry.update(kept)


@pytest.fixture
def start(valkey, state, tmp_path):
    """Starts an example, or Python with the arguments given, on the test's own server."""
    started: list[Program] = []

    def start(*arguments: str, **environment: str) -> Program:
        given = list(arguments) if arguments[0].startswith("-") else ["-m", f"examples.{arguments[0]}", *arguments[1:]]
        server = {} if "REDIS_PORT" in environment else {"REDIS_URL": valkey.url()}
        started.append(Program(given, server | environment, tmp_path / f"output-{len(started)}"))
        return started[-1]

    yield start
    for program in started:
        program.close()


@pytest.fixture
def here(on, valkey, state):
    on(valkey)


@pytest.fixture
def queue():
    with Queue() as queue:
        yield queue
