"""One topic as server-sent events: the past first, then live events, each once and in order."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from api.events import Broadcaster, Told, Watcher
from api.inventory import products, shows
from api.jobs import batches, jobs
from api.stream import messages
from api.stream.messages import HEARTBEAT, REST_SECONDS, RETRY, UNAVAILABLE, message
from tasks_app.errors import StateUnavailableError, UsherError
from tasks_app.events import LAST, Event, stream_of
from tasks_app.jobs import FINAL
from tasks_app.state import order
from tasks_app.usher import Usher


class EventStream:
    """
    The events for one listener, for as long as `may_listen` says so. They are read after the request is over, so
    nothing here uses the request. Its constructor raises UnknownJobError, UnknownBatchError, UnknownInventoryError or
    StateUnavailableError.
    """

    def __init__(
        self, usher: Usher, broadcaster: Broadcaster, topic: str, after: str | None, may_listen: Callable[[], bool]
    ) -> None:
        self._usher = usher
        self._broadcaster = broadcaster
        self._topic = topic
        self._stream = stream_of(topic)
        self._kind, _, self._name = topic.partition(":")
        self._resumes = after is not None
        self._may_listen = may_listen
        beginning = self._beginning()
        self._last = after or beginning  # id of the last event told; "" = from now on

    def _beginning(self) -> str:
        """The id just before a job or batch was made; "" for a type, show or product, which has no beginning."""
        if self._kind == "job":
            return f"{self._usher.jobs.read(self._name).created_ms - 1}"
        if self._kind == "batch":
            return f"{self._usher.batches.read(self._name).created_ms - 1}"
        if self._kind != "type":
            self._usher.inventories.read(self._topic)
        return ""

    def was_told(self) -> bool:
        """Whether a listener that resumes has heard all events of a topic that is over."""
        if not self._resumes or not self._is_over():
            return False
        return not self._usher.events.trimmed(self._stream, self._last) and not any(
            self._usher.events.past(self._topic, self._last)
        )

    def told(self) -> Iterator[str]:
        """The events, until the topic is over. An outage of the state only interrupts them."""
        self._broadcaster.streams += 1
        try:
            yield RETRY
            yield from self._told()
        finally:
            self._broadcaster.streams -= 1

    def _told(self) -> Iterator[str]:
        while not self._broadcaster.closed:
            try:
                with self._broadcaster.watching(self._topic) as watcher:
                    for told in self._followed(watcher):
                        if not self._is_admitted():  # its key was revoked meanwhile
                            return
                        yield told
                return
            except StateUnavailableError:  # if this ended here, a browser would repeat, get a 503 and give up
                yield UNAVAILABLE
                time.sleep(REST_SECONDS)
            except UsherError:  # it was forgotten in the meantime
                return

    def _is_admitted(self) -> bool:
        """Looked at with each event and each heartbeat. While the state is away, no event comes either."""
        try:
            return self._may_listen()
        except StateUnavailableError:
            return True

    def _followed(self, watcher: Watcher) -> Iterator[str]:
        while not self._broadcaster.closed:
            watcher.missed = False
            if not self._last or self._usher.events.trimmed(self._stream, self._last):
                yield self._present()
            over = self._is_over()  # checked before the past is read, so that the past has the last event
            ended = False
            for event in self._usher.events.past(self._topic, self._last):
                yield self._next(event)
                ended = ended or self._may_end_with(event)
            if over:
                return
            if not ended:
                yield from self._live(watcher)

    def _live(self, watcher: Watcher) -> Iterator[str]:
        """Live events, until the past has to be read again: the watcher fell behind, or this may have been the end."""
        while not (self._broadcaster.closed or watcher.missed):
            event = watcher.get(messages.HEARTBEAT_SECONDS)
            if event is None:
                yield HEARTBEAT
            elif order(event.id) > order(self._last):
                yield self._next(event)
                if self._may_end_with(event):
                    return

    def _may_end_with(self, event: Told) -> bool:
        return self._kind in ("job", "batch") and isinstance(event, Event) and event.event in LAST

    def _is_over(self) -> bool:
        """Whether no more events will come, unless somebody replays a failed job."""
        if self._kind == "job":
            return self._usher.jobs.read(self._name).state in FINAL
        return self._kind == "batch" and self._usher.batches.read(self._name).finished

    def _next(self, event: Told) -> str:
        self._last, self._resumes = event.id, True
        return message(event.id, event.body())

    def _present(self) -> str:
        """The topic as it is now, for a listener that begins or has missed trimmed events."""
        # The id is read before the snapshot: an event that comes in between is sent twice, not lost.
        self._last, name = self._usher.events.last_id(self._stream), "reset" if self._resumes else "snapshot"
        self._resumes = True
        return message(self._last, self._snapshot(), name)

    def _snapshot(self) -> dict[str, Any]:
        if self._kind == "job":
            return jobs.as_json(self._usher.jobs.read(self._name))
        if self._kind == "batch":
            return batches.as_json(self._usher, self._usher.batches.read(self._name))
        if self._kind == "type":
            return {"type": self._name, "counts": self._usher.jobs.counts([self._name])[self._name]}
        found = self._usher.inventories.read(self._topic)
        return shows.as_json(found) if self._kind == "show" else products.as_json(found)
