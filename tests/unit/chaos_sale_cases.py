"""Histories that each break one invariant about seats, stock and reservations."""

from tests.unit.chaos_changes import (
    ANSWERED,
    OVERSOLD,
    RESERVED,
    SUMS,
    TIME,
    TOGETHER,
    add,
    change,
)
from tests.unit.chaos_history import (
    FLOOR,
    TARGET,
    entry,
    held,
    reservation,
)

STOCK = [{"pool": "stock", "quantity": 1}]

# What is done to a sound history -> the invariant that it breaks, and what is said of it.
CASES = {
    "a seat is had twice": (
        lambda it: (
            it.add(*reservation("extra", "held")),
            it.enter(held(10, "extra", 99_000)),
            it.one("inventory").update(version=10, pools={"floor": {"capacity": 2, "held": 2, "sold": 1}}),
        ),
        OVERSOLD,
        "entry 10 leaves floor with {'capacity': 2, 'held': 2, 'sold': 1}",
    ),
    "negative stock": (
        lambda it: (
            it.enter(entry(10, "capacity_changed", "op", pool="floor", capacity=-1)),
            it.one("inventory").update(version=10, pools={"floor": {"capacity": -1, "held": 1, "sold": 1}}),
        ),
        OVERSOLD,
        "entry 10 leaves floor",
    ),
    "shown numbers are wrong": (
        change("inventory", {}, pools={"floor": {"capacity": 2, "held": 0, "sold": 1}}),
        SUMS,
        "its ledger adds up to",
    ),
    "the audit says no": (change("audit", {}, ok=False, differences=["I2 pool floor"]), SUMS, "I2 pool floor"),
    "held but never taken": (add(*reservation("lost", "held")), ANSWERED, "lost was answered as held, but was never"),
    "found as held, but never taken": (
        lambda it: (it.add(*reservation("lost", "held")), it.one("answered", key="lost").update(status=202)),
        ANSWERED,
        "lost is held, but the ledger does not know it",
    ),
    "refused but taken": (
        lambda it: it.one("answered", key="kept").update(status=409, code="sold_out"),
        ANSWERED,
        "kept was refused (sold_out), but was taken",
    ),
    "another quantity": (
        lambda it: it.one("asked", key="kept").update(parts={TARGET: [{"pool": "floor", "quantity": 2}]}),
        ANSWERED,
        "but asked for [{'pool': 'floor', 'quantity': 2}]",
    ),
    "half of a reservation": (
        lambda it: (
            it.add({"kind": "ledger", "at": 9.0, "target": "product:mug", "entries": []}),
            it.one("asked", key="kept").update(parts={TARGET: FLOOR, "product:mug": STOCK}),
        ),
        TOGETHER,
        "kept is {",
    ),
    "found otherwise": (change("found", RESERVED, state="confirmed"), ANSWERED, "kept is confirmed, but held in"),
    "taken by nobody": (
        lambda it: [it.drop(kind, key="kept") for kind in ("asked", "answered")],
        ANSWERED,
        "kept was taken, but nobody was answered so",
    ),
    "a sale is undone": (
        lambda it: (
            it.enter(entry(10, "released", "sold", was="confirmed")),
            it.one("found", what="reservation", id="sold").update(state="released"),
            it.one("inventory").update(version=10, pools={"floor": {"capacity": 2, "held": 1, "sold": 0}}),
        ),
        ANSWERED,
        "sold was confirmed to buy, but is released",
    ),
    "confirmed unasked": (
        lambda it: [it.drop(kind, key="buy") for kind in ("asked", "answered")],
        ANSWERED,
        "sold is confirmed, but nobody asked",
    ),
    "confirmed too late": (
        lambda it: it.ledger()[1]["data"].update(expires_ms=2_500),
        TIME,
        "confirmed 500 ms after its deadline",
    ),
    "expired too early": (
        lambda it: it.ledger()[3]["data"].update(expires_ms=5_001),
        TIME,
        "expired 1 ms before its deadline",
    ),
}
