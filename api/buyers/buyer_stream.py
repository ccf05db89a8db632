"""A buyer's page as server-sent events: what is free, and what became of its own reservation, whenever it differs."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from api.buyers.levels import Levels
from api.events import Broadcaster, Watcher
from api.inventory import reservations
from api.stream import messages
from tasks_app.access import Holder, now_ms
from tasks_app.errors import StateUnavailableError, UsherError
from tasks_app.events import LedgerEvent
from tasks_app.inventory import Reservation
from tasks_app.usher import Usher

PACE_SECONDS = 0.4  # between two looks, however fast others buy
WAITS_SECONDS = 1.0  # between two looks at a reservation whose place in line changes without an event
WAITING = ("queued", "delayed", "active")


class BuyerStream:
    """
    For one page; `holder` says whose reservation it is, by its token, or is None; `lasts` whether that token still
    does, otherwise the stream ends. There is no past: whoever comes back is told how things are.

    Its constructor raises UnknownInventoryError, StateUnavailableError.
    """

    def __init__(
        self,
        its: Usher,
        broadcaster: Broadcaster,
        levels: Levels,
        target: str,
        holder: Holder | None,
        lasts: Callable[[], bool],
    ) -> None:
        self._usher, self._broadcaster, self._levels = its, broadcaster, levels
        self._target, self._holder, self._lasts = target, holder, lasts
        self._level: dict[str, Any] = {}
        self._own: dict[str, Any] = {}
        levels.read(target, time.monotonic() - messages.HEARTBEAT_SECONDS)

    def told(self) -> Iterator[str]:
        """The messages. An outage of the state only interrupts them."""
        self._broadcaster.streams += 1
        try:
            yield messages.RETRY
            while not self._broadcaster.closed:
                try:
                    with self._broadcaster.watching(self._target) as watcher:
                        yield from self._watched(watcher)
                    return
                except StateUnavailableError:
                    yield messages.UNAVAILABLE
                    time.sleep(messages.REST_SECONDS)
                except UsherError:  # it was deleted
                    yield messages.message("", {}, "gone")
                    return
        finally:
            self._broadcaster.streams -= 1

    def _watched(self, watcher: Watcher) -> Iterator[str]:
        since, is_own = time.monotonic(), True
        while not self._broadcaster.closed and self._lasts():
            yield from self._differing(since, is_own)
            event = watcher.get(self._patience_seconds())
            if event is None:
                # Pauses are no changes of the ledger, and a reservation moves up in its line without one.
                yield messages.HEARTBEAT
                since, is_own = time.monotonic() - PACE_SECONDS, True
                continue
            time.sleep(PACE_SECONDS)
            is_own = watcher.missed or self._is_own(event)
            while (event := watcher.get(0)) is not None:
                is_own = is_own or self._is_own(event)
            watcher.missed, since = False, time.monotonic()

    def _differing(self, since: float, is_own: bool) -> Iterator[str]:
        level = self._levels.read(self._target, since)
        if level != self._level:
            self._level = level
            yield _told("level", level)
        if self._holder and (is_own or self._own.get("state") in WAITING):
            own = self._reservation(self._holder)
            if own != self._own:
                self._own = own
                yield _told("reservation", own)

    def _reservation(self, holder: Holder) -> dict[str, Any]:
        try:
            return as_json(self._usher.reservations.find(holder.reservation))
        except StateUnavailableError:
            raise
        except UsherError:
            return {"id": holder.reservation, "state": "forgotten"}

    def _patience_seconds(self) -> float:
        """Until the next look without an event: soon while it waits, and when the deadline comes."""
        if self._own.get("state") in WAITING:
            return WAITS_SECONDS
        if self._own.get("state") == "held":
            left_seconds = (int(self._own["expires_ms"]) - now_ms()) / 1000
            return min(max(left_seconds + 0.1, WAITS_SECONDS), messages.HEARTBEAT_SECONDS)
        return messages.HEARTBEAT_SECONDS

    def _is_own(self, event: Any) -> bool:
        return (
            self._holder is not None
            and isinstance(event, LedgerEvent)
            and event.entry.about in ("", self._holder.reservation)
        )


def as_json(found: Reservation) -> dict[str, Any]:
    """A reservation as its buyer sees it; while it waits, with what for."""
    return reservations.as_json(found) | {"waiting_for": found.job.waiting_for if found.job else None}


def _told(name: str, body: dict[str, Any]) -> str:
    """With the moment: deadlines are counted down by this clock, not by that of the browser."""
    return messages.message("", {**body, "now_ms": now_ms()}, name)
