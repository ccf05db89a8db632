"""What long jobs do to the slots, with Usher alone: to each other, to sales, and to another tenant."""

import argparse
import json
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.contestants import USHER
from benchmarks.systems import LONG, SLOW, Running, Sizes, started
from benchmarks.waits import waited

SECOND_MS, MIXED, EVERY = 1_000, 500, 50  # in a mix of 500 jobs, every 50th takes a second
ASKED, IDLE_SECONDS = 50, 0.05
BACKLOG, IN_A_REQUEST, OF_A_TENANT_MS, TENANTS = 100_000, 10_000, 5, 10


def slots(_: argparse.Namespace) -> None:
    """Jobs of a second on the two slots of users' types: ten in one request and in ten, and ten among quick ones."""
    ten, mixed = [SECOND_MS] * 10, [0 if number % EVERY else SECOND_MS for number in range(MIXED)]
    with started(USHER, Sizes()) as one:
        one.wait_for(lambda: idle(one) == 2)
        took = spread(one, [ten]), spread(one, [[ms] for ms in ten]), spread(one, [mixed])
    print(
        f"10 jobs of 1 s on 2 slots, ideal 5 s: {took[0]:.2f} s in one request, {took[1]:.2f} s in ten;"
        f" the same among {MIXED} jobs: {took[2]:.2f} s"
    )


def busy(_: argparse.Namespace) -> None:
    """Reservations, and the queue in `/readyz`, while each slot of users' types does a job of a minute."""
    took: list[float] = []
    said: set[str] = set()
    with started(USHER, Sizes()) as one:
        for _number in range(2):
            post(one, {"type": LONG})
        one.wait_for(lambda: state(one) == "busy")
        for _number in range(ASKED):
            took.append(waited(one, USHER.path, USHER.body.replace("#", "late"), 201)[0])
            said.add(state(one))
            time.sleep(IDLE_SECONDS)
    print(
        f"reservations beside two jobs of a minute: p50 {median(took):.0f} ms, longest {max(took):.0f} ms"
        f" ({ASKED} asked); /readyz calls their queue {' and '.join(said)}"
    )


def tenant(_: argparse.Namespace) -> None:
    """First jobs of other keys behind a long backlog of one: how long until they begin."""
    backlog = [{"type": SLOW, "key": "first", "data": {"ms": OF_A_TENANT_MS}}] * IN_A_REQUEST
    began = []
    with started(USHER, Sizes()) as one:
        for _number in range(BACKLOG // IN_A_REQUEST):
            post(one, backlog)
        for number in range(TENANTS):
            job = waited(one, USHER.jobs, json.dumps({**backlog[0], "key": f"late-{number}"}), 200)[1]
            began.append(job["started_ms"] - job["created_ms"])
        left = one.get(USHER.stats)["jobs"][SLOW]["queued"]
    print(
        f"first jobs of {TENANTS} other tenants behind {left:,} of one, {OF_A_TENANT_MS} ms each:"
        f" begun after p50 {median(began):.0f} ms, longest {max(began)} ms"
    )


def spread(one: Running, requests: Sequence[Sequence[int]]) -> float:
    """Seconds from the first job's creation to the last one's end; each job takes as many ms as its request says."""
    answers = [post(one, [{"type": SLOW, "data": {"ms": ms}} for ms in request]) for request in requests]
    jobs: list[dict[str, Any]] = []

    def are_done() -> bool:
        jobs[:] = [job for each in answers for job in one.get(f"/v1/batches/{each['id']}/jobs?limit={MIXED}")["jobs"]]
        return all(job["state"] == "complete" for job in jobs)

    one.wait_for(are_done)
    return float(max(job["finished_ms"] for job in jobs) - min(job["created_ms"] for job in jobs)) / 1000


def idle(one: Running) -> int:
    """Slots for users' types that have nothing to do."""
    return sum(slot["queue"] == "jobs" and slot["state"] == "idle" for slot in one.get(USHER.stats)["slots"])


def state(one: Running) -> str:
    """The status of the queue of users' types: ok, busy, not consumed."""
    return str(one.call("GET", "/readyz")[1]["queues"]["jobs"]["status"])


def post(one: Running, body: Any) -> Any:
    """Submit a job or an array of them. Raises RuntimeError if they are not accepted."""
    status, answer = one.call("POST", USHER.jobs, json.dumps(body))
    if status != 202:
        raise RuntimeError(f"Usher answered {status} to jobs: {answer}")
    return answer
