"""Takes: which reservations took units, newest first, read from a list or backwards from ledgers."""

import heapq
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, cast

import redis

from tasks_app.state import connections, inventory_keys

TAKEN = ("held", "sold")  # events by which a reservation takes units; each has one of them
ENTRIES_AT_ONCE = 100  # of one ledger; each has about 16 KiB at most

Entry = tuple[str, dict[str, str]]


class Take(NamedTuple):
    """
    One reservation, or an entry of a ledger that is about none: its id is "". `place`: the cursor after it. `target` is
    "" where only the id tells it. `at_ms`: when its entry was written, unix ms, None = unknown.
    """

    place: Sequence[Any]
    id: str
    target: str = ""
    at_ms: int | None = None


class Takes(Protocol):
    """A source of them."""

    def more(self, count: int) -> list[Take]:
        """About `count` of the next; none at the end. Raises StateUnavailableError."""


class ListTakes:
    """
    Those of a list (inventory_keys.found) from `since_ms` on, after the `place` of an earlier one.

    Raises ValueError for the place of another source.
    """

    def __init__(self, client: redis.Redis, key: str, place: Any, since_ms: int) -> None:
        self._client, self._key, self._since_ms = client, key, since_ms
        match place:
            case None:
                self._last: tuple[int, str] | None = None
            case ["list", int(at_ms), str(last)] if 0 <= at_ms < 2**53:
                self._last = at_ms, last
            case _:
                raise ValueError("place")

    def more(self, count: int) -> list[Take]:
        """As Takes. Those of the same moment are in the order of their ids, from the end."""
        at_ms, last = self._last or (2**53, "")
        with connections.translated():
            reading = self._client.pipeline(transaction=True)
            reading.zrange(self._key, at_ms, at_ms, desc=True, byscore=True)
            reading.zrange(
                self._key, f"({at_ms}", self._since_ms, desc=True, byscore=True, withscores=True, offset=0, num=count
            )
            of_moment, earlier = reading.execute()
        rows = [(made_id, at_ms) for made_id in of_moment if made_id < last]
        found = [*rows, *((made_id, int(score)) for made_id, score in earlier)][:count]
        if found:
            self._last = found[-1][1], found[-1][0]
        return [Take(("list", at_ms, made_id), made_id) for made_id, at_ms in found]


class LedgerTakes:
    """
    Those in the ledgers of these shows and products, merged. The order is that of the entries' ids, then of the
    targets, then of the places in an entry: no later change moves any of it. Arguments as those of ListTakes.
    """

    def __init__(self, client: redis.Redis, targets: Sequence[str], place: Any, since_ms: int) -> None:
        self._client, self._since_ms = client, since_ms
        self._ranks = {target: rank for rank, target in enumerate(sorted(targets))}
        self._waiting: dict[str, deque[Entry]] = {}
        self._heads: list[tuple[int, int, int, str]] = []  # -ms, -number, -rank, target: the first is the newest
        self._begun = False
        match place:
            case None:
                self._last: tuple[int, int, str, int] | None = None
            case ["log", int(ms), int(number), str(target), int(at)] if min(ms, number, at) >= 0 and ms < 2**53:
                self._last = ms, number, target, at
            case _:
                raise ValueError("place")

    def more(self, count: int) -> list[Take]:
        """As Takes."""
        if not self._begun:
            self._begun = True
            at_once = ENTRIES_AT_ONCE if len(self._ranks) == 1 else 1
            self._read({target: self._start(target) for target in self._ranks}, at_once)
        found: list[Take] = []
        while self._heads and len(found) < count:
            target = heapq.heappop(self._heads)[3]
            waiting = self._waiting[target]
            entry_id, fields = waiting.popleft()
            found += self._of_entry(target, entry_id, fields)
            if waiting:
                self._note_head(target)
            else:
                self._read({target: f"({entry_id}"}, ENTRIES_AT_ONCE)
        return found

    def _start(self, target: str) -> str:
        """From where a ledger is read backwards, for XREVRANGE."""
        if self._last is None:
            return "+"
        ms, number, last_target, at = self._last
        is_included = target < last_target or (target == last_target and at > 0)
        return f"{'' if is_included else '('}{ms}-{number}"

    def _read(self, starts: dict[str, str], count: int) -> None:
        with connections.translated():
            reading = self._client.pipeline(transaction=False)
            for target, start in starts.items():
                key = inventory_keys.inventory(target, "log")
                reading.xrevrange(key, max=start, min=self._since_ms, count=count)
            answers = cast(list[list[Entry]], reading.execute())
        for target, entries in zip(starts, answers, strict=True):
            if entries:
                self._waiting[target] = deque(entries)
                self._note_head(target)

    def _note_head(self, target: str) -> None:
        ms, _, number = self._waiting[target][0][0].partition("-")
        heapq.heappush(self._heads, (-int(ms), -int(number), -self._ranks[target], target))

    def _of_entry(self, target: str, entry_id: str, fields: dict[str, str]) -> list[Take]:
        ms, number = map(int, entry_id.split("-"))
        if fields["event"] not in TAKEN:
            return [Take(("log", ms, number, target, 0), "")]
        ids = fields["id"].split(" ")
        if self._last and self._last[:3] == (ms, number, target):
            ids = ids[: self._last[3]]
        return [Take(("log", ms, number, target, at), ids[at], target, ms) for at in reversed(range(len(ids)))]
