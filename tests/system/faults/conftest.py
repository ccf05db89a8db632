"""One system for all faults of the table: two workers, a seller, a notifier, and a broker with a server of its own."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_celery import CeleryBackendCluster, CeleryBrokerCluster, CeleryWorkerCluster

from ops.guard import Guard
from tests.providers.provider import Provider
from tests.system.faults.troubles import Ground
from tests.system.nodes import (
    HttpNode,
    NotifierContainer,
    SellerContainer,
    UsherSetup,
    ValkeyBroker,
    ValkeyContainer,
    ValkeyState,
    WorkerContainer,
    WorkerNode,
)
from tests.system.stage import Stage
from tests.system.usher import Usher

KINDS = {
    "worker": WorkerContainer,
    "second": WorkerContainer,
    "seller": SellerContainer,
    "notifier": NotifierContainer,
}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, guard: Guard) -> Iterator[Ground]:
    """A whole Usher that each test leaves as it found it."""
    with ExitStack() as ends:
        stage = Stage(tmp_path_factory.mktemp("faults"), guard)
        state = ValkeyContainer(*stage.valkey("state"), 0)
        ends.callback(state.teardown)
        broker = ValkeyContainer(*stage.valkey("broker"), 0)
        ends.callback(broker.teardown)
        given = {"BROKER_URL": broker.url, "REDIS_URL": state.url, "USHER_ALLOWED_NETWORKS": "127.0.0.0/8"}
        web = HttpNode(stage.web(given))
        ends.callback(web.teardown)
        app = UsherSetup.create_setup_app({"broker_url": broker.url}, UsherSetup.name())
        workers = {name: WorkerNode(stage.worker(kind, given), app) for name, kind in KINDS.items()}
        for worker in workers.values():
            ends.callback(worker.teardown)
        setup = UsherSetup(
            CeleryWorkerCluster(*workers.values()),
            CeleryBrokerCluster(ValkeyBroker(broker)),
            CeleryBackendCluster(ValkeyState(state)),
            app,
        )
        ends.callback(setup.teardown)
        usher = Usher(setup, web, stage.directory)
        ends.callback(usher.close)
        usher.wait_ready()
        provider = ends.enter_context(Provider())
        yield Ground(usher, workers, provider)
