"""
W2: events, which only serve display, stop the worker's main loop as long as Redis is away.

celery 5.7.0, worker/heartbeat.py:39: the heartbeat is sent with `retry=True` from the main loop, and
kombu/connection.py:630 then retries without end. While Redis is frozen the loop serves no acknowledgement, time limit
or SIGTERM: a worker that is told to stop does not. `Task.send_event` retries too, inside the handler. And
events/dispatcher.py:170 keeps every failed event, without bound (W14), and tries all again on each flush.

Mended: no event is tried twice in a row, and none while Redis is silent (silence.py). Of the failed events, the last
KEPT_EVENTS are sent once it answers. Heartbeats are not kept: an old heartbeat says nothing.
"""

from celery.events.dispatcher import EventDispatcher

from worker.celery_patches.parts import Dispatcher, Producer
from worker.celery_patches.silence import watched

KEPT_EVENTS = 1_000


def mend() -> None:
    """Send each event once."""
    EventDispatcher._publish = _publish  # type: ignore[attr-defined]


def _publish(self: Dispatcher, event: object, producer: Producer | None, routing_key: str, **_retry: object) -> None:
    if producer is None:
        return
    try:
        with watched():
            producer.publish(
                event,
                routing_key=routing_key,
                exchange=self.exchange.name,
                retry=False,
                declare=[self.exchange],
                serializer=self.serializer,
                headers=self.headers,
                delivery_mode=self.delivery_mode,
            )
    except Exception:
        if not self.buffer_while_offline:
            raise
        _keep(self, event, routing_key)


def _keep(self: Dispatcher, event: object, routing_key: str) -> None:
    if not routing_key.startswith("worker."):
        self._outbound_buffer.append((event, routing_key))
    while len(self._outbound_buffer) > KEPT_EVENTS:
        self._outbound_buffer.popleft()
