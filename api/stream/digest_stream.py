"""All jobs, or the whole system, as server-sent events: how it is first, then what changes, at most two a second."""

import time
from collections.abc import Callable, Iterator

from api.events import ALL_JOBS, Broadcaster, Digest
from api.stream import messages
from api.stream.messages import HEARTBEAT, REST_SECONDS, RETRY, UNAVAILABLE, message, written
from api.stream.overview import SharedOverview
from tasks_app.errors import StateUnavailableError
from tasks_app.events import stream_of
from tasks_app.usher import Usher


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
                yield written(digest.id, digest.text) if isinstance(digest, Digest) else HEARTBEAT


class OverviewStream(DigestStream):
    """The same for the whole system: each message has all of it, and comes when something changed."""

    def __init__(
        self, usher: Usher, broadcaster: Broadcaster, may_listen: Callable[[], bool], overview: SharedOverview
    ) -> None:
        super().__init__(usher, broadcaster, may_listen)
        self._overview = overview

    def _told(self) -> Iterator[str]:
        said = ""
        with self._overview.listening() as changed:
            while not self._broadcaster.closed:
                changed.clear()
                told = self._overview.read()
                yield HEARTBEAT if told == said else told
                said = told
                changed.wait(messages.HEARTBEAT_SECONDS)
                if not self._may_listen():
                    return
