"""The parts of kombu and Celery that the remedies touch, by shape: most are private, so an upgrade looks here first."""

from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from logging import Logger
from typing import Protocol

import redis


class Pipeline(Protocol):
    """Commands that go together."""

    def execute(self) -> object: ...


class Connection(Protocol):
    """Of a client to its server."""

    def disconnect(self) -> None: ...


class Client(Protocol):
    """kombu's own redis-py client, which waits for messages."""

    connection: Connection

    def parse_response(
        self, connection: Connection, command: str, **options: object
    ) -> tuple[bytes | str, bytes | str] | None: ...


class Cycle(Protocol):
    """Whose turn it is among the queues."""

    def rotate(self, queue: str) -> None: ...


class Transport(Protocol):
    """Hands messages to their consumers."""

    def _deliver(self, envelope: object, queue: str) -> None: ...


class Message(Protocol):
    """What a consumer gets. `headers` are what the sender wrote: a mapping, unless somebody else sent it."""

    headers: Mapping[str, object]
    delivery_tag: object
    delivery_info: Mapping[str, object]
    channel: "Channel"
    _raw: object

    @property
    def acknowledged(self) -> bool: ...

    @property
    def payload(self) -> object: ...

    def reject_log_error(self, logger: Logger, errors: tuple[type[Exception], ...]) -> None: ...


class Channel(Protocol):
    """A kombu.transport.redis.Channel."""

    client: Client
    connection: Transport
    connection_errors: tuple[type[Exception], ...]
    sep: str
    _queue_cycle: Cycle
    _in_poll: object

    def conn_or_acquire(self, client: redis.Redis | None = None) -> AbstractContextManager[redis.Redis]: ...

    def Message(self, payload: object, channel: "Channel") -> Message: ...  # noqa: N802 its name there

    def _brpop_read(self) -> bool: ...

    def _flush_brpop_reauth(self) -> None: ...


class QoS(Protocol):
    """A kombu.transport.redis.QoS: the messages that were taken and not acknowledged yet."""

    channel: Channel
    unacked_key: str

    def restore_by_tag(self, tag: str, client: redis.Redis | None = None, leftmost: bool = False) -> None: ...

    def _remove_from_indices(self, tag: str) -> Pipeline: ...


class Exchange(Protocol):
    """Where events are published."""

    name: str


class Producer(Protocol):
    """A kombu.Producer."""

    def publish(self, body: object, **options: object) -> object: ...


class Dispatcher(Protocol):
    """A celery.events.dispatcher.EventDispatcher."""

    exchange: Exchange
    serializer: str
    headers: object
    delivery_mode: object
    buffer_while_offline: bool
    _outbound_buffer: deque[tuple[object, str]]
