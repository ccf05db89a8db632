"""
W2: a worker waits for a silent Redis in its main loop, call after call, and serves nothing else meanwhile, not even
SIGTERM.

kombu 5.7.0, transport/redis.py:2237-2265: the search for abandoned messages and, each second, the renewal of bindings
run in that loop; so do acknowledgements (one for each ended task) and events (events.py). Each waits `socket_timeout`
for a Redis that is frozen. A worker with a task in flight took 18 s to end, and longer with every further task.

Mended: only one of them waits. For REST_SECONDS after it, the others do not: they fail, or are postponed, at once.
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
    """Postpone the chores of the main loop while Redis is silent."""
    transport.Channel.maybe_refresh_binding_expiry = _refresh  # type: ignore[attr-defined]
    transport.QoS.restore_visible = _restore  # type: ignore[method-assign,assignment]


def silent() -> bool:
    """Has a call to Redis timed out a moment ago?"""
    return time.monotonic() < _rests_until


def heard() -> None:
    """Redis answered: the silence is over."""
    global _rests_until
    _rests_until = 0.0


@contextmanager
def watched() -> Iterator[None]:
    """For a call to Redis: notes a timeout. While Redis is silent, raises RedisTimeoutError instead of the call."""
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
