"""The parts that all systems do: the requests, how many, and the measurements."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.load import Load, Measured, run_apart
from benchmarks.report import percentile
from benchmarks.systems import NO_OP, Running, System

MANY = 100  # jobs in a request
MOST = 200_000  # requests
TRIAL_SECONDS = 0.5
WARM_UP_SECONDS = 3.0  # by time, since a program that compiles as it runs needs some thousands of requests first
OUTCOME_SECONDS = 120.0


@dataclass(frozen=True)
class Part:
    """One kind of work. A request of it brings `jobs` outcomes."""

    name: str
    title: str
    jobs: int
    connections: int
    fewest: int  # requests that are enough for a measurement
    per_second: int  # requests, for the time of an answer: a load that each system should carry with ease
    request: Callable[[System], tuple[str, str]]  # path and body
    done: Callable[[Running], int]  # outcomes so far


@dataclass(frozen=True)
class Seen:
    """One system at one part, once."""

    per_second: float  # outcomes, from the first request to the last outcome
    cpu_us: dict[str, float]  # by role, and of the load; of an outcome
    p50_ms: float
    p99_ms: float
    carried: float  # the share of the offered requests that were answered in their time


JOB = f'{{"type":"{NO_OP}","data":{{"number":#}}}}'
PARTS = (
    Part(
        name="jobs",
        title=f"no-op jobs, {MANY} a request",
        jobs=MANY,
        connections=16,
        fewest=2,
        per_second=5,
        request=lambda system: (system.many_jobs, f"[{','.join([JOB] * MANY)}]"),
        done=Running.jobs_done,
    ),
    Part(
        name="single",
        title="no-op jobs, one a request",
        jobs=1,
        connections=64,
        fewest=50,
        per_second=200,
        request=lambda system: (system.jobs, JOB),
        done=Running.jobs_done,
    ),
    Part(
        name="reservations",
        title="reservations, one a request",
        jobs=1,
        connections=64,
        fewest=50,
        per_second=200,
        request=lambda system: (system.path, system.body),
        done=Running.units_held,
    ),
)


def measure(one: Running, part: Part, seconds: float) -> Seen:
    """
    About so many seconds of work as fast as it goes, then as many at the part's rate. Trials, one after another, warm
    everything up and find how much work that is. Raises RuntimeError if the system did not do all that it accepted.
    """
    requests, warm = part.fewest, time.monotonic() + WARM_UP_SECONDS
    while True:
        _, rate = run_through(one, part, requests)
        if time.monotonic() > warm:
            break
        requests = max(part.fewest, min(MOST, int(rate * TRIAL_SECONDS / part.jobs)))
    requests = max(part.fewest, min(MOST, int(rate * seconds / part.jobs)))
    before = one.cpu_seconds()
    load, rate = run_through(one, part, requests)
    spent = {role: used - before[role] for role, used in one.cpu_seconds().items()}
    cpu_us = {role: used / (requests * part.jobs) * 1e6 for role, used in {**spent, "load": load.cpu_seconds}.items()}

    offered = max(part.fewest, int(part.per_second * seconds))
    load, _ = run_through(one, part, offered, part.per_second)
    carried = (offered - 1) / part.per_second / (load.ended_seconds - load.started_seconds)
    p50, p99 = (percentile(load.latencies_ms, share) for share in (0.5, 0.99))
    return Seen(rate, cpu_us, p50, p99, min(1.0, carried))


def run_through(one: Running, part: Part, requests: int, per_second: float = 0.0) -> tuple[Measured, float]:
    """The load, and outcomes a second from its first request to the last outcome. Raises RuntimeError."""
    path, body = part.request(one.system)
    before = part.done(one)
    load = run_apart(Load(one.port, path, body, requests, part.connections, per_second))
    if load.statuses != {"202": requests}:
        raise RuntimeError(f"{one.system.name} answered {load.statuses}")
    ended = await_done(one, part.done, before + requests * part.jobs, load.started_seconds)
    return load, requests * part.jobs / (ended - load.started_seconds)


def await_done(one: Running, done: Callable[[Running], int], wanted: int, started_seconds: float) -> float:
    """
    When the last of `wanted` outcomes was seen, on the monotonic clock. It asks seldom while many are missing, since
    asking costs the system too. Raises RuntimeError if it never comes, or if there are more.
    """
    first, deadline = done(one), time.monotonic() + OUTCOME_SECONDS
    began = time.monotonic()
    count = first
    while count < wanted:
        now = time.monotonic()
        if now > deadline:
            raise RuntimeError(f"{one.system.name} finished {count} of {wanted}")
        pace = (count - first) / (now - began) if count > first else 1_000 / max(0.1, now - started_seconds)
        time.sleep(min(0.25, max(0.005, (wanted - count) / pace / 2)))
        count = done(one)
    if count > wanted:
        raise RuntimeError(f"{one.system.name} did {count}, not {wanted}")
    return time.monotonic()
