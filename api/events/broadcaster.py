"""One Redis reader per process, fanned out to everyone who watches: never one connection per browser."""

import logging
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tasks_app.errors import StateUnavailableError
from tasks_app.events import AnyEvent, EventReader, stream_of
from tasks_app.state import Outage

log = logging.getLogger(__name__)

WAITING_LIMIT = 1_000  # events that a slow watcher may be behind before it has to read the past instead
BLOCK_MS = 100  # one read; a stream that is newly watched joins with the next
LINGER_SECONDS = 10.0  # a stream is read on so long without watchers, since the next one often comes soon
REST_SECONDS = 0.5  # after a failed read


class Watcher:
    """One who watches one topic."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.missed = False  # it was too slow and events were left out: read the past, then go on
        self._events: queue.Queue[AnyEvent | None] = queue.Queue(WAITING_LIMIT)

    def get(self, seconds: float) -> AnyEvent | None:
        """The next event, or None after `seconds`, or at once when the process is about to stop."""
        try:
            return self._events.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None

    def put(self, event: AnyEvent | None) -> None:
        """Hand it an event; None wakes it up for nothing."""
        try:
            self._events.put_nowait(event)
        except queue.Full:
            self.missed = True


class Broadcaster:
    """The watchers of this process, by topic, and the thread that reads for them."""

    def __init__(self, reader: EventReader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._watchers: dict[str, set[Watcher]] = {}
        self._after: dict[str, str] = {}  # stream -> id of the last entry read
        self._watched: dict[str, float] = {}  # stream -> when somebody last watched it, monotonic seconds
        self._reading = False
        self._outage = Outage(log)
        self.closed = False
        self.streams = 0  # that are being told

    def numbers(self) -> dict[str, int]:
        """For /metrics: streams, and watchers, of which each stream is one and each caller who waits another."""
        with self._lock:
            return {"streams": self.streams, "watchers": sum(map(len, self._watchers.values()))}

    @contextmanager
    def watching(self, topic: str) -> Iterator[Watcher]:
        """
        Watch a topic: every event from now on arrives. Raises StateUnavailableError when the stream cannot be found.
        """
        watcher = Watcher(topic)
        stream = stream_of(topic)
        # Registered before the stream's end is read, so that no event falls between, and the reader keeps its place.
        with self._lock:
            self._watchers.setdefault(topic, set()).add(watcher)
        try:
            if stream not in self._after:
                newest = self._reader.last_id(stream)
                with self._lock:
                    self._after.setdefault(stream, newest)
            self._ensure_reader()
            if self.closed:
                watcher.put(None)
            yield watcher
        finally:
            with self._lock:
                self._watchers[topic].discard(watcher)
                if not self._watchers[topic]:
                    del self._watchers[topic]

    def close(self) -> None:
        """Wake every watcher for the last time; called once, when the process stops."""
        with self._lock:
            self.closed = True
            everyone = [watcher for group in self._watchers.values() for watcher in group]
        for watcher in everyone:
            watcher.put(None)

    def _ensure_reader(self) -> None:
        with self._lock:
            # Started here, not at import: threads do not survive the fork of a web server.
            if not self._reading and not self.closed:
                self._reading = True
                threading.Thread(target=self._read, name="broadcaster", daemon=True).start()

    def _read(self) -> None:
        while after := self._followed():
            try:
                for entry in self._reader.read(after, BLOCK_MS):
                    self._after[entry.stream] = entry.id  # before it is parsed
                    for event in entry.about(self._watchers):
                        self._deliver(event)
                self._outage.end()
            except Exception as error:  # whatever it is: without the reader nobody hears anything any more
                is_known = isinstance(error, StateUnavailableError)
                self._outage.tell("the event reader waits: %s", error, None if is_known else error)
                time.sleep(REST_SECONDS)

    def _followed(self) -> dict[str, str]:
        """The streams to read, and from where; none = the reader ends."""
        with self._lock:
            now = time.monotonic()
            self._watched.update((stream_of(topic), now) for topic in self._watchers)
            for stream in {*self._after, *self._watched}:
                if now - self._watched.setdefault(stream, now) > LINGER_SECONDS:
                    self._after.pop(stream, None)
                    del self._watched[stream]
            if self.closed:
                self._after.clear()
            self._reading = bool(self._after)
            return dict(self._after)

    def _deliver(self, event: AnyEvent) -> None:
        with self._lock:
            audience = [watcher for topic in event.topics() for watcher in self._watchers.get(topic, ())]
        for watcher in audience:
            watcher.put(event)
