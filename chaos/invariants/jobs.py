"""Jobs: each accepted one is found and over, was done if it says so, and is listed once."""

from collections.abc import Iterator

from chaos.history import History, Record

FINAL = ("complete", "failed", "cancelled")
ECHOING = ("chaos_note", "chaos_steps", "chaos_fragile", "chaos_deadly", "chaos_in_turn")
KILLED = {"poison"}  # codes of jobs that were killed too often


def ended(history: History) -> Iterator[str]:
    """Accepted with an id, and not found at the end, or not over."""
    found = history.by("found", "id")
    what = {asked["key"]: asked["what"] for asked in history.of("asked")}
    for answer in history.of("answered"):
        kind = what[answer["key"]]
        if not answer["id"] or (answer["status"] != 202 and kind not in ("reserve", "job", "notify")):
            continue  # a job that was done while its caller waited is answered with the id of its reservation
        looks = [one for one in found.get(answer["id"], []) if one["what"] == "job"]
        if not looks:
            yield f"{kind} {answer['key']}, job {answer['id']}, was not looked for or not found"
        for look in looks:
            if look["state"] not in FINAL:
                yield f"{kind} {answer['key']}, job {answer['id']}, is {look['state']} at the end"


def own(history: History) -> Iterator[tuple[Record, Record]]:
    """Each job of the run's own types: the request, and the job as found."""
    found = {look["id"]: look for look in history.of("found", what="job")}
    asked = {one["key"]: one for one in history.of("asked", what="job")}
    ids = {answer["id"]: answer["key"] for answer in history.of("answered") if answer["key"] in asked and answer["id"]}
    for job, key in ids.items():
        if job in found:
            yield asked[key], found[job]


def done(history: History) -> Iterator[str]:
    """Complete although its handler never said so, or with another result."""
    facts = history.by("did", "job")
    for asked, job in own(history):
        if job["state"] != "complete":
            continue
        if not any(one["fact"] == "done" for one in facts.get(job["id"], [])):
            yield f"{asked['type']} {job['id']} is complete, but its handler never did it"
        if job.get("result") != {"echo": asked["key"]}:
            yield f"{asked['type']} {job['id']} of {asked['key']} has the result {job.get('result')}"


def failed_rightly(history: History) -> Iterator[str]:
    """Failed though its handler would have succeeded, succeeded though it could not, or tried too often."""
    for asked, job in own(history):
        kind, attempts = asked["type"], asked["attempts"]
        hopeless = kind in ("chaos_hopeless", "chaos_endless") or asked.get("succeeds_at", 1) > attempts
        code = (job.get("error") or {}).get("code")
        if job["state"] == "failed" and not hopeless and code not in KILLED:
            yield f"{kind} {job['id']} failed with {job.get('error')}, but its handler fails less than {attempts} times"
        if job["state"] == "complete" and hopeless:
            yield f"{kind} {job['id']} is complete, which it cannot be"
        if job["state"] == "cancelled":
            yield f"{kind} {job['id']} is cancelled, but nobody called it off"
        if (job.get("attempts_made") or 0) > attempts:
            yield f"{kind} {job['id']} had {job['attempts_made']} attempts of {attempts}"


def listed(history: History) -> Iterator[str]:
    """Missing in the list of its type, there twice, or there though nobody asked for it."""
    ids: dict[str, set[str]] = {}
    for asked, job in own(history):
        ids.setdefault(asked["type"], set()).add(job["id"])
    for record in history.of("listed"):
        there, expected = record["jobs"], ids.get(record["type"], set())
        for one in sorted({its for its in there if there.count(its) > 1}):
            yield f"{one} is {there.count(one)} times in the list of {record['type']}"
        for one in sorted(expected - set(there)):
            yield f"{one} is missing in the list of {record['type']}"
        for one in sorted(set(there) - expected):
            yield f"{one} is in the list of {record['type']}, but nobody was answered so"


def heard(history: History) -> Iterator[str]:
    """A job of the Python queue of which no end was heard, two were, or another than the record's."""
    heard_of = history.by("heard", "job")
    for asked, job in own(history):
        if not asked["key"].startswith("program-"):
            continue
        ends = [one["event"] for one in heard_of.get(job["id"], [])]
        if ends != [job["state"]]:
            yield f"{asked['key']}, job {job['id']}, is {job['state']}, but its program heard {ends or 'nothing'}"
