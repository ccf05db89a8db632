"""Which node of a cluster has which hash slot: any node that answers says it, and redirects correct it."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import redis
from redis.exceptions import AskError, ClusterDownError, MovedError

from tasks_app.state.layout import LayoutRefusal

Address = tuple[str, int]  # host, port


class Topology:
    """
    The nodes of one cluster and their clients; all threads share it.

    One caller at a time looks again, the others go on with the old map. It gives up after `patience_seconds`: with the
    same time for a command, both fit into the time promised to callers of the API.
    """

    def __init__(
        self, seeds: Iterable[Address], open_node: Callable[[Address], redis.Redis], patience_seconds: float
    ) -> None:
        self._seeds = list(seeds)
        self._open = open_node
        self._patience_seconds = patience_seconds
        self._clients: dict[Address, redis.Redis] = {}
        self._owners: dict[int, Address] = {}  # hash slot -> its primary
        self._nodes: list[Address] = []
        self._last_failed: Address | None = None
        self._in_doubt = True
        self._opening, self._looking = threading.Lock(), threading.Lock()

    def owner(self, hash_slot: int) -> Address:
        """The primary of a hash slot. Raises redis.ConnectionError if no node answers or has it."""
        if self._in_doubt:
            self._look()
        try:
            return self._owners[hash_slot]
        except KeyError:
            self._in_doubt = True
            raise redis.ConnectionError("no node of the cluster has this hash slot") from None

    def primaries(self) -> list[Address]:
        """The primaries that have hash slots."""
        if self._in_doubt:
            self._look()
        return sorted(set(self._owners.values()))

    def client(self, address: Address) -> redis.Redis:
        """The client of a node."""
        with self._opening:
            if address not in self._clients:
                self._clients[address] = self._open(address)
            return self._clients[address]

    def told(self, address: Address, error: Exception) -> None:
        """Take note of a node's error: the node is gone, or the hash slot is elsewhere."""
        if isinstance(error, MovedError):
            self._owners[error.slot_id] = target(error, address)
        elif isinstance(error, redis.ConnectionError | redis.TimeoutError | ClusterDownError):
            self._last_failed = address
            self._in_doubt = True

    def close(self) -> None:
        """Close all connections."""
        with self._opening:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    def _look(self) -> None:
        known = bool(self._owners)
        if not self._looking.acquire(blocking=not known):
            return
        try:
            if not self._in_doubt:  # otherwise another caller has just looked
                return
            self._learn()
        finally:
            self._looking.release()

    def _learn(self) -> None:
        """Ask one node after the other, in random order; the node that failed comes last."""
        nodes = list(dict.fromkeys([*random.sample(self._nodes, len(self._nodes)), *self._seeds]))
        nodes.sort(key=lambda node: node == self._last_failed)
        started = time.monotonic()
        failure: Exception | None = None
        for node in nodes:
            if failure and time.monotonic() - started >= self._patience_seconds:
                break
            try:
                rows = self.client(node).cluster("SLOTS")
            except LayoutRefusal:
                raise
            except (redis.ConnectionError, redis.TimeoutError) as error:
                failure = error
            except redis.ResponseError as error:
                if "cluster support disabled" not in str(error):
                    raise
                raise LayoutRefusal(
                    f"REDIS_URL names a cluster, and the server at {node[0]}:{node[1]} is in none: begin it with"
                    " redis:// or rediss:// instead."
                ) from None
            else:
                self._take(rows, node)
                return
        raise redis.ConnectionError("no node of the cluster answers") from failure

    def _take(self, rows: list[Any], asked: Address) -> None:
        """Take over the map. A row: first and last hash slot, primary, replicas; a node is host, port, id and more."""
        owners: dict[int, Address] = {}
        nodes: dict[Address, None] = {}
        for first, last, *group in rows:
            addresses = [_address(str(node[0] or ""), int(node[1]), asked) for node in group]
            nodes.update(dict.fromkeys(addresses))
            owners.update(dict.fromkeys(range(first, last + 1), addresses[0]))
        self._owners, self._nodes = owners, list(nodes)
        self._in_doubt = False


def target(error: AskError, address: Address) -> Address:
    """The node to which the node at `address` redirects a command."""
    return _address(error.host, error.port, address)


def _address(host: str, port: int, asked: Address) -> Address:
    """A node's address; a node that does not give its host has the one by which it was reached."""
    return (host if host not in ("", "?") else asked[0]), port
