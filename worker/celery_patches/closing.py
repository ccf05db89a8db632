"""
W16: a worker with a task in flight ends when Redis does, instead of waiting for it.

kombu 5.7.0, transport/redis.py:1888: `Channel.close` first reads the answer of the pending BRPOP. With Redis
gone that raises, the rest is left undone, and celery 5.7.0, worker/consumer/consumer.py:474, swallows it and
takes the transport apart. The second close, in line 487, gets past that point, restores messages through a
transport that is no more, and raises AttributeError: "Unrecoverable error", exit 1.

Mended: the rest of the closing is done whatever became of the read.
"""

from queue import Empty
from typing import Any

from kombu.transport import redis

Channel: Any = redis.Channel
_close = Channel.close


def mend() -> None:
    """Read the pending answer, if there is one, before the channel is closed."""
    Channel.close = _read_and_close


def _read_and_close(self: Any) -> None:
    if self._in_poll:
        try:
            self._brpop_read()  # a message in it is delivered, or put back if nobody consumes any more
        except (Empty, *self.connection_errors):
            pass
    _close(self)
