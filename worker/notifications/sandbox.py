"""The sandbox in a notifier: is it on, by an answer that is never old; and what is written instead of a send."""

import threading
import time
from collections.abc import Callable

import redis

from tasks_app.errors import StateUnavailableError
from tasks_app.notifications import Notification, Reply, sandbox
from tasks_app.state import connections, notification_keys
from worker.notifications.channels.console import printed


class SandboxSight:
    """
    Whether the sandbox is on, as all threads of a process see it. What somebody learned is good for
    sandbox.FRESH_SECONDS from before the question was asked.
    """

    def __init__(self, client: redis.Redis, mask: Callable[[str], str]) -> None:
        self._client, self._mask = client, mask
        self._known = (float("-inf"), False)  # when it was asked, by time.monotonic; whether it was on
        self._failed = float("-inf")  # when nobody answered last
        self._asking = threading.Lock()

    def learn(self, asked: float, is_on: bool) -> None:
        """The state answered a question of this moment, by time.monotonic."""
        self._known = max(self._known, (asked, is_on))

    def is_on(self) -> bool:
        """
        Whether it is on, by what is known, or else by a round trip, which many threads share. Raises
        StateUnavailableError: nobody may send then.
        """
        entered = time.monotonic()
        if self._is_fresh():
            return self._known[1]
        with self._asking:
            if self._is_fresh():
                return self._known[1]
            if self._failed >= entered:  # each of them would wait as long for nothing
                raise StateUnavailableError
            asked = time.monotonic()
            try:
                with connections.translated():
                    self.learn(asked, bool(self._client.exists(notification_keys.sandbox())))
            except StateUnavailableError:
                self._failed = time.monotonic()
                raise
            return self._known[1]

    def write(self, channel_name: str, notification: Notification) -> Reply:
        """Write it to the console, as a log would: without secrets and passwords. `printed`, or why that failed."""
        to, said = notification.to, notification.message
        return printed(self._mask(f"Sandbox: nothing is sent over {channel_name} to {to}, with message: {said}"))

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._known[0] < sandbox.FRESH_SECONDS
