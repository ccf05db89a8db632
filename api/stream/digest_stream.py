"""All jobs, or the whole system, as server-sent events: how it is first, then what changes, at most two a second."""

import time
from collections.abc import Callable, Iterator

from api.events import ALL_JOBS, Broadcaster, Watcher
from api.stream import messages
from api.stream.messages import HEARTBEAT, REST_SECONDS, RETRY, UNAVAILABLE, message
from api.stream.overview import FRESH_SECONDS, SharedOverview
from tasks_app.errors import StateUnavailableError
from tasks_app.events import stream_of
from tasks_app.usher import Usher

LOOK_SECONDS = 4.0


class DigestStream:
    """
    For one listener, for as long as `may_listen` says so. There is no past: whoever comes back gets a snapshot, and
    looks again at what it shows.
    """

    def __init__(self, usher: Usher, broadcaster: Broadcaster, may_listen: Callable[[], bool]) -> None:
        self._usher, self._broadcaster, self._may_listen = usher, broadcaster, may_listen

    def told(self) -> Iterator[str]:
        """The messages. An outage of the state only interrupts them."""
        self._broadcaster.streams += 1
        try:
            yield RETRY
            while not self._broadcaster.closed:
                try:
                    yield from self._told()
                    return
                except StateUnavailableError:
                    yield UNAVAILABLE
                    time.sleep(REST_SECONDS)
        finally:
            self._broadcaster.streams -= 1

    def _told(self) -> Iterator[str]:
        with self._broadcaster.watching(ALL_JOBS) as watcher:
            begins = self._usher.events.last_id(stream_of(ALL_JOBS))
            yield message(begins, {"counts": self._usher.jobs.counts()}, "snapshot")
            while not self._broadcaster.closed:
                digest = watcher.get(messages.HEARTBEAT_SECONDS)
                if not self._may_listen():
                    return
                yield HEARTBEAT if digest is None else message(digest.id, digest.body())


class OverviewStream(DigestStream):
    """The same for the whole system: each message has all of it, and comes when something changed."""

    def __init__(
        self, usher: Usher, broadcaster: Broadcaster, may_listen: Callable[[], bool], overview: SharedOverview
    ) -> None:
        super().__init__(usher, broadcaster, may_listen)
        self._overview = overview

    def _told(self) -> Iterator[str]:
        said, silent_since = "", time.monotonic()
        with self._broadcaster.watching(ALL_JOBS) as watcher:
            while not self._broadcaster.closed:
                text = self._overview.read()
                now = time.monotonic()
                if text != said:
                    said, silent_since = text, now
                    yield f"data: {text}\n\n"
                elif now - silent_since > messages.HEARTBEAT_SECONDS:
                    silent_since = now
                    yield HEARTBEAT
                self._wait(watcher)
                if not self._may_listen():
                    return

    def _wait(self, watcher: Watcher) -> None:
        """Until jobs change, or until it is time to look for what no event tells: workers, ages, findings."""
        watcher.get(LOOK_SECONDS)
        time.sleep(FRESH_SECONDS)  # what comes meanwhile is in the next message
        while watcher.get(0):
            pass
