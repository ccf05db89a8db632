"""The survey: when all is healed, wait for the end of all accepted jobs, and write down what is there."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chaos.caller import UnreadableError, until_answered
from chaos.history import History, Recorder
from chaos.load import PRODUCTS, SHOWS, TYPES

JOBS = ("job", "notify")  # their routes always answer with the id of a job
UNDER_WAY = ("queued", "delayed", "active")
SECONDS = 90.0  # until everything is over
THREADS = 6
TARGETS = [f"show:{name}" for name in SHOWS] + [f"product:{name}" for name in PRODUCTS]
KEPT = ("state", "type", "error", "result", "in_doubt", "attempts_made", "attempts_max", "stalls", "finished_ms")


def survey(url: str, history: History, record: Recorder) -> None:
    """
    Read every accepted job and reservation, every list, and every show and product.

    Raises UnreadableError.
    """
    deadline = time.monotonic() + SECONDS
    what = {asked["key"]: asked["what"] for asked in history.of("asked")}
    reservations: dict[str, None] = {}  # ordered sets
    jobs: dict[str, None] = {}
    for answer in history.of("answered"):
        if what[answer["key"]] == "reserve" and answer["id"]:
            reservations[answer["id"]] = jobs[answer["id"]] = None
        elif answer["id"] and (answer["status"] == 202 or what[answer["key"]] in JOBS):
            jobs[answer["id"]] = None

    def look(job: str) -> None:
        record("found", what="job", **_ended(url, f"/v1/jobs/{job}", job, deadline))

    def look_at_reservation(reservation: str) -> None:
        found = _ended(url, f"/v1/reservations/{reservation}", reservation, deadline)
        record("found", what="reservation", **found)

    _each(look, jobs)
    _each(look_at_reservation, reservations)
    for job_type in TYPES:
        record("listed", type=job_type, jobs=_listed(url, job_type))
    for target in TARGETS:
        _look_at_target(url, target, record)


def _each(look: Any, ids: Iterable[str]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(look, ids))


def _ended(url: str, path: str, own: str, deadline: float) -> dict[str, Any]:
    """The job or reservation once it is over, or as it is when time is up; `missing` if there is none."""
    while True:
        answer = until_answered(url, path, SECONDS)
        if answer.status_code != 200:
            return {"id": own, "state": "missing" if answer.status_code == 404 else f"HTTP {answer.status_code}"}
        body = answer.json()
        if body["state"] not in UNDER_WAY or time.monotonic() > deadline:
            return {"id": own, **{name: body[name] for name in KEPT if name in body}}
        time.sleep(0.2)


def _read(url: str, path: str) -> dict[str, Any]:
    """The JSON of a thing that must exist. Raises UnreadableError."""
    answer = until_answered(url, path, SECONDS)
    if answer.status_code != 200:
        raise UnreadableError(f"{path}: {answer.status_code} {answer.text[:200]}")
    found: dict[str, Any] = answer.json()
    return found


def _listed(url: str, job_type: str) -> list[str]:
    """The ids of all jobs of a type, page by page."""
    ids, cursor = list[str](), ""
    while True:
        page = _read(url, f"/v1/jobs?type={job_type}&limit=500&cursor={cursor}")
        ids += [job["id"] for job in page["jobs"]]
        cursor = page["cursor"] or ""
        if not cursor:
            return ids


def _look_at_target(url: str, target: str, record: Recorder) -> None:
    """Its audit, then its numbers, then its ledger: each later one knows all that the one before knew."""
    kind, _, name = target.partition(":")
    path = f"/v1/{kind}s/{name}"
    audit = _read(url, f"{path}/audit")
    record("audit", target=target, ok=audit["ok"], differences=audit["differences"])
    found = _read(url, path)
    pools = found["pools"] if kind == "show" else {"stock": found}
    numbers = {pool: {part: its[part] for part in ("capacity", "held", "sold")} for pool, its in pools.items()}
    record("inventory", target=target, version=found["version"], pools=numbers)
    entries, after = list[dict[str, Any]](), "0"
    while page := _read(url, f"{path}/ledger?limit=1000&after={after}")["entries"]:
        entries += page
        after = page[-1]["id"]
    record("ledger", target=target, entries=entries)
