"""SharedOverview: the whole system in one message, made once for all pages of this process that watch it."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from api.events import ALL_JOBS, Broadcaster
from api.health import stats_of
from api.stream.messages import REST_SECONDS
from tasks_app.doctor import as_json
from tasks_app.errors import StateUnavailableError
from tasks_app.text import encoded_leniently
from tasks_app.usher import Usher

log = logging.getLogger(__name__)

FRESH_SECONDS = 0.5  # between two looks, however much happens
LOOK_SECONDS = 4.0  # between two looks for what no event tells: workers, ages, findings


class SharedOverview:
    """`read` gives the message, at most `fresh_seconds` old; who is `listening` hears when there is another."""

    def __init__(
        self,
        usher: Usher,
        broadcaster: Broadcaster,
        fresh_seconds: float = FRESH_SECONDS,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._usher, self._broadcaster = usher, broadcaster
        self._fresh_seconds, self._look_seconds = fresh_seconds, look_seconds
        self._making = threading.Lock()
        self._message = ""
        self._made = float("-inf")  # monotonic seconds, also of an attempt
        self._is_known = False  # did the last attempt succeed?
        self._lock = threading.Lock()
        self._listeners: set[threading.Event] = set()
        self._is_telling = False

    def read(self) -> str:
        """
        JSON: what `/v1/stats` has, `findings` as `/v1/findings`, and `takes_writes`: false while the state only answers
        reads. Raises StateUnavailableError.
        """
        with self._making:
            if time.monotonic() - self._made >= self._fresh_seconds:
                self._is_known = False
                try:
                    body = {**stats_of(self._usher), "findings": as_json(self._usher.findings.read())}
                    body["takes_writes"] = self._usher.meters.takes_writes()
                    self._message, self._is_known = f"data: {encoded_leniently(body)}\n\n", True
                finally:
                    self._made = time.monotonic()
            if not self._is_known:
                raise StateUnavailableError  # to all listeners after one attempt
            return self._message

    @contextmanager
    def listening(self) -> Iterator[threading.Event]:
        """An event that is set when there is another message, and when the process is about to stop."""
        changed = threading.Event()
        with self._lock:
            self._listeners.add(changed)
            if not self._is_telling:
                self._is_telling = True
                threading.Thread(target=self._tell, name="overview", daemon=True).start()
        try:
            yield changed
        finally:
            with self._lock:
                self._listeners.discard(changed)

    def _tell(self) -> None:
        """As long as anybody listens. What goes wrong, listeners notice with their next heartbeat."""
        while self._audience():
            try:
                self._tell_changes()
                return
            except StateUnavailableError:
                pass
            except Exception:
                log.exception("the overview could not be made")
            time.sleep(REST_SECONDS)

    def _tell_changes(self) -> None:
        told = ""
        with self._broadcaster.watching(ALL_JOBS) as watcher:
            while audience := self._audience():
                time.sleep(max(self._made + self._fresh_seconds - time.monotonic(), 0.0))
                while watcher.get(0):  # is in this message
                    pass
                message = self.read()
                if message != told:
                    told = message
                    self._broadcaster.pace.tell(audience, threading.Event.set)
                watcher.get(self._look_seconds)

    def _audience(self) -> list[threading.Event]:
        """Nobody when the teller is to end; the next listener starts another."""
        with self._lock:
            if self._broadcaster.closed:
                for changed in self._listeners:
                    changed.set()
                self._is_telling = True  # never again
                return []
            self._is_telling = bool(self._listeners)
            return list(self._listeners)
