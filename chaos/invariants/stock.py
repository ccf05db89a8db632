"""Shows and products: the ledger, folded again from what anybody can read, against all that was answered and found."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from chaos.history import History, Record

AFTER = {"confirmed": ("held",), "released": ("held", "confirmed"), "expired": ("held",), "extended": ("held",)}
REACHES = {"held": "held", "confirmed": "confirmed", "released": "released", "expired": "expired", "extended": "held"}
# A hold past its deadline counts as expired for a reader, a moment before or after its entry in the ledger.
PASSING = {("held", "expired"), ("expired", "held")}
HAVING = ("held", "confirmed")


@dataclass
class Fold:
    """The result of a ledger: each customer's units, entry by entry; `faults` are entries that cannot follow."""

    pools: dict[str, dict[str, int]] = field(default_factory=dict)  # pool -> capacity, held, sold
    states: dict[str, str] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    oversold: list[str] = field(default_factory=list)

    def add(self, entry: Record) -> None:
        """One more entry."""
        event, about, data = entry["event"], entry["about"], entry["data"]
        if event == "created":
            self.pools = {name: _counts(pool["capacity"]) for name, pool in data["pools"].items()}
        elif event in ("restocked", "capacity_changed"):
            self.pools.setdefault(data["pool"], _counts(0))["capacity"] = data["capacity"]
        elif event in ("held", "sold"):
            if about in self.states:
                self.faults.append(f"entry {entry['version']}: {about} is {event} a second time")
            self.lines[about] = data["lines"]
            self._move(about, "held" if event == "held" else "confirmed")
        elif event in AFTER:
            if self.states.get(about) not in AFTER[event]:
                self.faults.append(f"entry {entry['version']}: {about} is {event} after {self.states.get(about)}")
            self._move(about, REACHES[event])
        for name, pool in self.pools.items():
            if min(pool.values()) < 0 or pool["held"] + pool["sold"] > pool["capacity"]:
                self.oversold.append(f"entry {entry['version']} leaves {name} with {pool}")

    def _move(self, about: str, state: str) -> None:
        for part, of in (("held", "held"), ("sold", "confirmed")):
            change = (state == of) - (self.states.get(about) == of)
            for line in self.lines.get(about, []):
                self.pools.setdefault(line["pool"], _counts(0))[part] += change * line["quantity"]
        self.states[about] = state


def _counts(capacity: int) -> dict[str, int]:
    return {"capacity": capacity, "held": 0, "sold": 0}


def folded(entries: list[Record]) -> Fold:
    """All entries of a ledger, in their order."""
    fold = Fold()
    for entry in entries:
        fold.add(entry)
    return fold


def never_oversold(history: History) -> Iterator[str]:
    """After some entry, more units are taken than there are, or fewer than none."""
    for ledger in history.of("ledger"):
        yield from (f"{ledger['target']}, {fault}" for fault in folded(ledger["entries"]).oversold)


def sums(history: History) -> Iterator[str]:
    """A gap, an entry that cannot follow, or numbers that do not follow from the entries; its own audit too."""
    ledgers = {ledger["target"]: ledger["entries"] for ledger in history.of("ledger")}
    for target, entries in ledgers.items():
        versions = [entry["version"] for entry in entries]
        if versions != list(range(1, len(versions) + 1)):
            at = next(number for number, version in enumerate(versions, 1) if number != version)
            yield f"{target}: the ledger's entry {at} has the version {versions[at - 1]}"
        yield from (f"{target}, {fault}" for fault in folded(entries).faults)
    for shown in history.of("inventory"):
        told = folded([one for one in ledgers[shown["target"]] if one["version"] <= shown["version"]]).pools
        if told != shown["pools"]:
            yield f"{shown['target']} shows {shown['pools']}, but its ledger adds up to {told}"
    for audit in history.of("audit", ok=False):
        yield f"{audit['target']}: its own audit says {audit['differences']}"


def as_answered(history: History) -> Iterator[str]:
    """Held, sold or given back otherwise than was asked, answered and found."""
    folds = {ledger["target"]: folded(ledger["entries"]) for ledger in history.of("ledger")}
    found = {look["id"]: look["state"] for look in history.of("found", what="reservation")}
    answers = history.by("answered", "key")
    known, targets = set[str](), dict[str, list[str]]()
    for asked in history.of("asked", what="reserve"):
        key = asked["key"]
        for answer, (target, lines) in product(answers.get(key, []), asked["parts"].items()):
            own, fold = answer["id"], folds[target]
            known.add(own)
            targets[own] = list(asked["parts"])
            if answer["status"] == 201 and own not in fold.states:
                yield f"{key}: {own} was answered as held, but was never taken from {target}"
            if answer["status"] == 409 and own in fold.states:
                yield f"{key}: {own} was refused ({answer['code']}), but was taken from {target} all the same"
            if own in fold.lines and fold.lines[own] != lines:
                yield f"{key}: {own} took {fold.lines[own]} from {target}, but asked for {lines}"
            yield from _as_found(own, found.get(own), fold.states.get(own))
    for target, fold in folds.items():
        yield from (
            f"{target}: {own} was taken, but nobody was answered so" for own in sorted(set(fold.states) - known)
        )
    yield from _as_changed(history, folds, targets)


def together(history: History) -> Iterator[str]:
    """Taken from one show or product and not from another, or in another state there."""
    folds = {ledger["target"]: folded(ledger["entries"]) for ledger in history.of("ledger")}
    answers = history.by("answered", "key")
    for asked in history.of("asked", what="reserve"):
        for own in sorted({answer["id"] for answer in answers.get(asked["key"], []) if answer["id"]}):
            states = {target: folds[target].states.get(own) for target in asked["parts"]}
            kinds = sorted({str(state) for state in states.values()})
            if len(kinds) > 1 and kinds != ["expired", "held"]:  # each ledger says some time later that it expired
                yield f"{own} is {states}"


def _as_found(own: str, found: str | None, told: str | None) -> Iterator[str]:
    if told is None and found in ("held", "confirmed", "released", "expired"):
        yield f"{own} is {found}, but the ledger does not know it"
    if told is not None and found != told and (found, told) not in PASSING:
        yield f"{own} is {found}, but {told} in the ledger"


def _as_changed(history: History, folds: dict[str, Fold], targets: dict[str, list[str]]) -> Iterator[str]:
    """A confirmation with the answer 200 sold it; afterwards only a requested release gives it back."""
    asked = {one["key"]: one for one in history.of("asked") if "about" in one}
    released = {one["about"] for one in asked.values() if one["what"] == "release"}
    confirmed = {one["about"] for one in asked.values() if one["what"] == "confirm"}
    for answer in history.of("answered", status=200):
        one = asked.get(answer["key"])
        if one is None or one["what"] != "confirm":
            continue
        own = one["about"]
        for state in [folds[target].states.get(own) for target in targets.get(own, [])] or [None]:
            if state != "confirmed" and not (state == "released" and own in released):
                yield f"{own} was confirmed to {one['key']}, but is {state}"
    for target, fold in folds.items():
        for own, state in fold.states.items():
            if (state == "released" and own not in released) or (state == "confirmed" and own not in confirmed):
                yield f"{target}: {own} is {state}, but nobody asked for that"


def in_time(history: History) -> Iterator[str]:
    """By the server's clock, which the ids of the entries tell."""
    for ledger in history.of("ledger"):
        deadlines: dict[str, int] = {}
        for entry in ledger["entries"]:
            event, about, at = entry["event"], entry["about"], int(entry["id"].partition("-")[0])
            if event in ("held", "extended"):
                deadlines[about] = entry["data"]["expires_ms"]
            late = at - deadlines.get(about, at)
            if event == "confirmed" and late > 0:
                yield f"{ledger['target']}: {about} was confirmed {late} ms after its deadline"
            if event == "expired" and late < 0:
                yield f"{ledger['target']}: {about} expired {-late} ms before its deadline"
