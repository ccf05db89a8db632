"""
The parts of kombu and Celery that the patches use, as protocols. Most are private: check them on an upgrade.
"""

from collections import deque
from collections.abc import Mapping
from contextlib import AbstractContextManager
from logging import Logger
from typing import Protocol

import redis


class Pipeline(Protocol):
    """Commands that are sent together."""

    def execute(self) -> object: ...


class Connection(Protocol):
    """A client's connection to its server."""

    def disconnect(self) -> None: ...


class Client(Protocol):
    """kombu's own redis-py client, which waits for messages."""

    connection: Connection

    def parse_response(
        self, connection: Connection, command: str, **options: object
    ) -> tuple[bytes | str, bytes | str] | None: ...


class Cycle(Protocol):
    """The order in which queues have their turn."""

    def rotate(self, queue: str) -> None: ...


class Transport(Protocol):
    """Hands messages to their consumers."""

    def _deliver(self, envelope: object, queue: str) -> None: ...


class Message(Protocol):
    """What a consumer gets. `headers` are as the sender wrote them: in foreign messages they may be no mapping."""

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
    """The exchange to which events are published."""

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
