"""This process as a creator and a processor of jobs, on a test's own server."""

import pytest

from tasks_app import connections, controls, intake
from tasks_app.intake import Intake
from tasks_app.queue import Queue
from tests.jobs import options
from worker import processor, run
from worker.handlers import registry
from worker.job_store import JobStore
from worker.leases import LeaseKeeper


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
def here(on, valkey, state):
    on(valkey)


@pytest.fixture
def queue():
    with Queue() as queue:
        yield queue
