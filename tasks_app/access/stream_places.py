"""StreamPlaces: how many event streams each key has open, over all web processes together.

A process says how many it has, and says so again every RENEW_SECONDS while any is open: one call for each key with a
bound, however many streams. So the streams of a process that was killed stop counting after LEASE_SECONDS.
"""

import logging
import threading
import time
import uuid
from functools import cached_property
from typing import cast

import redis
from redis.commands.core import Script

from tasks_app.errors import StateUnavailableError
from tasks_app.lua import IN_ANY_MEMORY, text
from tasks_app.state import access_keys, connections

log = logging.getLogger(__name__)

RENEW_SECONDS, LEASE_SECONDS = 5.0, 15.0
AWAY_SECONDS = 1.0  # how long nobody is asked after the state did not answer: each try would take its whole timeout


class StreamPlaces:
    """The streams of one process that count. Thread-safe."""

    def __init__(
        self, client: redis.Redis, renew_seconds: float = RENEW_SECONDS, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._client = client
        self._renew_seconds, self._lease_seconds = renew_seconds, lease_seconds
        self._process = uuid.uuid4().hex
        self._open: dict[str, int] = {}  # whose -> how many
        self._lock = threading.Lock()
        self._runs = False
        self._away_until = float("-inf")

    def take(self, name: str, at_most: int) -> bool:
        """
        Count another stream of this key, if all processes then have no more than `at_most`. Raises
        StateUnavailableError.
        """
        with self._lock:
            if time.monotonic() < self._away_until:
                raise StateUnavailableError
            count = self._open.get(name, 0) + 1
            if not self._say(name, count, at_most):
                return False
            self._open[name] = count
            self._ensure_renewal()
            return True

    def give_back(self, name: str) -> None:
        """A stream has ended. If the state does not hear of it now, it will with the next renewal."""
        with self._lock:
            count = self._open[name] - 1
            if count:
                self._open[name] = count
            else:
                del self._open[name]
            self._renew(name, count)

    def _ensure_renewal(self) -> None:
        if not self._runs:
            self._runs = True
            threading.Thread(target=self._run, name="stream-places", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(self._renew_seconds)
            with self._lock:
                if not self._open:
                    self._runs = False
                    return
                names = list(self._open)
            for name in names:
                with self._lock:  # between two keys, others open and close streams
                    if name in self._open:
                        self._renew(name, self._open[name])

    def _renew(self, name: str, count: int) -> None:
        if time.monotonic() < self._away_until:
            return
        try:
            self._say(name, count)
        except StateUnavailableError:
            log.debug("the streams of %s were not counted", name)

    def _say(self, name: str, count: int, at_most: int | None = None) -> bool:
        bound = "" if at_most is None else at_most
        arguments = (self._process, count, bound, int(self._lease_seconds * 1000))
        try:
            with connections.translated():
                return bool(cast(int, self._script(keys=[access_keys.api_streams(name)], args=arguments)))
        except StateUnavailableError:
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise

    @cached_property
    def _script(self) -> Script:
        return self._client.register_script(IN_ANY_MEMORY + text("access/keep_streams"))
