"""Folds the entries of a ledger, in order, into the state that they must have left."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tasks_app.inventory.holds import Hold, HoldState, Line
from tasks_app.inventory.queries import LedgerEntry, Pool

_NONE = Pool(0, 0, 0)  # the start of a pool that the ledger never mentioned: the comparison then names it


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger says about a hold; its times are those of the entries."""

    state: HoldState
    customer: str | None
    lines: tuple[Line, ...]
    expires_ms: int | None


class Fold:
    """The state after the last entry; `faults` are the entries that cannot follow the ones before."""

    def __init__(self, entries: Iterable[LedgerEntry]) -> None:
        self.pools: dict[str, Pool] = {}
        self.holds: dict[str, Told] = {}
        self.status = ""
        self.limits: list[int | None] = []  # per customer, that edits set; None = no limit
        self.longest_ms: list[int] = []  # lives of a hold that edits set
        self.operations: set[str] = set()
        self.retaken: set[str] = set()  # confirmed after they had expired, in one step
        self.faults: list[str] = []
        for entry in entries:
            self._apply(entry)

    @staticmethod
    def comparable(hold: Hold) -> Told:
        """The part of a stored hold that the ledger also has."""
        return Told(hold.state, hold.customer, hold.lines, hold.expires_ms)

    def _apply(self, entry: LedgerEntry) -> None:
        data = entry.data
        match entry.event:
            case "created":
                self.pools = {name: Pool(pool["capacity"], 0, 0) for name, pool in sorted(data["pools"].items())}
                self.status = "on_sale"
            case "cancelled":
                self.status = "cancelled"
            case "opened" | "closed" | "archived":
                self.status = "on_sale" if entry.event == "opened" else entry.event
                self.operations.add(entry.about)
            case "edited":
                self._edit(data["changes"])
                self.operations.add(entry.about)
            case "restocked" | "capacity_changed":
                pool = self.pools.get(data["pool"], _NONE)
                self.pools[data["pool"]] = replace(pool, capacity=data["capacity"])
                self.operations.add(entry.about)
            case "held" | "sold":
                self._take(entry)
            case "extended":
                self._change(entry, "held", was="held", expires_ms=data["expires_ms"])
                self.operations.add(data["job"])
            case "reduced":
                self._reduce(entry)
                self.operations.add(data["job"])
            case "confirmed":
                self._change(entry, "confirmed", was=data["was"])
                if data["was"] == "expired":
                    self.retaken.add(entry.about)
            case "released" | "expired":
                self._change(entry, "released" if entry.event == "released" else "expired", was=data["was"])
            case unknown:
                self.faults.append(f"I9 entry {entry.version}: unknown event {unknown}")

    def _edit(self, changes: dict[str, Any]) -> None:
        for name, pool in changes.get("pools", {}).items():
            self.pools[name] = Pool(pool["capacity"], 0, 0)
        if "max_per_customer" in changes:
            self.limits.append(changes["max_per_customer"])
        if "hold_max_seconds" in changes:
            self.longest_ms.append(math.floor(changes["hold_max_seconds"] * 1000 + 0.5))

    def _take(self, entry: LedgerEntry) -> None:
        if entry.about in self.holds:
            self.faults.append(f"I9 entry {entry.version}: {entry.about} was taken before")
        lines = _lines(entry)
        state: HoldState = "held" if entry.event == "held" else "confirmed"
        self.holds[entry.about] = Told(state, entry.data["customer"], lines, entry.data.get("expires_ms"))
        self._count(lines, state, 1)

    def _change(self, entry: LedgerEntry, state: HoldState, was: str, expires_ms: int | None = None) -> None:
        told = self.holds.get(entry.about)
        if told is None or told.state != was:
            self.faults.append(f"I9 entry {entry.version}: {entry.event} from {was}, but it was {told}")
            return
        if "lines" in entry.data and _lines(entry) != told.lines:
            self.faults.append(f"I9 entry {entry.version}: {_lines(entry)}, but it had {told.lines}")
        self._count(told.lines, told.state, -1)
        self._count(told.lines, state, 1)
        self.holds[entry.about] = replace(told, state=state, expires_ms=expires_ms or told.expires_ms)

    def _reduce(self, entry: LedgerEntry) -> None:
        told, given = self.holds.get(entry.about), dict(_lines(entry))
        has = dict(told.lines) if told else {}
        if told is None or told.state != entry.data["was"] or any(given[pool] > has.get(pool, 0) for pool in given):
            self.faults.append(f"I9 entry {entry.version}: {given} given back, but it was {told}")
            return
        self._count(_lines(entry), told.state, -1)
        rest = (Line(pool, quantity - given.get(pool, 0)) for pool, quantity in told.lines)
        self.holds[entry.about] = replace(told, lines=tuple(line for line in rest if line.quantity))

    def _count(self, lines: tuple[Line, ...], state: HoldState, sign: int) -> None:
        for name, quantity in lines:
            pool = self.pools.get(name, _NONE)
            if state == "held":
                self.pools[name] = replace(pool, held=pool.held + sign * quantity)
            elif state == "confirmed":
                self.pools[name] = replace(pool, sold=pool.sold + sign * quantity)


def _lines(entry: LedgerEntry) -> tuple[Line, ...]:
    return tuple(Line(line["pool"], line["quantity"]) for line in entry.data["lines"] if line["quantity"])
