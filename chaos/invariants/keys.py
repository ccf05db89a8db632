"""Keys: the jobs of one key are done one at a time, in the order in which they came."""

from collections.abc import Iterator

from chaos.history import History, Record

KEYED = "chaos_in_turn"
OVER = ("complete", "failed", "cancelled", "retrying", "stalled", "snoozed", "queued")


def one_at_a_time(history: History) -> Iterator[str]:
    """Begun while another job of its key was under way."""
    keys, under_way = _keys(history), dict[str, str]()
    for data in _told(history):
        job, key = data["job"], keys.get(data["job"], "")
        if not key:
            continue
        other = under_way.get(key)
        if data["event"] == "active":
            if other not in (None, job):
                yield f"{job} of {key} began while {other} was under way"
            under_way[key] = job
        elif data["event"] in OVER and other == job:
            del under_way[key]


def in_order(history: History) -> Iterator[str]:
    """Begun for the first time before another of its key that came earlier."""
    keys, waiting, begun = _keys(history), dict[str, list[str]](), set[str]()
    for data in _told(history):
        job, key = data["job"], keys.get(data["job"], "")
        if not key or job in begun:
            continue
        queued = waiting.setdefault(key, [])
        if data["event"] == "queued" and job not in queued:
            queued.append(job)
        elif data["event"] == "active":
            begun.add(job)
            if queued and queued[0] != job:
                yield f"{job} of {key} began before {queued[0]}, which came earlier"
            queued[:] = [one for one in queued if one != job]


def _keys(history: History) -> dict[str, str]:
    """Job -> its key, of accepted jobs."""
    asked = {one["key"]: one["of"] for one in history.of("asked", what="job") if one["type"] == KEYED}
    return {answer["id"]: asked[answer["key"]] for answer in history.of("answered") if answer["key"] in asked}


def _told(history: History) -> Iterator[Record]:
    """Nothing where a part of the stream is missing: then nobody knows."""
    told = history.by("told", "topic").get(f"type:{KEYED}", [])
    if not any(one["name"] == "reset" for one in told):
        yield from (one["data"] for one in told if not one["name"])
