"""One Redis reader per process, fanned out to everyone who watches: never one connection per browser."""

import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from tasks_app import events
from tasks_app.errors import StateUnavailableError
from tasks_app.events import AnyEvent

log = logging.getLogger(__name__)

WAITING_LIMIT = 1_000  # events that a slow watcher may be behind before it has to read the past instead
BLOCK_MS = 250  # one read; a stream that is newly watched joins with the next
LINGER_SECONDS = 10.0  # the reader goes on so long without watchers, since the next one often comes soon


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


class Hub:
    """The watchers of this process, by topic, and the thread that reads for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watchers: defaultdict[str, set[Watcher]] = defaultdict(set)
        self._after: dict[str, str] = {}  # stream -> id of the last entry read
        self._reading = False
        self.closed = False

    @contextmanager
    def watching(self, topic: str) -> Iterator[Watcher]:
        """
        Watch a topic: every event from now on arrives. Raises StateUnavailableError when the stream cannot be found.
        """
        watcher = Watcher(topic)
        stream = events.stream_of(topic)
        # Registered before the stream's end is read, so that no event falls between.
        with self._lock:
            self._watchers[topic].add(watcher)
        try:
            if stream not in self._after:
                newest = events.last_id(stream)
                with self._lock:
                    self._after.setdefault(stream, newest)
            self._ensure_reader()
            yield watcher
        finally:
            with self._lock:
                self._watchers[topic].discard(watcher)
                if not self._watchers[topic]:
                    del self._watchers[topic]

    def close(self) -> None:
        """Wake every watcher for the last time; called once, when the process stops."""
        self.closed = True
        with self._lock:
            everyone = [watcher for group in self._watchers.values() for watcher in group]
        for watcher in everyone:
            watcher.put(None)

    def _ensure_reader(self) -> None:
        with self._lock:
            if not self._reading:  # started here, not at import: threads do not survive the fork of a web server
                self._reading = True
                threading.Thread(target=self._read, name="hub", daemon=True).start()

    def _read(self) -> None:
        idle_since = time.monotonic()
        while not self.closed:
            with self._lock:
                if self._watchers:
                    idle_since = time.monotonic()
                elif time.monotonic() - idle_since > LINGER_SECONDS:
                    self._after.clear()
                    self._reading = False
                    return
                after = self._followed()
            try:
                for event in events.read(after, BLOCK_MS, self._wanted):
                    self._deliver(event)
            except StateUnavailableError as error:
                log.warning("the event reader waits: %s", error)
                time.sleep(0.5)

    def _followed(self) -> dict[str, str]:
        """The streams that somebody watches; those that nobody does are no longer read."""
        wanted = {events.stream_of(topic) for topic in self._watchers}
        for stream in [stream for stream in self._after if stream not in wanted and self._watchers]:
            del self._after[stream]
        return dict(self._after)

    def _wanted(self, stream: str, entry_id: str, topics: tuple[str, ...]) -> bool:
        """Called for each entry, before it is parsed: most events interest nobody here."""
        self._after[stream] = entry_id
        return any(topic in self._watchers for topic in topics)

    def _deliver(self, event: AnyEvent) -> None:
        with self._lock:
            audience = [watcher for topic in event.topics() for watcher in self._watchers.get(topic, ())]
        for watcher in audience:
            watcher.put(event)


hub = Hub()
