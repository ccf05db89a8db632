"""How long callers wait, with Usher alone: for a job when there is nothing else to do, and behind a long queue."""

import argparse
import json
import time
from collections.abc import Sequence
from statistics import median

from benchmarks.contestants import USHER
from benchmarks.depth import queue_up, queued
from benchmarks.report import percentile
from benchmarks.systems import NO_OP, OTHER, Running, Sizes, started

IDLE_JOBS, IDLE_SECONDS = 50, 0.2  # a time in which a worker that lingers has gone to rest
WAIT_SECONDS = 30  # the longest that Usher lets a request wait
SAMPLES, SAMPLING_SECONDS = 20, 40.0
FILL_SECONDS = 60.0


def idle(_: argparse.Namespace) -> None:
    """One job at a time, then idleness: from created to finished by the job's own times, and for its caller."""
    own, seen = [], []
    with started(USHER, Sizes()) as one:
        for _number in range(IDLE_JOBS):
            took, job = waited(one, USHER.jobs, json.dumps({"type": NO_OP}), 200)
            own.append(float(job["finished_ms"] - job["created_ms"]))
            seen.append(took)
            time.sleep(IDLE_SECONDS)
    print(
        f"idle, one job at a time: created to finished p50 {median(own):.0f} ms, p99 {percentile(own, 0.99):.0f} ms;"
        f" POST to its outcome with Prefer: wait p50 {median(seen):.1f} ms"
    )


def behind(options: argparse.Namespace) -> None:
    """A job of another type and a reservation, again and again, for as long as the queue before them is long enough."""
    jobs: list[float] = []
    reservations: list[float] = []
    with started(USHER, Sizes()) as one:
        one.stop_workers()
        wanted = queue_up(one, options.queued * 3 // 2, FILL_SECONDS) * 2 // 3
        one.start_workers()
        done = one.jobs_done()
        one.wait_for(lambda: one.jobs_done() > done)
        deadline = time.monotonic() + SAMPLING_SECONDS
        while len(jobs) < SAMPLES and time.monotonic() < deadline and queued(one) >= wanted:
            jobs.append(waited(one, USHER.jobs, json.dumps({"type": OTHER}), 200)[0])
            reservations.append(waited(one, USHER.path, USHER.body.replace("#", "late"), 201)[0])
    print(
        f"behind {wanted:,} no-op jobs: {_told('a job of another type', jobs)}; {_told('a reservation', reservations)}"
    )


def waited(one: Running, path: str, body: str, expected: int) -> tuple[float, dict[str, int]]:
    """
    Milliseconds from a POST that waits for its outcome to the answer, or until the wait is given up; and that answer.

    Raises RuntimeError if it is neither.
    """
    begun = time.monotonic()
    status, answer = one.call("POST", path, body, prefer=f"wait={WAIT_SECONDS}")
    if status not in (expected, 202):
        raise RuntimeError(f"Usher answered {status} to a request that waits: {answer}")
    return (time.monotonic() - begun) * 1000, answer


def _told(what: str, took: Sequence[float]) -> str:
    if not took:
        return f"{what}: the queue was gone before it could be asked"
    least = "at least " if max(took) >= WAIT_SECONDS * 1000 else ""
    return f"{what} p50 {median(took):,.0f} ms, longest {least}{max(took):,.0f} ms ({len(took)} asked)"
