"""Where a client of a cluster sends commands while hash slots move and nodes are silent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from redis.crc import key_slot
from redis.exceptions import AskError, TryAgainError

from tasks_app.errors import StateUnavailableError
from tasks_app.state import connections
from tasks_app.state.cluster import ClusterClient
from tests.deadlines import until
from tests.threads import all_at_once
from tests.valkey_cluster import ClusterValkey, ValkeyCluster

KEY, THERE, HERE = "a{moving}", "b{moving}", "c{moving}"
HASH_SLOT = key_slot(KEY.encode())


def client_of(cluster: ValkeyCluster, patience_seconds: float = 5.0) -> ClusterClient:
    """One that has yet to learn who has which hash slot, from any of the primaries of the beginning."""
    seeds = [("127.0.0.1", node.port) for node in cluster.primaries]

    def open_node(node: tuple[str, int]) -> redis.Redis:
        return connections._connect(f"redis://{node[0]}:{node[1]}", patience_seconds, lambda one: one.on_connect())

    return ClusterClient(seeds, open_node, patience_seconds)


@pytest.fixture
def client(cluster: ValkeyCluster) -> Iterator[ClusterClient]:
    """A client that knows the cluster as it is, which is empty."""
    with cluster.whole() as whole:
        whole.flushall()
    with client_of(cluster) as client:
        assert client.get(KEY) is None
        yield client


def tell(node: ClusterValkey, command: str) -> None:
    with node.client() as client:
        client.execute_command(f"CLUSTER SETSLOT {HASH_SLOT} {command}")


@contextmanager
def on_its_way(cluster: ValkeyCluster) -> Iterator[tuple[ClusterValkey, ClusterValkey]]:
    """The hash slot is on its way from the first node to the second; afterwards the first has it, without keys."""
    old = cluster.owner(KEY)
    new = next(node for node in cluster.primaries if node is not old)
    tell(new, f"IMPORTING {old.id}")
    tell(old, f"MIGRATING {new.id}")
    try:
        yield old, new
    finally:
        for node in (new, old):
            with node.client() as at:
                found = at.execute_command("CLUSTER GETKEYSINSLOT", HASH_SLOT, 100)
                for key in found:
                    pipe = at.pipeline(transaction=False)
                    pipe.execute_command("ASKING")
                    pipe.delete(key)
                    pipe.execute()
        give(cluster, old)


def give(cluster: ValkeyCluster, node: ClusterValkey) -> None:
    """All nodes know that this one has the hash slot."""
    owner = cluster.owner(KEY)
    if owner is node:
        tell(node, "STABLE")
    else:  # who takes a slot that it imports gets a new epoch: otherwise an old message could give the slot back
        tell(node, f"IMPORTING {owner.id}")
        tell(node, f"NODE {node.id}")
    for one in cluster.primaries:
        if one is not node:
            tell(one, "STABLE")
            tell(one, f"NODE {node.id}")
    until(lambda: cluster.owner(KEY) is node, 10, lambda: "the hash slot does not arrive")


def refused(node: ClusterValkey) -> int:
    with node.client() as client:
        return sum(row.get("rejected_calls", 0) for row in client.info("commandstats").values())


def test_a_hash_slot_that_moved_is_followed_and_remembered(cluster: ValkeyCluster, client: ClusterClient) -> None:
    # Given a client that knows who had a hash slot, which moves
    with on_its_way(cluster) as (old, new):
        give(cluster, new)
        before = refused(old)

        # When it writes there, then it is redirected once, whatever it sends
        assert client.set(KEY, "1")
        assert client.register_script("return redis.call('GET', KEYS[1])")(keys=[KEY]) == "1"
        assert client.pipeline(transaction=True).get(KEY).get(KEY).execute() == ["1", "1"]
        assert refused(old) == before + 1
        with new.client() as there:
            assert there.get(KEY) == "1"


@pytest.mark.parametrize("transaction", [True, False])
def test_a_redirected_pipeline_is_done_once(cluster: ValkeyCluster, client: ClusterClient, transaction: bool) -> None:
    with on_its_way(cluster) as (_, new):
        give(cluster, new)
        assert client.pipeline(transaction=transaction).incr(KEY).incr(KEY).execute() == [1, 2]


def test_a_client_finds_keys_that_moved_ahead_of_their_slot(cluster: ValkeyCluster, client: ClusterClient) -> None:
    # Given a hash slot on its way, of which one key is still here and one is there already
    client.set(HERE, "here")
    with on_its_way(cluster) as (old, new):
        with new.client() as there:
            there.pipeline(transaction=False).execute_command("ASKING").set(THERE, "there").execute()

        # Then commands, scripts and pipelines find both, and go on asking the old node first
        assert client.get(THERE) == "there"
        assert client._topology.owner(HASH_SLOT) == ("127.0.0.1", old.port)
        assert (client.get(HERE), client.get(THERE)) == ("here", "there")
        assert client.pipeline(transaction=False).get(THERE).get(HERE).get(THERE).execute() == [
            "there",
            "here",
            "there",
        ]
        script = client.register_script("return redis.call('GET', KEYS[1])")
        assert [script(keys=[key]) for key in (HERE, THERE, HERE)] == ["here", "there", "here"]

        found, error = client.pipeline(transaction=False).get(HERE).lpush(THERE, "1").execute(raise_on_error=False)
        assert (found, type(error)) == ("here", redis.ResponseError)

        # And a command on both keys, or a transaction, is refused for now, as anything that may be repeated
        for call in (lambda: client.mget(HERE, THERE), lambda: client.pipeline().get(THERE).get(THERE).execute()):
            with pytest.raises(StateUnavailableError), connections.translated():
                call()
        assert client.get(HERE) == "here"


@pytest.mark.parametrize("transaction", [True, False])
def test_an_error_in_a_pipeline_is_raised_or_returned_as_one_server_s_is(
    client: ClusterClient, transaction: bool
) -> None:
    pipe = client.pipeline(transaction=transaction)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        pipe.set(KEY, "1").lpush(KEY, "2").execute()
    ok, error = pipe.set(KEY, "1").lpush(KEY, "2").execute(raise_on_error=False)
    assert (ok, type(error)) == (True, redis.ResponseError)


def test_a_transaction_over_two_hash_slots_is_refused_before_it_is_sent(client: ClusterClient) -> None:
    with pytest.raises(ValueError, match="in one hash slot"):
        client.pipeline().set(KEY, "1").set("other", "2").execute()
    assert client.get(KEY) is None


def test_a_client_refuses_to_send_anything_but_single_commands(client: ClusterClient) -> None:
    def call(_: redis.Redis) -> None:
        raise AskError(f"{HASH_SLOT} 127.0.0.1:1")

    with pytest.raises(TryAgainError):
        client.routed(HASH_SLOT, call)


def test_a_client_gives_up_when_nodes_redirect_it_in_a_circle(cluster: ValkeyCluster, client: ClusterClient) -> None:
    old = cluster.owner(KEY)
    new = next(node for node in cluster.primaries if node is not old)
    calls = 0

    def call(node: redis.Redis) -> None:
        nonlocal calls
        calls += 1
        at = int(node.connection_pool.connection_kwargs["port"])
        raise redis.exceptions.MovedError(f"{HASH_SLOT} 127.0.0.1:{new.port if at == old.port else old.port}")

    with pytest.raises(redis.ConnectionError, match="round and round"):
        client.routed(HASH_SLOT, call)
    assert calls == 5
    client._topology._in_doubt = True
    assert client.get(KEY) is None


def test_a_silent_primary_is_replaced_and_callers_of_others_go_on(
    tmp_path: Path, eventually: Callable[..., None]
) -> None:
    cluster = ValkeyCluster(tmp_path, replicas=True)
    try:
        cluster.start()
        with client_of(cluster, patience_seconds=2.0) as client:
            # Given keys with several primaries, and the first of them silent
            assert client.set(KEY, "1")
            frozen, replica = cluster.owner(KEY), cluster.replica_of(cluster.owner(KEY))
            other = next(key for key in "abcdef" if cluster.owner(key) is not frozen)
            assert client.set(other, "2")
            with frozen.client() as at:
                assert at.wait(1, 5_000) == 1
            with frozen.frozen():
                # Then its callers get an error, and callers of the others get answers
                with pytest.raises(redis.TimeoutError):
                    client.get(KEY)
                answers = []
                all_at_once([lambda: answers.append(client.get(other))] * 8)
                assert answers == ["2"] * 8

                # And once its replica is elected, all get answers
                def found() -> bool:
                    try:
                        return client.get(KEY) == "1" and client.set(KEY, "3")
                    except (redis.ConnectionError, redis.TimeoutError, redis.ResponseError):
                        return False

                eventually(found, 30)
                assert client._topology.owner(HASH_SLOT) == ("127.0.0.1", replica.port)

            # When the old one goes on, as a replica, then no client is misled
            with frozen.client() as at:
                eventually(lambda: at.info("replication")["role"] == "slave", 20)
            assert client.get(KEY) == "3"
    finally:
        cluster.kill()
