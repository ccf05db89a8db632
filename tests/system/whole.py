"""A whole Usher that a fixture builds by itself: its servers, workers of the given kinds, and the API."""

from collections.abc import Mapping
from contextlib import ExitStack

from pytest_celery import CeleryBackendCluster, CeleryBrokerCluster, CeleryWorkerCluster

from tests.system.nodes import (
    HttpNode,
    UsherSetup,
    ValkeyBroker,
    ValkeyContainer,
    ValkeyState,
    WorkerContainer,
    WorkerNode,
)
from tests.system.stage import Stage
from tests.system.usher import Usher

Kinds = Mapping[str, type[WorkerContainer]]


class Whole:
    """
    Attributes: usher, web (its container), workers (by the names in `kinds`), settings (of every process). It is ready
    when it is made, and `ends` closes it.
    """

    def __init__(
        self,
        stage: Stage,
        ends: ExitStack,
        kinds: Kinds,
        given: Mapping[str, str] | None = None,
        of_web: Mapping[str, str] | None = None,
        has_own_broker: bool = False,
    ) -> None:
        """`given`: more settings of every process, `of_web` of the API. `has_own_broker`: a server of its own."""
        state = ValkeyContainer(*stage.valkey("valkey"), 0)
        ends.callback(state.teardown)
        broker = state.beside(1)
        if has_own_broker:
            broker = ValkeyContainer(*stage.valkey("broker"), 0)
            ends.callback(broker.teardown)
        self.settings = {"BROKER_URL": broker.url, "REDIS_URL": state.url, **(given or {})}
        self.web = stage.web({**self.settings, **(of_web or {})})
        ends.callback(lambda: self.web.teardown())  # a test may put another in its place
        app = UsherSetup.create_setup_app({"broker_url": broker.url}, UsherSetup.name())
        self.workers = {name: WorkerNode(stage.worker(kind, self.settings), app) for name, kind in kinds.items()}
        for worker in self.workers.values():
            ends.callback(worker.teardown)
        setup = UsherSetup(
            CeleryWorkerCluster(*self.workers.values()),
            CeleryBrokerCluster(ValkeyBroker(broker)),
            CeleryBackendCluster(ValkeyState(state)),
            app,
        )
        ends.callback(setup.teardown)
        self.usher = Usher(setup, HttpNode(self.web), stage.directory)
        ends.callback(self.usher.close)
        self.usher.wait_ready()
