"""Unique jobs: one at a time has a key, others are answered with that one, and the last replacement counts."""

from collections.abc import Iterator

from chaos.history import History, Record

UNIQUE = "chaos_alone"
ENDS = ("complete", "failed", "cancelled")
SLACK_MS = 50  # between the server's time in a script and in the id of its event


def one_at_a_time(history: History) -> Iterator[str]:
    """Recorded while another job of its unique key was still in the states that keep the key."""
    lasting, owners, holders, known = _lasting(history), _owners(history), dict[str, str](), set[str]()
    for event in _told(history):
        job, what = event["data"]["job"], event["data"]["event"]
        key = owners.get(job, "")
        if lasting.get(key) not in ("queued", "unfinished"):
            continue
        if job not in known and what in ("queued", "delayed"):
            if key in holders:
                yield f"{job} of {key} was recorded while {holders[key]} had its key"
            holders[key] = job
        known.add(job)
        over = what in ENDS or (what == "active" and lasting[key] == "queued")
        if over and holders.get(key) == job:
            del holders[key]


def not_too_often(history: History) -> Iterator[str]:
    """Recorded although another took its key, which lasts for seconds, less than that before."""
    lasting, owners, taken, known = _lasting(history), _owners(history), dict[str, int](), set[str]()
    for event in _told(history):
        job = event["data"]["job"]
        key = owners.get(job, "")
        seconds = lasting.get(key)
        if job in known or not isinstance(seconds, int):
            continue
        known.add(job)
        now_ms = int(event["id"].split("-")[0])
        if key in taken and now_ms - taken[key] < seconds * 1000 - SLACK_MS:
            yield f"{job} of {key} was recorded {now_ms - taken[key]} ms after another"
        taken[key] = now_ms


def beside_another(history: History) -> Iterator[str]:
    """Answered with the id of another job that nobody made with this unique key."""
    asked, made = _asked(history), _owners(history)
    for answer in history.of("answered"):
        key = answer["key"]
        if key in asked and not _is_new(answer) and made.get(answer["id"]) != asked[key]["of"]:
            yield f"{key} was answered with {answer['id']}, which is no job of {asked[key]['of']}"


def last_word(history: History) -> Iterator[str]:
    """Done with the data of a request although another replaced them, which came after that one's answer."""
    asked = _asked(history)
    first: dict[str, Record] = {}  # key -> its first answer
    for answer in history.of("answered"):
        if answer["key"] in asked:
            first.setdefault(answer["key"], answer)
    came: dict[str, list[str]] = {}  # job -> the keys whose data it had, one after the other
    for key, answer in first.items():
        if _is_new(answer) or answer.get("conflict") == "replaced":
            came.setdefault(answer["id"], []).append(key)
    for job in history.of("found", what="job", type=UNIQUE, state="complete"):
        keys, token = came.get(job["id"], []), (job.get("result") or {}).get("echo")
        if token not in keys:
            yield f"{job['id']} was done with the data of {token}, but had those of {keys}"
            continue
        for key in keys:
            if asked[key]["at"] > first[token]["at"]:
                yield f"{job['id']} was done with the data of {token}, though {key} replaced them later"


def _asked(history: History) -> dict[str, Record]:
    """Key -> the request."""
    return {one["key"]: one for one in history.of("asked", what="unique")}


def _is_new(answer: Record) -> bool:
    """Was the job itself recorded?"""
    return not answer["code"] and not answer.get("conflict")


def _owners(history: History) -> dict[str, str]:
    """Job that was recorded -> its unique key."""
    asked = _asked(history)
    made = [one for one in history.of("answered") if one["key"] in asked and _is_new(one)]
    return {one["id"]: asked[one["key"]]["of"] for one in made}


def _lasting(history: History) -> dict[str, str | int]:
    """Unique key -> how long it lasts."""
    return {one["of"]: one["lasting"] for one in _asked(history).values()}


def _told(history: History) -> Iterator[Record]:
    """Nothing where a part of the stream is missing: then nobody knows."""
    told = history.by("told", "topic").get(f"type:{UNIQUE}", [])
    if not any(one["name"] == "reset" for one in told):
        yield from (one for one in told if not one["name"])
