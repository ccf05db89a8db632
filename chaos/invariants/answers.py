"""Answers to callers: every request settled, by an answer that fits, and one thing for each key."""

from collections.abc import Iterator

from chaos.history import History

# By kind of request: the answers that may settle it. `None` as code: a success. A job that was killed too often has
# failed as poison, and the answer says so to a caller that waited.
REFUSALS = {"sold_out", "limit_exceeded"}
LATE = {"hold_expired", "already_released", "hold_not_found", "already_confirmed", "hold_too_long", "cancelled"}
FITTING: dict[str, set[tuple[int, str | None]]] = {
    "create": {(201, None), (202, None), (200, None), (409, "already_exists")},
    "reserve": {(201, None), (202, None), (500, "job_failed"), (409, "cancelled")} | {(409, code) for code in REFUSALS},
    "rules": {(200, None)},
    "job": {(202, None), (200, None)},
    "unique": {(202, None), (200, None), (409, "not_unique")},
    "notify": {(202, None), (200, None)},
}
CHANGED = {(200, None), (202, None), (500, "job_failed"), (404, "hold_not_found"), (422, "hold_too_long")}
CHANGED |= {(409, code) for code in LATE}
FITTING |= dict.fromkeys(("confirm", "release", "extend"), CHANGED)


def fitting(history: History) -> Iterator[str]:
    """No answer at all, or one that its route may not give."""
    answers = history.by("answered", "key")
    for asked in history.of("asked"):
        key, what = asked["key"], asked["what"]
        if key not in answers:
            yield f"{what} {key} was never answered, also after all was healed"
        for answer in answers.get(key, []):
            if (answer["status"], answer["code"]) not in FITTING[what]:
                yield f"{what} {key} was answered {answer['status']} {answer['code']}"


def ready_again(history: History) -> Iterator[str]:
    """The system was not ready in time."""
    yield from ("/readyz is not green" for _ in history.of("ready", seconds=None))


def one_thing_a_key(history: History) -> Iterator[str]:
    """The same key with two ids, or the same id under two keys."""
    owners: dict[str, str] = {}
    answers = history.by("answered", "key")
    for asked in history.of("asked"):
        if asked["what"] in ("confirm", "release", "extend", "create", "unique"):
            continue  # the answer has the job's id or that of its reservation, or of the job that is there already
        ids = sorted({answer["id"] for answer in answers.get(asked["key"], []) if answer["id"]})
        if len(ids) > 1:
            yield f"{asked['what']} {asked['key']} became {len(ids)} things: {', '.join(ids)}"
        for one in ids:
            if owners.setdefault(one, asked["key"]) != asked["key"]:
                yield f"{one} was given to {owners[one]} and to {asked['key']}"
