"""
W16: a worker with a task in flight exits when Redis goes away, instead of waiting for it.

kombu 5.7.0, transport/redis.py:1888: `Channel.close` first reads the answer of the pending BRPOP. If Redis is gone,
that raises, the rest is not done, and celery 5.7.0, worker/consumer/consumer.py:474, swallows it and takes the
transport apart. The second close, in line 487, gets past that point, restores messages through a transport that is
gone, and raises AttributeError: "Unrecoverable error", exit 1.

Mended: the rest of the closing is done even if the read fails.
"""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty

from kombu.transport import redis

from worker.celery_patches.parts import Channel

_close: Callable[..., None] = redis.Channel.close


def mend() -> None:
    """Read the pending answer, if there is one, before the channel is closed."""
    redis.Channel.close = _read_and_close  # type: ignore[method-assign,assignment]


def _read_and_close(self: Channel) -> None:
    if self._in_poll:
        with suppress(Empty, *self.connection_errors):
            self._brpop_read()  # a message in it is delivered, or put back if nothing consumes any more
    _close(self)
