"""Histories that each break one invariant about requests, jobs and what programs hear of them."""

import copy

from tests.unit.chaos_changes import (
    DONE,
    ENDED,
    FAILED,
    FITTING,
    HEARD,
    JOB,
    KEYS,
    LISTED,
    READY,
    add,
    change,
    drop,
)
from tests.unit.chaos_history import (
    TYPE,
    answered,
    asked,
    found,
)

# What is done to a sound history -> the invariant that it breaks, and what is said of it.
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
}
