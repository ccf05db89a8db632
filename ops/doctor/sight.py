"""Sight: how a check looks at the two servers. Only reads."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import Any, cast

import redis

from ops.given_servers import BROKER, PATIENCE_SECONDS, SECOND, STATE, trouble
from tasks_app.configuration import Server, Settings, bundled, parse
from tasks_app.doctor import UnseenError
from tasks_app.jobs import Depths, JobQueries, SlotQueries
from tasks_app.state import ClusterClient, connect

BUNDLED = "the bundled server"


class Node:
    """One server, or one primary of a cluster. `name` is how a sentence calls it, `host` "" for a socket."""

    def __init__(self, name: str, host: str, client: redis.Redis) -> None:
        self.name, self.host, self.client = name, host, client

    def info(self, section: str) -> Mapping[str, Any]:
        """What it says about itself. Raises UnseenError if it may not be asked."""
        try:
            return cast(Mapping[str, Any], self.client.info(section))
        except redis.ResponseError:
            raise UnseenError(f"{self.name} does not answer INFO {section}.") from None

    def setting(self, name: str) -> str:
        """One of its settings. Raises UnseenError if it may not be asked."""
        try:
            found = self.client.config_get(name)
        except redis.ResponseError:
            found = {}
        if name not in found:
            raise UnseenError(f"{self.name} does not show its setting {name} (CONFIG GET is forbidden).")
        return str(found[name])


class Sight:
    """
    The state and the broker. A client is made when it is first asked for; while its server is away, whoever asks gets
    UnseenError, and nobody waits for it a second time.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        state = parse(settings.redis_url) if self._has_url() else parse(f"redis://127.0.0.1:{settings.redis_port}/0")
        broker = parse(settings.broker_url) if settings.broker_url_given else state.next_database()
        self._broker = BROKER if settings.broker_url_given else SECOND
        self.servers: dict[str, Server] = {STATE: state, self._broker: broker}
        self.away: dict[str, str] = {}  # variable -> why its server cannot be looked at, as the end of a sentence
        self._clients: dict[str, redis.Redis] = {}
        self._stack = ExitStack()

    def __enter__(self) -> "Sight":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def is_bundled(self) -> bool:
        """Whether the state is on the server that comes with Usher."""
        return not self.settings.redis_url_given

    def _has_url(self) -> bool:
        """Whether the state's URL is known without making the bundled server's password, which would be a change."""
        return not self.is_bundled or bundled.PASSWORD.exists()

    def called(self, variable: str) -> str:
        """How a sentence calls this server."""
        server = self.servers[variable]
        is_ours = self.is_bundled and variable != BROKER
        return f"{BUNDLED} ({server.shown})" if is_ours else f"{variable} ({server.shown})"

    def client(self, variable: str) -> redis.Redis:
        """A client of this server. Raises UnseenError."""
        if variable not in self._clients and variable not in self.away:
            server = self.servers[variable]
            try:
                client = self._stack.enter_context(connect(server.url, PATIENCE_SECONDS))
                client.time()  # a server whose disk is full refuses a PING
                self._clients[variable] = client
            except (redis.RedisError, OSError, ValueError, TypeError) as error:
                self.away[variable] = trouble(server, error)
        if variable in self.away:
            raise UnseenError(f"{self.called(variable)} does not answer.")
        return self._clients[variable]

    @property
    def state(self) -> redis.Redis:
        """The state. Raises UnseenError."""
        return self.client(STATE)

    @property
    def broker(self) -> redis.Redis:
        """The broker. Raises UnseenError."""
        return self.client(self._broker)

    def nodes(self, variable: str = STATE) -> Iterator[Node]:
        """The server, or the primaries of the cluster. Raises UnseenError."""
        client = self.client(variable)
        if not isinstance(client, ClusterClient):
            yield Node(self.called(variable), self.servers[variable].host, client)
            return
        for (host, port), node in client.primaries().items():
            yield Node(f"{variable}'s node {host}:{port}", host, node)

    def each_server(self) -> Iterator[Node]:
        """
        Every server that answers, once: state and broker may be two databases of one. Raises UnseenError if none does.
        """
        if len(self.away) == len(self.servers):
            raise UnseenError("no server answers.")
        seen: set[tuple[str, int, str]] = set()
        for variable, server in self.servers.items():
            if server.place()[:3] in seen:
                continue
            seen.add(server.place()[:3])
            try:
                yield from self.nodes(variable)
            except UnseenError:
                continue

    @cached_property
    def jobs(self) -> JobQueries:
        """Reads jobs. Raises UnseenError."""
        return JobQueries(self.state)

    @cached_property
    def slots(self) -> SlotQueries:
        """Reads what the workers announce. Raises UnseenError."""
        return SlotQueries(self.state)

    @cached_property
    def depths(self) -> Depths:
        """Reads the broker's queues. Raises UnseenError."""
        return Depths(self.broker)

    def now_ms(self) -> int:
        """The state's time, unix ms. Raises UnseenError."""
        seconds, micros = self.state.time()
        return seconds * 1000 + micros // 1000

    def skew_ms(self, client: redis.Redis) -> float:
        """How far this machine's clock is ahead of the server's."""
        before = time.time()
        seconds, micros = client.time()
        return (before + time.time()) / 2 * 1000 - (seconds * 1000 + micros / 1000)
