"""Histories that each break one invariant of the chaos judge: what is done to a sound one, and what is said of it."""

import copy

from chaos.invariants import INVARIANTS
from tests.unit.chaos_history import (
    ALONE,
    KEYED,
    TARGET,
    TYPE,
    answered,
    asked,
    entry,
    event,
    found,
    held,
    notification,
    reservation,
)

READY, FITTING, KEYS, ENDED, DONE, FAILED, LISTED, HEARD = list(INVARIANTS)[:8]
OVERSOLD, SUMS, ANSWERED, TIME, TRULY, ONCE, ORDER, WHOLE = list(INVARIANTS)[8:16]
SINGLY, LINE, SOLE, SELDOM, BESIDE, LAST, STORY = list(INVARIANTS)[16:]


def change(kind, wanted, **fields):
    return lambda it: it.one(kind, **wanted).update(fields)


def drop(kind, **wanted):
    return lambda it: it.drop(kind, **wanted)


def add(*records):
    return lambda it: it.add(*records)


JOB = {"what": "job", "id": "note-1-id"}
RESERVED = {"what": "reservation", "id": "kept"}


# What is done to the history -> the invariant that it breaks, and what is said of it.
CASES = {
    "not ready": (change("ready", {}, seconds=None), READY, "/readyz is not green"),
    "no answer": (add(asked("mute", "job", type="chaos_note", attempts=1)), FITTING, "mute was never answered"),
    "an odd answer": (
        add(asked("odd", "confirm", about="sold"), answered("odd", 500, "sold", "internal")),
        FITTING,
        "confirm odd was answered 500 internal",
    ),
    "a promise forgotten": (
        add(asked("odd", "release", about="none"), answered("odd", 404, "none", "unknown_job")),
        FITTING,
        "release odd was answered 404 unknown_job",
    ),
    "one key, two things": (
        add(answered("frail-1", 202, "frail-2-id"), found("job", "frail-2-id", "failed", type="reserve_seat")),
        KEYS,
        "frail-1 became 2 things",
    ),
    "two keys, one thing": (
        add(asked("hook-2", "notify", channel="webhook", recipient="hook"), answered("hook-2", 202, "hook-id")),
        KEYS,
        "hook-id was given to hook and to hook-2",
    ),
    "a job is not found": (change("found", {"what": "job", "id": "sold"}, state="missing"), ENDED, "is missing"),
    "a job is never over": (change("found", {"what": "job", "id": "sold"}, state="active"), ENDED, "is active"),
    "a job is not looked for": (drop("found", what="job", id="late"), ENDED, "was not looked for"),
    "a confirm is not over": (
        add(asked("c", "confirm", about="sold"), answered("c", 202, "c-id"), found("job", "c-id", "queued", type="x")),
        ENDED,
        "confirm c, job c-id, is queued",
    ),
    "complete, not done": (drop("did", job="note-1-id"), DONE, "its handler never did it"),
    "another's result": (change("found", JOB, result={"echo": "note-2"}), DONE, "has the result"),
    "failed for nothing": (
        lambda it: (
            it.one("found", **JOB).update(state="failed", error={"code": "error"}),
            it.one("told", topic=TYPE, id="3-0")["data"].update(event="failed"),
        ),
        FAILED,
        "note-1-id failed with",
    ),
    "complete, but hopeless": (
        lambda it: (
            it.one("found", id="frail-1-id").update(state="complete", result={"echo": "frail-1"}),
            it.one("did", job="frail-1-id").update(fact="done"),
        ),
        FAILED,
        "complete, which it cannot be",
    ),
    "cancelled by nobody": (change("found", {"id": "frail-1-id"}, state="cancelled"), FAILED, "nobody called it off"),
    "too many attempts": (change("found", {"id": "frail-1-id"}, attempts_made=4), FAILED, "4 attempts of 3"),
    "missing in the list": (change("listed", {"type": "chaos_fragile"}, jobs=[]), LISTED, "is missing in the list"),
    "twice in the list": (
        change("listed", {"type": "chaos_fragile"}, jobs=["frail-1-id"] * 2),
        LISTED,
        "is 2 times in the list",
    ),
    "doubled job": (
        change("listed", {"type": "chaos_fragile"}, jobs=["frail-1-id", "ghost"]),
        LISTED,
        "ghost is in the list",
    ),
    "an end is not heard": (drop("heard"), HEARD, "its program heard nothing"),
    "an end is heard twice": (
        lambda it: it.add(copy.copy(it.one("heard"))),
        HEARD,
        "heard ['complete', 'complete']",
    ),
    "another end is heard": (change("heard", {}, event="failed"), HEARD, "heard ['failed']"),
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
        lambda it: it.one("asked", key="kept").update(lines=[{"pool": "floor", "quantity": 2}]),
        ANSWERED,
        "but asked for [{'pool': 'floor', 'quantity': 2}]",
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
    "delivered, told as failed": (
        change("found", {"id": "torn-id"}, in_doubt=False),
        TRULY,
        "was taken (cut), but has failed",
    ),
    "sent, but not delivered": (drop("called", to="mail"), TRULY, "the provider never took it"),
    "a message is called off": (change("found", {"id": "mail-id"}, state="cancelled"), TRULY, "nobody called it off"),
    "sent twice": (
        add(*notification("twice", "apprise", "complete", ["cut", "take"], doubt=False)),
        ONCE,
        "was taken 2 times: cut, take",
    ),
    "out of order": (
        lambda it: it.records.append(it.records.pop(it.records.index(it.one("told", topic=TARGET, id="3000-0")))),
        ORDER,
        "confirmed 3000-0 came after",
    ),
    "told twice": (lambda it: it.add(it.one("told", topic=TARGET, id="9000-0")), ORDER, "held 9000-0 came after"),
    "told twice within an entry": (
        lambda it: it.records.extend(
            it.one("told", topic=TYPE, id="0-0") | {"id": f"9-0{place}"} for place in ("", "-3")
        ),
        ORDER,
        " 9-0-3 came after one with the id 9-0",
    ),
    "an event is lost": (drop("told", topic=TARGET, id="5000-0"), WHOLE, "entry 5 (expired late) was not told"),
    "an event is invented": (
        lambda it: it.one("told", topic=TARGET, id="8000-0").update(id="8500-0"),
        WHOLE,
        "8500-0 was told, but is not in the ledger",
    ),
    "an event is told otherwise": (
        lambda it: it.one("told", topic=TARGET, id="5000-0").update(data={**it.ledger()[4], "about": "kept"}),
        WHOLE,
        "entry 5 was told as",
    ),
    "nothing is told": (
        lambda it: setattr(it, "records", [one for one in it.records if one.get("topic") != TARGET]),
        WHOLE,
        "nothing was told",
    ),
    "two of a key at once": (drop("told", topic=KEYED, id="4-0"), SINGLY, "turn-2-id of ada began while turn-1-id was"),
    "two of a key at once after a retry": (
        lambda it: it.one("told", topic=KEYED, id="4-0")["data"].update(job="turn-2-id"),
        SINGLY,
        "turn-2-id of ada began while turn-1-id was",
    ),
    "the later of a key first": (
        lambda it: it.one("told", topic=KEYED, id="3-0")["data"].update(job="turn-2-id"),
        LINE,
        "turn-2-id of ada began before turn-1-id, which came earlier",
    ),
    "two of a unique key": (
        drop("told", topic=ALONE, id="3-0"),
        SOLE,
        "lone-3-id of unfinished-0 was recorded while lone",
    ),
    "two within the time of a key": (
        change("told", {"topic": ALONE, "id": "12500-0"}, id="11000-0"),
        SELDOM,
        "rare-2-id of 2-0 was recorded 1000 ms after another",
    ),
    "beside nobody": (change("answered", {"key": "lone-2"}, id="ghost"), BESIDE, "ghost, which is no job of unfin"),
    "beside one of another key": (
        change("answered", {"key": "lone-2"}, id="rare-1-id"),
        BESIDE,
        "no job of unfinished-0",
    ),
    "replaced in vain": (
        change("found", {"id": "lone-1-id"}, result={"echo": "lone-1"}),
        LAST,
        "data of lone-1, though lone-2 replaced them later",
    ),
    "data of another": (change("found", {"id": "lone-1-id"}, result={"echo": "lone-3"}), LAST, "had those of"),
    "no end is told": (drop("told", topic=TYPE, id="3-0"), STORY, "is complete, but no end was told"),
    "no beginning is told": (drop("told", topic=TYPE, id="1-0"), STORY, "begins with ['active']"),
    "two ends are told": (
        add(event(TYPE, "7-0", {"job": "note-1-id", "event": "complete"})),
        STORY,
        "['complete', 'complete'] was told",
    ),
    "it goes on after its end": (
        add(event(TYPE, "7-0", {"job": "note-1-id", "event": "progress"})),
        STORY,
        "goes on after its end",
    ),
    "begun twice": (
        lambda it: (
            it.one("told", topic=TYPE, id="1-0")["data"].update(event="queued")
            or it.records.insert(
                it.records.index(it.one("told", topic=TYPE, id="3-0")),
                event(TYPE, "2-1", {"job": "note-1-id", "event": "active"}),
            )
        ),
        STORY,
        "is begun twice",
    ),
}
