"""Lists of reservations, newest first: of a customer, with a value in their metadata, of a show or product, of all."""

import contextlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import redis

from tasks_app.errors import UnknownJobError
from tasks_app.inventory import reservation_ids
from tasks_app.inventory.holds import Hold, HoldState
from tasks_app.inventory.reservations import TYPES, Reservation, Reservations
from tasks_app.inventory.takes import LedgerTakes, ListTakes, Take, Takes
from tasks_app.jobs import JobQueries
from tasks_app.state import connections, inventory_keys
from tasks_app.text import LOOKED_AT, page_of, place_of

KINDS = ("show", "product")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reservations: those to which all applies that is given. `metadata`: declared key -> value, as a text."""

    customer: str = ""
    target: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    state: HoldState | None = None
    since_ms: int = 0

    def fits(self, target: str, hold: Hold) -> bool:
        """Is it one of them?"""
        return (
            (self.target in (target, *hold.others) if self.target else hold.is_first)
            and self.customer in ("", hold.customer)
            and self.state in (None, hold.state)
            and hold.at_ms >= self.since_ms
            and all(_text(hold.metadata.get(name)) == value for name, value in self.metadata.items())
        )


@dataclass(frozen=True, slots=True)
class ReservationPage:
    """Some reservations, and the cursor for the next ones; "" = there are no more."""

    reservations: list[Reservation]
    cursor: str


class ReservationLists:
    """Lists the reservations of one server that took units and are not forgotten."""

    def __init__(self, client: redis.Redis, looked_at: int = LOOKED_AT) -> None:
        """`looked_at`: how many things a page looks at."""
        self._client, self._looked_at = client, looked_at
        self._jobs = JobQueries(client)
        self._reservations = Reservations(client)

    def page(self, wanted: Wanted, cursor: str, limit: int) -> ReservationPage:
        """
        At most `limit` of them, by the time at which they took their units, after the page with this cursor.

        A reservation never changes its place: while somebody pages, nothing comes twice, and nothing that was there at
        the first page is left out. A page looks at some thousands of reservations and changes at most (page_of), so it
        may be short, or empty, before the end. Raises StateUnavailableError; ValueError for a cursor of another list.
        """
        takes = self._takes(wanted, place_of(cursor))

        def chosen(some: Sequence[Take]) -> list[tuple[str, Hold] | None]:
            return [kept if kept and wanted.fits(*kept) else None for kept in self._read(some)]

        def more(count: int) -> list[tuple[Sequence[Any], Take]]:
            return [(one.place, one) for one in takes.more(count)]

        found, following = page_of(more, chosen, limit, self._looked_at)
        return ReservationPage(self._whole(found), following)

    def _takes(self, wanted: Wanted, place: Any) -> Takes:
        """The shortest source that has them all."""
        for name, value in wanted.metadata.items():
            key = inventory_keys.found(f"metadata.{name}", value)
            return ListTakes(self._client, key, place, wanted.since_ms)
        if wanted.customer:
            key = inventory_keys.found("customer", wanted.customer)
            return ListTakes(self._client, key, place, wanted.since_ms)
        targets = [wanted.target] if wanted.target else self._all_targets()
        return LedgerTakes(self._client, targets, place, wanted.since_ms)

    def _all_targets(self) -> list[str]:
        with connections.translated():
            reading = self._client.pipeline(transaction=False)
            for kind in KINDS:
                reading.smembers(inventory_keys.inventories(kind))
            names = cast(list[set[str]], reading.execute())
        return [f"{kind}:{name}" for kind, some in zip(KINDS, names, strict=True) for name in some]

    def _read(self, takes: Sequence[Take]) -> list[tuple[str, Hold] | None]:
        """The target and hold of each; None for what is no reservation, or is forgotten."""
        unknown = [take.id for take in takes if take.id and not take.target]
        targets = dict(zip(unknown, reservation_ids.targets_of(self._client, unknown), strict=True))
        places: defaultdict[str, list[int]] = defaultdict(list)
        for number, take in enumerate(takes):
            for target in [take.target] if take.target else targets.get(take.id, ()):
                places[target].append(number)
        with connections.translated():
            reading = self._client.pipeline(transaction=True)
            reading.time()
            for target, numbers in places.items():
                reading.hmget(inventory_keys.inventory(target, "holds"), [takes[number].id for number in numbers])
            (seconds, micros), *answers = reading.execute()
        now_ms = seconds * 1000 + micros // 1000
        found: list[tuple[str, Hold] | None] = [None] * len(takes)
        for (target, numbers), texts in zip(places.items(), answers, strict=True):
            for number, text in zip(numbers, texts, strict=True):
                if text and _is_same(hold := Hold.loads(takes[number].id, text), takes[number]):
                    found[number] = target, hold.as_of(now_ms)
        return found

    def _whole(self, found: Sequence[tuple[str, Hold]]) -> list[Reservation]:
        """The reservations of these holds. Those of several shows and products are few: each is read by itself."""
        jobs = {job.id: job for job in self._jobs.read_many([hold.id for _, hold in found]) if job.type in TYPES}

        def whole(target: str, hold: Hold) -> Reservation:
            if hold.others or not hold.is_first:
                with contextlib.suppress(UnknownJobError):  # the first hold is forgotten, and this is what is left
                    return self._reservations.find(hold.id)
            return Reservation(hold.id, target, jobs.get(hold.id), hold)

        return [whole(*one) for one in found]


def _is_same(hold: Hold, take: Take) -> bool:
    """Is it the hold that was taken then? Another one has its id if the first was forgotten and the key came again."""
    return take.at_ms is None or hold.at_ms <= take.at_ms


def _text(value: Any) -> str | None:
    """The text by which a value of metadata is found, as `findable` in lua/inventory/finding.lua."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
