"""Events: each topic's, as listeners got them, in order and once, compared with the ledgers and the records."""

import math
from collections.abc import Iterator

from chaos.history import History, Record

BEGINNING = ("queued", "delayed")
ENDS = ("complete", "failed", "cancelled")
AGAIN = ("queued", "delayed", "retrying", "stalled", "snoozed")  # between two that begin the work
SNAPSHOTS = ("snapshot", "reset")


def in_order(history: History) -> Iterator[str]:
    """An id that is not above the one before."""
    for topic, told in history.by("told", "topic").items():
        last = "0-0"
        for one in told:
            place = _place(one["id"])
            if place < _place(last) or (place == _place(last) and one["name"] not in SNAPSHOTS):
                yield f"{topic}: {_words(one)} came after one with the id {last}"
            last = max(one["id"], last, key=_place)


def complete(history: History) -> Iterator[str]:
    """An entry of the ledger that was not told, though the one before or a snapshot was; or told otherwise."""
    ledgers = {ledger["target"]: ledger["entries"] for ledger in history.of("ledger")}
    told_of = history.by("told", "topic")
    for target, entries in ledgers.items():
        told = told_of.get(target, [])
        if not told:
            yield f"{target}: nothing was told"
            continue
        if any(one["name"] == "reset" for one in told):
            continue  # the stream itself says that a part is missing
        last = _place(entries[-1]["id"])  # events after the last that was told happened after the ledger was read
        heard = {one["id"]: one["data"] for one in told if not one["name"] and _place(one["id"]) <= last}
        for entry in entries:
            if _place(entry["id"]) <= _place(told[0]["id"]):
                continue  # before the listener came
            data = heard.pop(entry["id"], None)
            if data is None:
                yield f"{target}: entry {entry['version']} ({entry['event']} {entry['about']}) was not told"
            elif any(data[name] != entry[name] for name in ("version", "event", "about", "data")):
                yield f"{target}: entry {entry['version']} was told as {data}"
        yield from (f"{target}: {one} was told, but is not in the ledger" for one in sorted(heard))


def stories(history: History) -> Iterator[str]:
    """A job that does not begin, ends twice or not at all, goes on after its end, or ends otherwise than its record."""
    topics = history.by("told", "topic")
    told: dict[str, list[str]] = {}
    whole = set[str]()
    for topic, events in topics.items():
        if topic.startswith("type:"):
            whole |= set() if any(one["name"] == "reset" for one in events) else {topic.removeprefix("type:")}
            for one in events:
                if not one["name"]:
                    told.setdefault(one["data"]["job"], []).append(one["data"]["event"])
    for job in history.of("found", what="job"):
        if job.get("type") not in whole:
            continue
        yield from (f"{job['type']} {job['id']} {fault}" for fault in _faults(told.get(job["id"], []), job["state"]))


def _faults(story: list[str], state: str) -> Iterator[str]:
    ends = [event for event in story if event in ENDS]
    if not story or story[0] not in (*BEGINNING, *ENDS):
        yield f"begins with {story[:1] or 'nothing'}: {story}"
    if ends != [state]:
        yield f"is {state}, but {ends or 'no end'} was told: {story}"
    elif story[-1] not in ENDS:
        yield f"goes on after its end: {story}"
    active = False
    for event in story:
        if event == "active" and active:
            yield f"is begun twice, and nothing is said in between: {story}"
        active = event == "active" or (active and event not in AGAIN)


def _place(event_id: str) -> tuple[int, int, float]:
    """The last event of an entry has the entry's id, the others have their place in it besides."""
    moment, number, place = (*event_id.split("-"), "", "")[:3]
    return int(moment), int(number or 0), int(place) if place else math.inf


def _words(one: Record) -> str:
    data = one["data"]
    return f"{one['name'] or data.get('event')} {one['id']}"
