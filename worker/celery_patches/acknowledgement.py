"""
W1: a failed acknowledgement costs the worker a slot, for good.

kombu 5.7.0, transport/redis.py:499-508: `QoS.ack` and `QoS.reject` talk to Redis first and count the message
as done second; the error is logged and swallowed (message.py:129). The slot stays taken. With as many slots as pool
processes, a few seconds of a frozen Redis leave a worker connected and alive, but it never consumes anything again.

Mended: the message counts as done here, whatever Redis said. Redis still has it as unacknowledged, so it comes again
after the visibility timeout, which is harmless.
"""

from collections.abc import Callable

from kombu.transport import redis, virtual

from worker.celery_patches.parts import QoS
from worker.celery_patches.silence import watched

_count_as_done: Callable[..., None] = virtual.QoS.ack


def mend() -> None:
    """Free the slot even if Redis does not answer."""
    redis.QoS.ack = _ack  # type: ignore[method-assign,assignment]
    redis.QoS.reject = _reject  # type: ignore[method-assign,assignment]


def _ack(self: QoS, delivery_tag: str) -> None:
    try:
        with watched():
            self._remove_from_indices(delivery_tag).execute()
    finally:
        _count_as_done(self, delivery_tag)


def _reject(self: QoS, delivery_tag: str, requeue: bool = False) -> None:
    try:
        with watched():
            if requeue:
                self.restore_by_tag(delivery_tag, leftmost=True)
            else:
                self._remove_from_indices(delivery_tag).execute()
    finally:
        _count_as_done(self, delivery_tag)
