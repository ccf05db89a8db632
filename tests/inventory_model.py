"""The inventory in plain Python: the answer to each operation and its effect. Slow, and always swept."""

import copy
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from tasks_app.inventory.holds import Line
from tests.inventory_things import Thing, refused, summed
from worker.inventory.requests import (
    Confirmation,
    Decision,
    Definition,
    Extension,
    Reduction,
    Release,
    ReservationRequest,
)


@dataclass
class Model:
    """Holds are swept by `now_is` before anything else happens, so nothing here needs to consider deadlines."""

    definition: Definition
    now: int
    status: str = "on_sale"
    capacities: dict[str, int] = field(default_factory=dict)
    holds: dict[str, Thing] = field(default_factory=dict)
    answers: dict[str, Decision] = field(default_factory=dict)  # of operations that changed something
    changes: int = 1
    edition: int = 0

    def __post_init__(self) -> None:
        self.capacities = dict(self.definition.pools)

    def now_is(self, now: int) -> None:
        self.now = now
        for hold in self.holds.values():
            if hold.state == "held" and hold.expires is not None and hold.expires <= now:
                hold.state, hold.finished = "expired", hold.expires
                self.changes += 1

    def units(self, *states: str) -> Counter[str]:
        """Units of holds in these states, by pool."""
        taken: Counter[str] = Counter()
        for hold in self.holds.values():
            if hold.state in states:
                taken.update({line.pool: line.quantity for line in hold.lines})
        return taken

    def customers(self) -> dict[str, int]:
        owned: Counter[str] = Counter()
        for hold in self.holds.values():
            if hold.customer and hold.state in ("held", "confirmed"):
                owned[hold.customer] += hold.units
        return dict(owned)

    def reserve(self, wish: ReservationRequest) -> Decision:
        known = self.holds.get(wish.id)
        if known:
            if (known.customer, known.asked or known.lines) != (wish.customer, summed(wish.lines)):
                return refused(wish.id, "idempotency_key_reused")
            return self._told("sold" if known.expires is None else "held", wish.id, wish.id)
        if self.status != "on_sale":
            return refused(wish.id, "not_on_sale")
        if wish.hold_ms and wish.hold_ms > self.definition.hold_max_ms:
            numbers = {
                "hold_seconds": wish.hold_ms / 1000,
                "hold_max_seconds": self.definition.hold_max_ms / 1000,
            }
            return refused(wish.id, "hold_too_long", numbers)
        lines = summed(wish.lines)
        refusal = self._refusal(wish.customer, dict(lines))
        if refusal:
            return refused(wish.id, *refusal)
        if wish.sell:
            hold = Thing("confirmed", self.now, None, wish.customer, lines, self.now)
        else:
            expires = self.now + (wish.hold_ms or self.definition.hold_ms)
            hold = Thing("held", self.now, expires, wish.customer, lines)
        self.holds[wish.id] = hold
        self.changes += 1
        return self._told("sold" if wish.sell else "held", wish.id, wish.id)

    def confirm(self, wish: Confirmation) -> Decision:
        own, name = wish.operation_id, wish.hold_id
        hold = self.holds.get(name)
        if hold is None:
            return refused(own, "hold_not_found")
        if hold.state == "released":
            return refused(own, "already_released")
        if hold.state == "expired":
            expired = {"expires_ms": hold.expires}
            if not wish.reacquire:
                return refused(own, "hold_expired", expired)
            if self.status != "on_sale":
                return refused(own, "hold_expired", {**expired, "reason": "not_on_sale"})
            refusal = self._refusal(hold.customer, dict(hold.lines))
            if refusal:
                return refused(own, "hold_expired", {**expired, "reason": refusal[0], **refusal[1]})
        if hold.state != "confirmed":
            hold.state, hold.finished = "confirmed", self.now
            self.changes += 1
        return self._told("confirmed", own, name)

    def extend(self, wish: Extension) -> Decision:
        own, name = wish.operation_id, wish.hold_id
        if own in self.answers:
            return self.answers[own]
        hold = self.holds.get(name)
        if hold is None:
            return refused(own, "hold_not_found")
        if hold.state == "expired":
            return refused(own, "hold_expired", {"expires_ms": hold.expires})
        if hold.state != "held" or hold.expires is None:
            return refused(own, f"already_{hold.state}")
        expires = min(self.now + wish.extend_ms, hold.at + self.definition.hold_max_ms)
        later = expires > hold.expires
        hold.expires = max(hold.expires, expires)
        outcome = self._told("extended", own, name)
        return self._remembered(outcome) if later else outcome

    def reduce(self, wish: Reduction) -> Decision:
        own, name = wish.operation_id, wish.hold_id
        if own in self.answers:
            return self.answers[own]
        hold = self.holds.get(name)
        if hold is None:
            return refused(own, "hold_not_found")
        if hold.state not in ("held", "confirmed"):
            return self._told(hold.state, own, name)
        has, asked = dict(hold.lines), dict(summed(wish.lines))
        lacking = {
            pool: {"asked": units, "present": has.get(pool, 0)}
            for pool, units in asked.items()
            if units > has.get(pool, 0)
        }
        if lacking:
            return refused(own, "not_that_many", {"pools": lacking})
        if asked == has:
            return self.release(Release(own, name))
        hold.asked = hold.asked or list(hold.lines)
        hold.lines = [
            Line(pool, units - asked.get(pool, 0)) for pool, units in has.items() if units > asked.get(pool, 0)
        ]
        return self._remembered(self._told("reduced", own, name))

    def release(self, wish: Release) -> Decision:
        own, name = wish.operation_id, wish.hold_id
        hold = self.holds.get(name)
        if hold is None:
            return refused(own, "hold_not_found")
        if hold.state in ("held", "confirmed"):
            hold.state, hold.finished = "released", self.now
            self.changes += 1
        return self._told(hold.state, own, name)

    def restock(self, own: str, pool: str, quantity: int) -> Decision:
        if own in self.answers:
            return self.answers[own]
        if pool not in self.capacities:
            return refused(own, "unknown_pool", {"pools": [pool]})
        self.capacities[pool] += quantity
        data = {"pool": pool, "quantity": quantity, "capacity": self.capacities[pool], "at_ms": self.now}
        return self._remembered(Decision(own, "restocked", None, data))

    def set_capacity(self, own: str, pool: str, capacity: int) -> Decision:
        if own in self.answers:
            return self.answers[own]
        if pool not in self.capacities:
            return refused(own, "unknown_pool", {"pools": [pool]})
        held, sold = self.units("held")[pool], self.units("confirmed")[pool]
        if capacity < held + sold:
            return refused(own, "below_committed", {"capacity": capacity, "held": held, "sold": sold})
        differs = self.capacities[pool] != capacity
        self.capacities[pool] = capacity
        outcome = Decision(own, "capacity_changed", None, {"pool": pool, "capacity": capacity, "at_ms": self.now})
        return self._remembered(outcome) if differs else outcome

    def set_status(self, own: str, status: str) -> Decision:
        if own in self.answers:
            return self.answers[own]
        outcome = Decision(own, "opened" if status == "on_sale" else status, None, {"at_ms": self.now})
        differs, held = self.status != status, self.units("held").total()
        if differs and status == "archived" and held:
            return refused(own, "still_held", {"held": held})
        self.status = status
        return self._remembered(outcome) if differs else outcome

    def edit(self, own: str, changes: dict[str, Any], edition: int | None) -> Decision:
        if own in self.answers:
            return self.answers[own]
        if edition not in (None, self.edition):
            return refused(own, "edited_meanwhile", {"edition": self.edition})
        new, known, what = changes.get("pools", {}), self.capacities, self.definition
        if taken := sorted(new.keys() & known.keys()):
            return refused(own, "pool_exists", {"pools": taken})
        if unknown := sorted(changes.get("prices", {}).keys() - known.keys() - new.keys()):
            return refused(own, "unknown_pool", {"pools": unknown})
        seconds = [
            changes.get(f"{name}_seconds", at / 1000)
            for name, at in (("hold", what.hold_ms), ("hold_max", what.hold_max_ms))
        ]
        if seconds[0] > seconds[1]:
            return refused(own, "hold_too_long", {"hold_seconds": seconds[0], "hold_max_seconds": seconds[1]})
        hold_ms, hold_max_ms = (round(one * 1000) for one in seconds)
        limit = changes.get("max_per_customer", what.max_per_customer)
        self.definition = replace(what, hold_ms=hold_ms, hold_max_ms=hold_max_ms, max_per_customer=limit)
        self.capacities |= {name: pool["capacity"] for name, pool in new.items()}
        self.edition += 1
        return self._remembered(Decision(own, "edited", None, {"edition": self.edition, "at_ms": self.now}))

    def _refusal(self, customer: str | None, sums: dict[str, int]) -> tuple[str, dict[str, Any]] | None:
        unknown = [pool for pool in sums if pool not in self.capacities]
        if unknown:
            return "unknown_pool", {"pools": unknown}
        limit = self.definition.max_per_customer
        if limit is not None:
            if customer is None:
                return "customer_required", {"max_per_customer": limit}
            present, asked = self.customers().get(customer, 0), sum(sums.values())
            if present + asked > limit:
                return "limit_exceeded", {"max_per_customer": limit, "present": present, "asked": asked}
        taken = self.units("held", "confirmed")
        short = {
            pool: {"asked": asked, "available": self.capacities[pool] - taken[pool]}
            for pool, asked in sums.items()
            if asked > self.capacities[pool] - taken[pool]
        }
        return ("sold_out", {"pools": short}) if short else None

    def _told(self, status: str, own: str, name: str) -> Decision:
        hold = self.holds[name]
        data = {
            "hold": name,
            "state": hold.state,
            "at_ms": hold.at,
            "expires_ms": hold.expires,
            "customer": hold.customer,
            "lines": [line._asdict() for line in hold.lines],
            "finished_ms": hold.finished,
            "metadata": {},
        }
        return Decision(own, status, None, data)

    def _remembered(self, outcome: Decision) -> Decision:
        self.changes += 1
        self.answers[outcome.id] = copy.deepcopy(outcome)
        return outcome
