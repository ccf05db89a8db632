"""
W5: an item on a queue that is no message ends the worker, or makes it reconnect.

kombu 5.7.0, transport/redis.py:1491: the popped item goes through `loads` unguarded, so text that is not JSON
is an "Unrecoverable error" and the worker exits. JSON without `properties` is a KeyError, which
transport/redis.py:258 counts as a lost connection. The same happens for items published to a fanout exchange (remote
control, line 1452).

Mended: an item that cannot become a message is set aside, and the next one is taken. A broadcast is only logged.
"""

import logging
from collections.abc import Callable
from queue import Empty

from kombu.transport import redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

from worker.celery_patches.parts import Channel
from worker.celery_patches.poison import set_aside
from worker.celery_patches.silence import heard

log = logging.getLogger(__name__)

_deliver_fanout_message: Callable[..., object] = redis.Channel._deliver_fanout_message  # type: ignore[attr-defined]


def mend() -> None:
    """Check the popped item before it is delivered."""
    redis.Channel._brpop_read = _brpop_read  # type: ignore[attr-defined]
    redis.Channel._deliver_fanout_message = _deliver_broadcast  # type: ignore[attr-defined]


def _brpop_read(self: Channel, **options: object) -> bool:
    try:
        try:
            reply = self.client.parse_response(self.client.connection, "BRPOP", **options)
        except self.connection_errors:
            self.client.connection.disconnect()  # as kombu does: the next round connects again
            raise
        heard()
        if not reply:
            raise Empty
        key, item = reply
        queue = bytes_to_str(key).rsplit(self.sep, 1)[0]
        self._queue_cycle.rotate(queue)
        try:
            envelope = loads(bytes_to_str(item))
            check(self, envelope)
        except Exception as error:  # decoding foreign bytes can raise nearly anything
            set_aside(self, item, f"not a message: {error!r}", queue)
        else:
            self.connection._deliver(envelope, queue)
        return True
    finally:
        self._in_poll = None
        self._flush_brpop_reauth()


def check(channel: Channel, envelope: object) -> None:
    """Raises any Exception if kombu could not deliver this envelope."""
    message = channel.Message(envelope, channel=channel)  # delivery makes it again, which costs some microseconds
    route = message.delivery_info
    for text in (message.delivery_tag, route["exchange"], route["routing_key"]):
        if not isinstance(text, str):
            raise TypeError(f"{text!r} is no text")


def _deliver_broadcast(self: Channel, message: object, exchange: str) -> bool:
    try:
        self.Message(message, channel=self)
    except Exception:
        log.exception("broadcast on %s ignored: not a message", exchange)
        return True
    return bool(_deliver_fanout_message(self, message, exchange))
