"""How a client of a cluster learns who has which hash slot: from whom, when anew, and what it makes of the answers."""

import contextlib
import socket
import threading
from collections.abc import Callable

import pytest
import redis
from redis.backoff import NoBackoff
from redis.exceptions import AskError, ClusterDownError
from redis.retry import Retry

from tasks_app.state.layout import LayoutRefusal
from tasks_app.state.topology import Topology, target
from tests.deadlines import until
from tests.servers import Valkey
from tests.valkey_cluster import ValkeyCluster

NO_RETRY = Retry(NoBackoff(), 0)


@pytest.mark.parametrize("is_there", [True, False], ids=["silent", "gone"])
def test_a_seed_that_does_not_answer_is_passed_over(cluster: ValkeyCluster, is_there: bool) -> None:
    opened: list[tuple[str, int]] = []

    def connect(node: tuple[str, int]) -> redis.Redis:
        opened.append(node)
        return redis.Redis(*node, decode_responses=True, socket_timeout=0.2 if node == nobody else 10, retry=NO_RETRY)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        nobody = silent.getsockname()[:2] if is_there else ("127.0.0.1", 1)
        seeds = [nobody, *(("127.0.0.1", node.port) for node in cluster.primaries)]
        topology = Topology(seeds, connect, 10.0)
        assert len(topology.primaries()) == 3
        assert opened[0] == nobody

    # And the node that failed last is asked last
    opened.clear()
    other = Topology(seeds, connect, 10.0)
    other._last_failed = nobody
    assert other.owner(0) == topology.owner(0)
    assert nobody not in opened
    for one in (topology, other):
        one.close()


def test_all_callers_wait_for_the_first_one_that_learns_and_none_asks_again(cluster: ValkeyCluster) -> None:
    node = cluster.primaries[0]

    def looks() -> int:
        with node.client() as client:
            return int(client.info("commandstats").get("cmdstat_cluster|slots", {"calls": 0})["calls"])

    before, at_once, found = looks(), threading.Barrier(8), []

    def connect(address: tuple[str, int]) -> redis.Redis:
        at_work.wait(10)  # the first keeps looking until all others have come
        return redis.Redis(*address, decode_responses=True)

    at_work = threading.Event()
    topology = Topology([("127.0.0.1", node.port)], connect, 5.0)

    def call() -> None:
        at_once.wait(10)
        found.append(topology.owner(0))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    until(topology._looking.locked, 10, lambda: "nobody looks")
    at_work.set()
    for thread in threads:
        thread.join(30)
    assert found == [("127.0.0.1", node.port)] * 8
    assert looks() == before + 1
    topology.close()


def test_a_server_in_no_cluster_is_refused_with_a_sentence(valkey: Valkey) -> None:
    def open_node(node: tuple[str, int]) -> redis.Redis:
        return redis.Redis(*node, decode_responses=True)

    with pytest.raises(LayoutRefusal, match="begin it with redis://"):
        Topology([("127.0.0.1", valkey.port)], open_node, 2.0).owner(0)


def test_a_hash_slot_that_nobody_has_is_looked_for_again() -> None:
    topology = Topology([], lambda _: redis.Redis(), 2.0)
    topology._take([[0, 99, ["127.0.0.1", 7, "id"], ["127.0.0.1", 8, "its replica"]]], ("127.0.0.1", 7))
    assert topology._nodes == [("127.0.0.1", 7), ("127.0.0.1", 8)]  # the node to ask when the first is gone
    assert [topology.owner(0), topology.owner(99), *topology.primaries()] == [("127.0.0.1", 7)] * 3
    with pytest.raises(redis.ConnectionError):
        topology.owner(100)
    with pytest.raises(redis.ConnectionError, match="no node"):
        topology.owner(0)  # it is in doubt now, and nobody answers


def test_while_one_caller_looks_the_others_go_on_with_what_was_known(eventually: Callable[..., None]) -> None:
    # Given a cluster of which one node is known, which accepts connections and is silent
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        node = silent.getsockname()[:2]
        topology = Topology([], lambda one: redis.Redis(*one, socket_timeout=10), 10.0)
        topology._take([[0, 1, [*node, "id"]]], node)
        ended = threading.Event()

        def look() -> None:
            with contextlib.suppress(redis.ConnectionError, redis.TimeoutError):
                topology.owner(0)
            ended.set()

        # When one caller learns that the cluster is down, and asks that node
        topology.told(node, ClusterDownError("CLUSTERDOWN"))
        threading.Thread(target=look, daemon=True).start()
        asked, _ = silent.accept()

        # Then another caller does not wait for it
        assert topology.owner(1) == node
        assert not ended.is_set()
        asked.close()
    eventually(ended.is_set)


@pytest.mark.parametrize("host", ["", "?"])
def test_a_node_that_does_not_know_its_host_gets_the_one_by_which_it_was_reached(host: str) -> None:
    topology = Topology([], lambda _: redis.Redis(), 2.0)
    topology._take([[0, 1, [host, 7, "id"]]], ("seed", 6))
    assert topology.owner(0) == ("seed", 7)
    assert target(AskError(f"1 {host}:8"), ("seed", 6)) == ("seed", 8)


def test_no_further_node_is_asked_once_the_time_is_up() -> None:
    opened: list[tuple[str, int]] = []

    def connect(address: tuple[str, int]) -> redis.Redis:
        opened.append(address)
        return redis.Redis(*address)

    with pytest.raises(redis.ConnectionError, match="no node"):
        Topology([("127.0.0.1", port) for port in (1, 2, 3)], connect, 0.0).owner(0)
    assert opened == [("127.0.0.1", 1)]
