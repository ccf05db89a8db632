"""Reads shows and products for the API. Only the scripts in tasks_app/lua write them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import redis

from tasks_app.errors import UnknownInventoryError
from tasks_app.inventory.holds import Hold
from tasks_app.jobs import Pause
from tasks_app.state import connections, inventory_keys, keys, order, placed, start_after
from tasks_app.text import decoded

_CHANGE_ID = re.compile(r"[0-9]+(-[0-9]+){0,2}")
Status = Literal["on_sale", "closed", "cancelled", "archived"]
STATUSES: dict[str, Status] = {status: status for status in get_args(Status)}  # as stored
_HOLDS = 500  # in one read
_ENTRIES = 100  # of a ledger in one read; each has up to 250 changes and about 16 KiB


@dataclass(frozen=True, slots=True)
class Pool:
    """The counters of one pool at the last sweep: a hold may count up to a second past its deadline."""

    capacity: int
    held: int
    sold: int

    @property
    def available(self) -> int:
        return self.capacity - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Inventory:
    """One show or product."""

    target: str  # `show:<id>` or `product:<id>`
    kind: str
    id: str
    name: str
    status: Status
    attributes: dict[str, Any]
    pools: dict[str, Pool]
    initial_capacities: dict[str, int]  # as created, before any restock
    hold_ms: int
    hold_max_ms: int
    max_per_customer: int | None
    version: int  # of the ledger: how many changes it has had
    edition: int  # how often it was edited
    pause: Pause | None  # jobs about it wait; None = they do not

    @property
    def paused(self) -> bool:
        """Do jobs about it wait?"""
        return self.pause is not None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change, as its script wrote it. `id` is its place in the stream (entry_ids.py) and the live event's id."""

    id: str
    version: int
    event: str
    about: str  # the reservation or operation
    data: dict[str, Any]


def changes(entry_id: str, fields: dict[str, str]) -> list[LedgerEntry]:
    """The changes in one entry of a ledger, in their order (inventory_keys.py, `inventory`)."""
    ids, version, data = fields["id"].split(" "), int(fields["v"]), decoded(fields["data"])
    if len(ids) == 1:
        return [LedgerEntry(entry_id, version, fields["event"], ids[0], data)]
    shared, own = data
    return [
        LedgerEntry(
            id=placed(entry_id, place, len(ids)),
            version=version + place,
            event=fields["event"],
            about=about,
            data=shared | {name: values[place] for name, values in own.items()},
        )
        for place, about in enumerate(ids)
    ]


def parse_pools(counters: dict[str, str]) -> dict[str, Pool]:
    """The pools in the HASH `pool`, sorted by name. Raises KeyError when a counter is missing."""
    names = sorted({field.rpartition(":")[0] for field in counters})
    return {name: Pool(*(int(counters[f"{name}:{part}"]) for part in ("cap", "held", "sold"))) for name in names}


class InventoryQueries:
    """Reads of shows and products on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, target: str) -> Inventory:
        """One show or product. Raises UnknownInventoryError, StateUnavailableError."""
        found = self._read_all([target])
        if not found:
            raise UnknownInventoryError(target=target)
        return found[0]

    def listing(self, kind: str) -> list[Inventory]:
        """All shows, or all products; ids that are numbers come first, in order. Raises StateUnavailableError."""
        with connections.translated():
            names = cast("set[str]", self._client.smembers(inventory_keys.inventories(kind)))
        return self._read_all([f"{kind}:{name}" for name in sorted(names, key=_natural)])

    def on_sale(self, limit: int) -> list[Inventory]:
        """
        At most `limit` shows and products on sale, by kind and id: of few all, of many those that have units held. The
        cost does not depend on how many there are. Raises StateUnavailableError.
        """
        with connections.translated():
            read = self._client.pipeline(transaction=False)
            for kind in ("show", "product"):
                read.scard(inventory_keys.inventories(kind))
            read.zrange(inventory_keys.agenda("expire"), 0, limit - 1)
            shows, products, held = read.execute()
        few = shows + products <= 2 * limit
        found = self.listing("show") + self.listing("product") if few else self._read_all(held)
        found = [one for one in found if one.status == "on_sale"]
        chosen = sorted(found, key=lambda one: one.target not in held)[:limit]
        return sorted(chosen, key=lambda one: (one.kind != "show", _natural(one.id)))

    def hold(self, target: str, hold_id: str) -> Hold | None:
        """
        A hold at the present moment of the server's clock: past its deadline it is expired, swept or not.

        None: there is no such hold, or it ended and is past its retention. Raises StateUnavailableError.
        """
        with connections.translated():
            read = self._client.pipeline(transaction=True)
            read.hget(inventory_keys.inventory(target, "holds"), hold_id)
            read.time()
            text, (seconds, microseconds) = read.execute()
        return Hold.loads(hold_id, text).as_of(seconds * 1000 + microseconds // 1000) if text else None

    def live_holds(self, target: str) -> Iterator[Hold]:
        """
        Every hold that is held or confirmed throughout; one that ends or begins meanwhile is among them or not. Costs a
        round trip for each 500 stored holds. Raises StateUnavailableError.
        """
        cursor, known = 0, set[str]()  # a scan may show one twice
        while True:
            with connections.translated():
                read = self._client.pipeline(transaction=False)
                read.hscan(inventory_keys.inventory(target, "holds"), cursor, count=_HOLDS)
                read.time()
                (cursor, stored), (seconds, microseconds) = read.execute()
            now_ms = seconds * 1000 + microseconds // 1000
            for hold_id, text in stored.items():
                hold = Hold.loads(hold_id, text).as_of(now_ms)
                if hold.state in ("held", "confirmed") and hold_id not in known:
                    known.add(hold_id)
                    yield hold
            if not cursor:
                return

    def ledger(self, target: str, after_id: str | None, limit: int) -> list[LedgerEntry]:
        """
        At most `limit` changes, oldest first: after the change with the id `after_id`, or from the first one.

        Raises UnknownInventoryError, StateUnavailableError; ValueError when `after_id` is not the id of a change.
        """
        if after_id is not None and not _CHANGE_ID.fullmatch(after_id):
            raise ValueError(f"not the id of a change in a ledger: {after_id}")
        start, found = start_after(after_id) if after_id else "-", list[LedgerEntry]()
        while len(found) < limit:
            count = min(limit - len(found) + 1, _ENTRIES)  # one more, as a part of the first entry may be known already
            with connections.translated():
                read = self._client.pipeline(transaction=True)
                read.exists(inventory_keys.inventory(target, "meta"))
                read.xrange(inventory_keys.inventory(target, "log"), min=start, count=count)
                known, entries = read.execute()
            if not known:
                raise UnknownInventoryError(target=target)
            for entry in entries:
                if len(found) >= limit:  # an entry has many changes; those beyond the limit need no parsing
                    break
                found += (change for change in changes(*entry) if not after_id or order(change.id) > order(after_id))
            if len(entries) < count:
                break
            start = f"({entries[-1][0]}"
        return found[:limit]

    def _read_all(self, targets: Iterable[str]) -> list[Inventory]:
        """The targets that exist, in the given order, all read at one moment."""
        wanted = list(targets)
        if not wanted:
            return []
        with connections.translated():
            read = self._client.pipeline(transaction=True)
            for target in wanted:
                read.hgetall(inventory_keys.inventory(target, "meta"))
                read.hgetall(inventory_keys.inventory(target, "pool"))
            read.hmget(keys.pauses(), wanted)
            read.hmget(keys.pause_notes(), wanted)
            *answers, pauses, notes = read.execute()
        rows = zip(wanted, answers[::2], answers[1::2], pauses, notes, strict=True)
        return [_parse(target, meta, counters, Pause.of(*pause)) for target, meta, counters, *pause in rows if meta]


def _parse(target: str, meta: dict[str, str], counters: dict[str, str], pause: Pause | None) -> Inventory:
    kind, _, name = target.partition(":")
    definition = decoded(meta["definition"])
    limit = meta.get("max_per_customer")
    return Inventory(
        target=target,
        kind=kind,
        id=name,
        name=meta.get("name", definition["name"]),
        status=STATUSES.get(meta["status"], "closed"),
        attributes=decoded(meta["attributes"]) if "attributes" in meta else definition["attributes"],
        pools=parse_pools(counters),
        initial_capacities=definition["pools"],
        hold_ms=int(meta["hold_ms"]),
        hold_max_ms=int(meta["hold_max_ms"]),
        max_per_customer=int(limit) if limit is not None else None,
        version=int(meta["v"]),
        edition=int(meta.get("edition", 0)),
        pause=pause,
    )


def _natural(name: str) -> tuple[bool, int, str]:
    number = name.isascii() and name.isdigit()
    return (not number, int(name) if number else 0, name)
