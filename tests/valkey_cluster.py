"""A Valkey Cluster of the test's own: three primaries, with a replica each if the test will harm it."""

import hashlib
from pathlib import Path
from typing import Any

import redis
from redis.cluster import ClusterNode, RedisCluster
from redis.commands.core import Script

from tasks_app.state.cluster import HOME, ClusterClient, ClusterPipeline
from tests.deadlines import until
from tests.servers import Valkey, free_port

HASH_SLOTS = 16_384
# After this a silent primary is voted out: soon in a test that harms it, otherwise never just for a busy machine.
HURT_TIMEOUT_MS, NODE_TIMEOUT_MS = 1_000, 30_000


class ClusterValkey(Valkey):
    """One node."""

    def __init__(self, directory: Path, timeout_ms: int) -> None:
        super().__init__(directory)
        self.bus_port = free_port()
        self._timeout_ms = timeout_ms

    def command(self) -> list[str]:
        """Made with its own port for the other nodes: the usual one, 10 000 above, may be taken or too high."""
        more = ["--cluster-enabled", "yes", "--cluster-port", str(self.bus_port)]
        more += ["--cluster-node-timeout", str(self._timeout_ms), "--cluster-replica-validity-factor", "0"]
        more += ["--repl-diskless-sync-delay", "0", "--appendfsync", "always"]
        return [*super().command(), *more]

    def start_anew(self) -> None:
        """Start it the first time: since twelve ports were found free, another connection may have taken one."""
        for tries_left in (4, 3, 2, 1, 0):
            try:
                self.start()
                break
            except redis.ConnectionError:
                if not tries_left or self.process is None or self.process.poll() is None:
                    raise
                self.process = None
                self.port, self.bus_port = free_port(), free_port()

    @property
    def id(self) -> str:
        with self.client() as client:
            return str(client.execute_command("CLUSTER MYID"))


class ValkeyCluster:
    """Three primaries, made a cluster by the commands that redis-cli uses for it."""

    def __init__(self, directory: Path, replicas: bool = False) -> None:
        timeout_ms = HURT_TIMEOUT_MS if replicas else NODE_TIMEOUT_MS
        self.primaries = [ClusterValkey(directory / f"primary-{n}", timeout_ms) for n in range(3)]
        self.replicas = [ClusterValkey(directory / f"replica-{n}", timeout_ms) for n in range(3 if replicas else 0)]

    @property
    def nodes(self) -> list[ClusterValkey]:
        return [*self.primaries, *self.replicas]

    @property
    def url(self) -> str:
        """The URL for REDIS_URL."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.primaries)

    def start(self) -> None:
        for node in self.nodes:
            node.start_anew()
        first = self.primaries[0]
        share = -(-HASH_SLOTS // 3)
        for number, node in enumerate(self.primaries):
            with node.client() as client:
                begin, end = number * share, min((number + 1) * share, HASH_SLOTS) - 1
                client.execute_command("CLUSTER ADDSLOTSRANGE", begin, end)
                client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for node in self.nodes[1:]:
            with node.client() as client:
                client.execute_command("CLUSTER MEET", "127.0.0.1", first.port, first.bus_port)
        until(
            lambda: all(self._known(node) == len(self.nodes) for node in self.nodes),
            20,
            lambda: "the nodes do not meet",
        )
        for primary, replica in zip(self.primaries, self.replicas, strict=False):
            with replica.client() as client:
                client.execute_command("CLUSTER REPLICATE", primary.id)
        until(self.is_whole, 30, lambda: "the cluster does not come up")

    def is_whole(self) -> bool:
        """Every node serves, and every replica follows its primary."""
        return all(self._is_whole(node) for node in self.nodes)

    def whole(self) -> "WholeCluster":
        """Usher's own client, and a little more."""
        ports = [("127.0.0.1", node.port) for node in self.primaries]
        return WholeCluster(ports, lambda node: redis.Redis(*node, decode_responses=True), 5.0)

    def client(self) -> RedisCluster:
        """redis-py's own client of the cluster, for a test's own look."""
        nodes = [ClusterNode("127.0.0.1", node.port) for node in self.nodes if node.process]
        return RedisCluster(startup_nodes=nodes, decode_responses=True)

    def owner(self, key: str) -> ClusterValkey:
        """The node that is now the primary of this key."""
        with self.client() as client:
            port = client.get_node_from_key(key).port
        return next(node for node in self.nodes if node.port == port)

    def replica_of(self, primary: ClusterValkey) -> ClusterValkey:
        """A living replica of this primary."""
        for node in self.nodes:
            if node is primary or not node.process:
                continue
            with node.client() as client:
                about = client.info("replication")
            if about["role"] == "slave" and about["master_port"] == primary.port:
                return node
        raise AssertionError("it has no replica")

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    @staticmethod
    def _known(node: ClusterValkey) -> int:
        with node.client() as client:
            return len(client.execute_command("CLUSTER NODES"))

    @staticmethod
    def _is_whole(node: ClusterValkey) -> bool:
        with node.client() as client:
            about, state = client.info("replication"), client.execute_command("CLUSTER INFO")
        return state["cluster_state"] == "ok" and about.get("master_link_status", "up") == "up"


class WholeCluster(ClusterClient):
    """The client of a test, which can also empty all servers, or ask the one with the jobs about itself."""

    scripts: dict[str, str] = {}  # noqa: RUF012 of all clients: hash -> text
    ran: set[str] = set()  # noqa: RUF012 the hashes of those that the cluster has run

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Commands about servers, without a key, go to all; the answer is that of the server with the jobs."""
        if args[0].partition(" ")[0] not in ("KEYS", "FLUSHALL", "SCRIPT", "CONFIG", "DBSIZE"):
            answer = super().execute_command(*args, **options)
            self.note(args)
            return answer
        for server in self.primaries().values():
            server.execute_command(*args, **options)
        return self.routed(HOME, lambda server: server.execute_command(*args, **options))

    def register_script(self, script: Any) -> Script:
        """As Usher's client."""
        made = super().register_script(script)
        self.scripts[made.sha] = script
        return made

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> ClusterPipeline:
        """As Usher's client."""
        return NotingPipeline(self, transaction, shard_hint)

    def note(self, args: tuple[Any, ...]) -> None:
        """A node has done this command."""
        if args[0] == "EVAL":
            self.scripts[hashlib.sha1(args[1].encode()).hexdigest()] = args[1]
            self.ran.add(hashlib.sha1(args[1].encode()).hexdigest())
        elif args[0] == "EVALSHA":
            self.ran.add(args[1])


class NotingPipeline(ClusterPipeline):
    """A pipeline that notes which scripts it ran."""

    def _of(self, hash_slot: int, commands: list[Any]) -> list[Any]:
        answers = super()._of(hash_slot, commands)
        for (args, _), answer in zip(commands, answers, strict=True):
            if not isinstance(answer, Exception):
                self._cluster.note(args)
        return answers
