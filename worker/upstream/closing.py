"""
W16: a worker with a task in flight ends when Redis does, instead of waiting for it.

kombu 5.7.0, transport/redis.py:1888: `Channel.close` first reads the pending BRPOP. With Redis gone that
raises, the rest is left undone, and celery 5.7.0, worker/consumer/consumer.py:474, swallows it and takes the
transport apart. The second close, in line 487, gets past that point, restores messages through a transport
that is no more, and raises AttributeError: "Unrecoverable error", exit 1. The acknowledgement of the task
that still ran raises the same later.

Mended: the read's failure no longer stops the closing (envelope.py), and what a closed channel can no longer
do is a lost connection, which everyone expects. Messages not acknowledged come again after the visibility
timeout.
"""

from typing import Any

from kombu.transport import redis as transport
from redis.exceptions import ConnectionError as RedisConnectionError

Channel: Any = transport.Channel
_create_client = Channel._create_client


def mend() -> None:
    """Say what is wrong when a closed channel is asked for a connection."""
    Channel._create_client = _create


def _create(self: Any, asynchronous: bool = False) -> Any:
    if self.connection is None or self.connection.client is None:
        raise RedisConnectionError("this channel was closed")
    return _create_client(self, asynchronous)
