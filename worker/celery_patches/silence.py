"""
W2: a worker waits for a silent Redis in its main loop, call after call, and serves nothing else: no SIGTERM
either.

kombu 5.7.0, transport/redis.py:2237-2265: the look for abandoned messages and, each second, the renewal of
bindings run in that loop; so do acknowledgements (one for each job that ended) and events (events.py). Each
waits `socket_timeout` for a Redis that is frozen. A worker with a task in flight took 18 s to end, more with
every further task.

Mended: one of them waits. For REST_SECONDS after it, the others do not: they fail, or are put off, at once.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kombu.transport import redis as transport
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker.celery_patches.parts import Channel, QoS

REST_SECONDS = 5.0

_maybe_refresh_binding_expiry: Callable[..., None] = transport.Channel.maybe_refresh_binding_expiry  # type: ignore[attr-defined]
_restore_visible: Callable[..., None] = transport.QoS.restore_visible

_rests_until = 0.0  # monotonic seconds


def mend() -> None:
    """Put the chores of the main loop off while Redis is silent."""
    transport.Channel.maybe_refresh_binding_expiry = _refresh  # type: ignore[attr-defined]
    transport.QoS.restore_visible = _restore  # type: ignore[method-assign,assignment]


def silent() -> bool:
    """Whether Redis let a call run into its timeout a moment ago."""
    return time.monotonic() < _rests_until


def heard() -> None:
    """Redis answered: the silence is over."""
    global _rests_until
    _rests_until = 0.0


@contextmanager
def watched() -> Iterator[None]:
    """Around a call to Redis: notes that it timed out. Raises RedisTimeoutError, without a call, while it is silent."""
    global _rests_until
    if silent():
        raise RedisTimeoutError(f"Redis did not answer within the last {REST_SECONDS} s")
    try:
        yield
    except Exception as error:
        if isinstance(error, RedisTimeoutError) or isinstance(error.__cause__, RedisTimeoutError):
            _rests_until = time.monotonic() + REST_SECONDS
        raise


def _refresh(self: Channel) -> None:
    if not silent():
        with watched():
            _maybe_refresh_binding_expiry(self)


def _restore(self: QoS, *arguments: object, **options: object) -> None:
    if not silent():
        with watched():
            _restore_visible(self, *arguments, **options)
