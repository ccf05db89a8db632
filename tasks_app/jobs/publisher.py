"""Publishes wake-ups, most of them in the background, so that a slow broker delays no answer.

The record is the promise: maintenance finds wake-ups that are lost here and sends them again.
"""

import atexit
import logging
import threading
from collections.abc import Iterable
from uuid import uuid4

from celery import Celery
from kombu.exceptions import BatchPublishError, OperationalError  # type: ignore[attr-defined]  # stubs are older

from tasks_app.errors import BrokerUnavailableError
from tasks_app.jobs.messages import CANARY, Wake, queue_of

log = logging.getLogger(__name__)

REST_SECONDS = 1.0  # after a failure: do not ask a dead broker again at once
WAKES_AT_ONCE = 100


class Publisher:
    """Sends messages through one Celery application. Its thread starts with the first wake-up that is handed over."""

    def __init__(self, celery: Celery) -> None:
        self._celery = celery
        self._waiting: list[Wake] = []  # they are few: the scripts create no more than there are slots
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._working = False
        self._ends = threading.Event()

    def hand_over(self, wakes: Iterable[Wake]) -> None:
        """Publish these wake-ups soon. Returns at once."""
        with self._changed:
            self._waiting.extend(wakes)
            if self._thread is None:  # not earlier: a thread does not survive the fork of a web server
                self._thread = threading.Thread(target=self._work, name="publisher", daemon=True)
                self._thread.start()
                atexit.register(self.flush)
            self._changed.notify_all()

    def flush(self, seconds: float = 2.0) -> bool:
        """Wait up to `seconds` until everything handed over is published; False if some is not."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._working, seconds)

    def publish(self, wakes: Iterable[Wake]) -> int:
        """
        Send these wake-ups now, pipelined; returns how many.

        They are routed by queue name only: an exchange without a binding would drop them silently.

        Raises BrokerUnavailableError; some may have arrived nevertheless. Maintenance finds the lost ones: wake.lua.
        """
        wakes = list(wakes)
        if not wakes:
            return 0
        app = self._celery
        try:
            with app.producer_or_acquire() as producer, producer.batch(WAKES_AT_ONCE):
                for wake in wakes:
                    app.send_task(
                        wake.type,
                        args=(wake.token,),
                        task_id=str(uuid4()),
                        queue=queue_of(wake.type),
                        priority=wake.level,
                        producer=producer,
                        argsrepr=wake.token,
                        kwargsrepr="",
                    )
        except (OperationalError, BatchPublishError, OSError) as error:
            raise BrokerUnavailableError from error
        return len(wakes)

    def publish_canary(self, queue: str) -> None:
        """
        Send a message without jobs through one queue, without an event: in Flower it would bury the real ones.

        Raises BrokerUnavailableError.
        """
        app = self._celery
        message = app.amqp.as_task_v2(str(uuid4()), CANARY, args=(queue,), expires=60, create_sent_event=False)
        try:
            with app.producer_or_acquire() as producer:
                app.amqp.send_task_message(producer, CANARY, message, queue=queue, priority=0)
        except (OperationalError, OSError) as error:
            raise BrokerUnavailableError from error

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                wakes, self._waiting, self._working = self._waiting, [], True
            try:
                self.publish(wakes)
            except BrokerUnavailableError:
                log.warning("broker unavailable; the clock will send %d wake-ups anew", len(wakes))
                self._ends.wait(REST_SECONDS)
            except Exception:  # anything that kombu raises on a broken connection: the jobs are recorded, so go on
                log.exception("publishing failed; the clock will wake workers")
                self._ends.wait(REST_SECONDS)
            finally:
                with self._changed:
                    self._working = False
                    self._changed.notify_all()
