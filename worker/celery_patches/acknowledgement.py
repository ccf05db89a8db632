"""
W1: one acknowledgement that fails takes a slot of the worker away, for good.

kombu 5.7.0, transport/redis.py:499-508: `QoS.ack` and `QoS.reject` talk to Redis first and count the message
as done second; the error is logged and swallowed (message.py:129). The slot stays taken. With as many slots
as pool processes, a few seconds of a frozen Redis leave a worker connected, alive, and consuming nothing for
ever.

Mended: the message counts as done here whatever Redis said. Redis still holds it as unacknowledged, so that
it comes again after the visibility timeout, which is harmless.
"""

from typing import Any

from kombu.transport import redis, virtual

from worker.celery_patches.silence import watched


def mend() -> None:
    """Free the slot also when Redis does not answer."""
    qos: Any = redis.QoS
    qos.ack = _ack
    qos.reject = _reject


def _ack(self: Any, delivery_tag: str) -> None:
    try:
        with watched():
            self._remove_from_indices(delivery_tag).execute()
    finally:
        virtual.QoS.ack(self, delivery_tag)


def _reject(self: Any, delivery_tag: str, requeue: bool = False) -> None:
    try:
        with watched():
            if requeue:
                self.restore_by_tag(delivery_tag, leftmost=True)
            else:
                self._remove_from_indices(delivery_tag).execute()
    finally:
        virtual.QoS.ack(self, delivery_tag)
