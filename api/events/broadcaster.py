"""One Redis reader per process serves all watchers: never one connection per browser."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.events.digest import ALL_JOBS, Counts, Digest, Digester
from api.events.pace import Pace
from tasks_app.events import AnyEvent, Entry, EventFollower, EventReader, stream_of

Told = AnyEvent | Digest
log = logging.getLogger(__name__)

WAITING_LIMIT = 1_000  # events that a slow watcher may be behind before it has to read the past instead
BLOCK_MS = 100  # one read; a stream that is newly watched joins with the next
LINGER_SECONDS = 10.0  # how long a stream without watchers is read on: the next watcher often comes soon


class Watcher:
    """A watcher of one topic."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.missed = False  # it was too slow and events were left out: read the past, then go on
        self._events: queue.Queue[Told | None] = queue.Queue(WAITING_LIMIT)

    def get(self, seconds: float) -> Told | None:
        """The next event, or None after `seconds`, or at once when the process is about to stop."""
        try:
            return self._events.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None

    def put(self, event: Told | None) -> None:
        """Give it an event; None only wakes it up."""
        try:
            self._events.put_nowait(event)
        except queue.Full:
            self.missed = True


class Broadcaster:
    """The watchers of this process, by topic, and the thread that reads for them. `count` counts all jobs."""

    def __init__(self, reader: EventReader, count: Callable[[], Counts]) -> None:
        self._follower = EventFollower(reader, log, "the event reader waits: %s", BLOCK_MS)
        self._lock = threading.Lock()
        self._watchers: dict[str, set[Watcher]] = {}
        self._watched: dict[str, float] = {}  # stream -> when somebody last watched it, monotonic seconds
        self._reading = False
        self._digester = Digester(count)
        self._round: threading.Thread | None = None  # tells the last digest
        self.pace = Pace()
        self.closed = False
        self.streams = 0  # that are being told

    def numbers(self) -> dict[str, int]:
        """For /metrics: streams, and watchers: each caller who waits, each stream, all those of the overview as one."""
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
            self._follower.join(stream)
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
                threading.Thread(
                    target=self._follower.run, args=(self._followed, self._take), name="broadcaster", daemon=True
                ).start()

    def _take(self, entry: Entry) -> None:
        for event in entry.about(self._watchers):
            self._deliver(event)
        if ALL_JOBS in self._watchers:
            self._digester.take(entry)
            self._digest()

    def _digest(self) -> None:
        """Tell the next digest, apart from this thread: others wait for events meanwhile. A long round delays it."""
        if not (self._round and self._round.is_alive()) and (digest := self._digester.made()):
            self._round = threading.Thread(target=self._tell, args=(digest,), name="digest", daemon=True)
            self._round.start()

    def _tell(self, digest: Digest) -> None:
        self.pace.tell(self._audience(digest), lambda watcher: watcher.put(digest))

    def _followed(self) -> dict[str, str]:
        """The streams to read, and from where; none = the reader ends."""
        self._digest()  # of entries after which nothing came
        with self._lock:
            now, after = time.monotonic(), self._follower.after
            self._watched.update((stream_of(topic), now) for topic in self._watchers)
            for stream in {*after, *self._watched}:
                if now - self._watched.setdefault(stream, now) > LINGER_SECONDS:
                    after.pop(stream, None)
                    del self._watched[stream]
            if self.closed:
                after.clear()
            self._reading = bool(after)
            return dict(after)

    def _deliver(self, event: Told) -> None:
        for watcher in self._audience(event):
            watcher.put(event)

    def _audience(self, event: Told) -> list[Watcher]:
        with self._lock:
            return [watcher for topic in event.topics() for watcher in self._watchers.get(topic, ())]
