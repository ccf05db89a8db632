"""Histories that each break one invariant about notifications, keys and the events that are told."""

from tests.unit.chaos_changes import (
    BESIDE,
    LAST,
    LINE,
    ONCE,
    ORDER,
    SELDOM,
    SINGLY,
    SOLE,
    STORY,
    TRULY,
    WHOLE,
    add,
    change,
    drop,
)
from tests.unit.chaos_history import (
    ALONE,
    KEYED,
    TARGET,
    TYPE,
    event,
    notification,
)

# What is done to a sound history -> the invariant that it breaks, and what is said of it.
CASES = {
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
