"""Checks whether a show's or product's numbers are true: reads all parts in one step, recounts and compares them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import redis

from tasks_app.errors import UnknownInventoryError
from tasks_app.inventory.holds import Hold, HoldState
from tasks_app.inventory.ledger_fold import Fold
from tasks_app.inventory.list_audit import unlisted
from tasks_app.inventory.queries import LedgerEntry, Pool, changes
from tasks_app.state import connections, inventory_keys
from tasks_app.text import decoded


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that is stored about one show or product, at one moment."""

    meta: dict[str, str]
    counters: dict[str, str]
    holds: dict[str, Hold]
    deadlines: dict[str, int]  # hold id -> unix ms
    customers: dict[str, int]  # customer -> units; counted only where there is a limit
    operations: dict[str, str]
    ledger: list[LedgerEntry]

    @property
    def pools(self) -> dict[str, Pool]:
        """The counters; unlike the scripts, the audit must accept wrong numbers: a missing counter is -1."""
        names = sorted({field.rpartition(":")[0] for field in self.counters})
        parts = ("cap", "held", "sold")
        return {name: Pool(*(int(self.counters.get(f"{name}:{part}", -1)) for part in parts)) for name in names}


@dataclass(frozen=True, slots=True)
class Audit:
    """What the audit found. `ok` is true when there are no differences."""

    target: str
    differences: list[str]
    version: int
    pools: dict[str, Pool]
    holds: dict[HoldState, int]  # how many holds are stored, by state
    customers: int
    entries: int  # in the ledger

    @property
    def ok(self) -> bool:
        return not self.differences


class Auditor:
    """Audits shows and products on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def audit(self, target: str) -> Audit:
        """
        Count everything again and compare.

        Reads the whole show or product with its ledger. With 100 000 changes, the server is busy for about 50 ms and
        this process for about 1.5 s. Raises UnknownInventoryError, StateUnavailableError.
        """
        parts = self._read(target)
        states = Counter(hold.state for hold in parts.holds.values())
        return Audit(
            target=target,
            differences=[*differences(parts), *self._unlisted(target, parts)],
            version=int(parts.meta["v"]),
            pools=parts.pools,
            holds={state: states[state] for state in ("held", "confirmed", "released", "expired")},
            customers=len(owned(parts)),
            entries=len(parts.ledger),
        )

    def _unlisted(self, target: str, parts: Parts) -> Iterator[str]:
        """As list_audit.unlisted, unless a release that knew no lists took some of the holds (lua/inventory/enlist)."""
        if parts.meta.get("listed") == parts.meta["v"] and "enlisting" not in parts.meta:
            yield from unlisted(self._client, target, parts.holds.values())

    def _read(self, target: str) -> Parts:
        """Read all parts in one MULTI, so that no change comes between them."""
        with connections.translated():
            reading = self._client.pipeline(transaction=True)
            for part in ("meta", "pool", "holds", "cust", "ops"):
                reading.hgetall(inventory_keys.inventory(target, part))
            reading.zrange(inventory_keys.inventory(target, "exp"), 0, -1, withscores=True)
            reading.xrange(inventory_keys.inventory(target, "log"))
            meta, counters, holds, customers, operations, deadlines, entries = reading.execute()
        if not meta:
            raise UnknownInventoryError(target=target)
        return Parts(
            meta=meta,
            counters=counters,
            holds={hold_id: Hold.loads(hold_id, text) for hold_id, text in holds.items()},
            deadlines={hold_id: int(score) for together, score in deadlines for hold_id in together.split(" ")},
            customers={customer: int(units) for customer, units in customers.items()},
            operations=operations,
            ledger=[change for entry in entries for change in changes(*entry)],
        )


def owned(parts: Parts) -> Counter[str]:
    """Customer -> units held and sold, by the holds."""
    having: Counter[str] = Counter()
    for hold in parts.holds.values():
        if hold.customer and hold.state in ("held", "confirmed"):
            having[hold.customer] += hold.units
    return having


def differences(parts: Parts) -> Iterator[str]:
    """A sentence for each contradiction, with the name of the invariant: I1, I2, I6, I7, I9, I10."""
    fold = Fold(parts.ledger)
    yield from _pool_differences(parts)
    yield from _hold_differences(parts, fold)
    yield from _customer_differences(parts, fold)
    yield from _ledger_differences(parts, fold)


def _pool_differences(parts: Parts) -> Iterator[str]:
    held, sold = _units(parts, "held"), _units(parts, "confirmed")
    for name, pool in parts.pools.items():
        if min(pool.capacity, pool.held, pool.sold) < 0 or pool.held + pool.sold > pool.capacity:
            yield f"I1 pool {name}: capacity {pool.capacity}, held {pool.held}, sold {pool.sold}"
        if pool.held != held[name]:
            yield f"I2 pool {name}: held {pool.held}, but its holds have {held[name]}"
        if pool.sold != sold[name]:
            yield f"I2 pool {name}: sold {pool.sold}, but its sales have {sold[name]}"
    for name in sorted((held.keys() | sold.keys()) - parts.pools.keys()):
        yield f"I2 pool {name}: there is none, but {held[name]} held and {sold[name]} sold"


def _hold_differences(parts: Parts, fold: Fold) -> Iterator[str]:
    longest_ms = max([int(parts.meta["hold_max_ms"]), *_before(parts, "hold_max_ms", fold.longest_ms)])
    for hold_id, hold in parts.holds.items():
        deadline = parts.deadlines.get(hold_id)
        expected = hold.expires_ms if hold.state == "held" else None
        if deadline != expected:
            yield f"I6 hold {hold_id}: {hold.state}, due {hold.expires_ms}, in the expiry index {deadline}"
        if hold.expires_ms is not None and hold.expires_ms > hold.at_ms + longest_ms:
            yield f"I6 hold {hold_id}: lives {hold.expires_ms - hold.at_ms} ms, longest is {longest_ms}"
    for hold_id in sorted(parts.deadlines.keys() - parts.holds.keys()):
        yield f"I6 hold {hold_id}: in the expiry index, but there is none"


def _customer_differences(parts: Parts, fold: Fold) -> Iterator[str]:
    having = owned(parts)
    expected = having if "max_per_customer" in parts.meta else Counter[str]()
    # What a customer has already stays when the limit becomes lower, so it counts against the highest there ever was.
    present = parts.meta.get("max_per_customer")
    limits = [int(present) if present is not None else None, *_before(parts, "max_per_customer", fold.limits)]
    highest = None if None in limits else max(limit for limit in limits if limit is not None)
    for customer in sorted(expected.keys() | parts.customers.keys()):
        counted = parts.customers.get(customer)
        if counted != (expected[customer] or None):
            yield f"I7 customer {customer}: counted {counted}, but the holds have {having[customer]}"
        if highest is not None and having[customer] > highest:
            yield f"I7 customer {customer}: {having[customer]} units, limit {highest}"


def _ledger_differences(parts: Parts, fold: Fold) -> Iterator[str]:
    versions = [entry.version for entry in parts.ledger]
    if versions != list(range(1, int(parts.meta["v"]) + 1)):
        yield f"I10 ledger: {len(versions)} entries do not count from 1 to {parts.meta['v']}"
    yield from fold.faults
    if fold.status != parts.meta["status"]:
        yield f"I9 status {parts.meta['status']}, but the ledger says {fold.status}"
    if fold.pools != parts.pools:
        yield f"I9 pools {parts.pools}, but the ledger gives {fold.pools}"
    for hold_id in sorted(fold.holds.keys() | parts.holds.keys()):
        told, kept = fold.holds.get(hold_id), parts.holds.get(hold_id)
        if kept is None and told is not None and told.state in ("released", "expired"):
            continue  # past its retention
        if told is None or kept is None:
            yield f"I9 hold {hold_id}: kept {kept}, but the ledger says {told}"
        elif told != fold.comparable(kept):
            yield f"I9 hold {hold_id}: kept {fold.comparable(kept)}, but the ledger says {told}"
        elif kept.state == "confirmed" and _late(kept) and hold_id not in fold.retaken:
            yield f"I6 hold {hold_id}: confirmed at {kept.finished_ms}, after its deadline {kept.expires_ms}"
    for operation_id in sorted(parts.operations.keys() - fold.operations):
        yield f"I9 operation {operation_id}: remembered, but not in the ledger"


def _before(parts: Parts, name: str, edited: Sequence[Any]) -> list[Any]:
    """What this was when it was created, and what the last edits made of it; nothing if it was never edited."""
    return [decoded(parts.meta["definition"])[name], *edited] if edited else []


def _late(hold: Hold) -> bool:
    return hold.expires_ms is not None and (hold.finished_ms or 0) >= hold.expires_ms


def _units(parts: Parts, state: HoldState) -> Counter[str]:
    units: Counter[str] = Counter()
    for hold in parts.holds.values():
        if hold.state == state:
            for line in hold.lines:
                units[line.pool] += line.quantity
    return units
