"""The state on a Valkey Cluster: sales go on over a failover under load, and nothing is sold twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.guard import Guard
from tasks_app.state import keys
from tests.deadlines import until
from tests.system.client import Client
from tests.system.load import Load
from tests.system.nodes import HttpNode, NotifierContainer, SellerContainer, WorkerContainer
from tests.system.stage import Stage
from tests.system.usher import Usher
from tests.valkey_cluster import ValkeyCluster


class OnCluster(Usher):
    """A whole Usher whose state is a cluster and whose broker is a server."""

    def __init__(self, web: HttpNode, directory: Path) -> None:
        self.web, self.directory = web, directory
        self.http = Client(web.container.url.removesuffix("/healthz"))


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[ValkeyCluster]:
    made = ValkeyCluster(tmp_path / "cluster", replicas=True)
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def usher(servers: ValkeyCluster, tmp_path: Path, guard: Guard) -> Iterator[OnCluster]:
    stage = Stage(tmp_path, guard)
    process, broker = stage.valkey("broker")
    urls = {"REDIS_URL": servers.url, "BROKER_URL": broker.url()}
    containers = [stage.worker(kind, urls) for kind in (WorkerContainer, SellerContainer, NotifierContainer)]
    web = stage.web(urls)
    running = OnCluster(HttpNode(web), tmp_path)
    try:
        web.ready()
        until(running.is_ready, 60, lambda: running.http("GET", "/readyz").text)
        yield running
    finally:
        running.close()
        for container in [web, *containers]:
            container.teardown()
        process.kill()


def test_sales_go_on_over_a_failover_under_load(usher: OnCluster, servers: ValkeyCluster) -> None:
    # Given load on a show that sells out
    path = usher.show("moved", seats=100)
    with Load(usher, path) as load:
        load.wait_for(202, 50)

        # When the replica of the primary with the jobs takes over, as an operator has it do
        before = servers.owner(keys.JOBS)
        with servers.replica_of(before).client() as replica:
            replica.execute_command("CLUSTER FAILOVER")
        until(lambda: servers.owner(keys.JOBS) is not before, 20, lambda: "no failover")
        load.wait_for(202, 100, 30)

    # Then each accepted reservation has its outcome, and no seat has two holders
    assert load.outcomes() == {"held": 100, "refused": len(load.ids) - 100}
    assert len(set(load.ids.values())) == len(load.ids)
    assert len(usher.held("moved")) == 100
    usher.assert_true_numbers("moved")


def test_a_killed_primary_is_replaced_and_sales_go_on(usher: OnCluster, servers: ValkeyCluster) -> None:
    # Given load on a show
    path = usher.show("killed", seats=100_000)
    with Load(usher, path, callers=4) as load:
        load.wait_for(202, 50)
        safe = set(load.ids.values())

        # When the primary of the jobs is killed and its replica is elected
        before = servers.owner(keys.JOBS)
        with before.client() as client:
            assert client.wait(1, 5_000) == 1  # the replica has all answers so far
        before.kill()
        load.wait_for(503, 0)
        load.wait_for(202, 50, 60)

    # Then the holds that the replica had are held, and all numbers are true
    assert {usher.outcome(one) for one in safe} == {"held"}
    held = usher.held("killed")
    assert len(set(held)) == len(held)
    assert safe <= set(held)
    usher.assert_true_numbers("killed")
