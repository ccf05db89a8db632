"""What a job costs Usher while many or few are queued: CPU time by process, with the queue kept at its length."""

import argparse
import http.client
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

from benchmarks.contestants import USHER
from benchmarks.systems import NO_OP, ROLES, Running, Sizes, started

IN_A_REQUEST = 100
FEEDERS = 4  # connections at first; one keeps the queue at its length later
FILL_SECONDS = 60.0
MEASURE_SECONDS = 4.0
TICK_SECONDS = 0.02


@dataclass(frozen=True)
class Case:
    """So many jobs are queued. With `keys`, each has one of so many in its field `key`, in turn."""

    jobs: int
    keys: int = 0


CASES = (Case(1_000), Case(1_000_000), Case(100_000, 1), Case(100_000, 1_000))


def depth(_: argparse.Namespace) -> None:
    """Each case on a fresh system."""
    for case in CASES:
        print(measure(case), flush=True)


def measure(case: Case) -> str:
    """A line about one case."""
    with started(USHER, Sizes(), is_working=False) as one, Feeder(one, case.keys) as feeder:
        reached = queue_up(one, case.jobs, FILL_SECONDS, case.keys)
        one.start_workers()
        one.wait_for(lambda: one.jobs_done() > 0)
        feeder.keep(reached, 1.0)  # the first turns measure how long a job takes
        done, before, began = one.jobs_done(), one.cpu_seconds(), time.monotonic()
        depths = feeder.keep(reached, MEASURE_SECONDS)
        spent = {role: used - before[role] for role, used in one.cpu_seconds().items()}
        jobs, seconds = one.jobs_done() - done, time.monotonic() - began
    if not jobs:
        raise RuntimeError(f"Usher did none of {reached:,} queued jobs in {MEASURE_SECONDS:g} s")
    cpu = ", ".join(f"{role} {spent[role] / jobs * 1e6:,.0f}" for role in ROLES)
    keys = f" with {case.keys:,} keys" if case.keys else ""
    asked = "" if reached >= case.jobs else f" ({case.jobs:,} could not be queued in {FILL_SECONDS:.0f} s)"
    return (
        f"{reached:>9,} queued{keys}, {min(depths):,} to {max(depths):,} while measured{asked}:"
        f" CPU us of a job: {cpu}; {jobs / seconds:,.0f} jobs a second"
    )


class Feeder:
    """Queues jobs over one connection that it keeps."""

    def __init__(self, one: Running, keys: int = 0) -> None:
        self._one = one
        self._connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
        self._bodies = cycle(list(_bodies(keys)))

    def __enter__(self) -> "Feeder":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def fill(self, jobs: int, seconds: float) -> int:
        """Send whole requests of at least so many jobs, or as many as time allows; returns how many jobs."""
        deadline = time.monotonic() + seconds
        requests = -(-jobs // IN_A_REQUEST)
        for number in range(requests):
            if time.monotonic() > deadline:
                return number * IN_A_REQUEST
            self._post()
        return requests * IN_A_REQUEST

    def keep(self, jobs: int, seconds: float) -> Sequence[int]:
        """Fill up to `jobs` again and again, for so long; returns how many were queued each time before."""
        depths, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline:
            depths.append(queued(self._one))
            for _ in range(0, jobs - depths[-1], IN_A_REQUEST):
                self._post()
            time.sleep(TICK_SECONDS)
        return depths

    def _post(self) -> None:
        self._connection.request("POST", USHER.many_jobs, next(self._bodies), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 202:
            raise RuntimeError(f"Usher answered {answer.status} to {IN_A_REQUEST} jobs: {said.decode()}")


def queue_up(one: Running, jobs: int, seconds: float, keys: int = 0) -> int:
    """Queue so many, or as many as time allows; returns how many."""

    def feed(_: int) -> int:
        with Feeder(one, keys) as feeder:
            return feeder.fill(jobs // FEEDERS, seconds)

    with ThreadPoolExecutor(FEEDERS) as pool:
        return sum(pool.map(feed, range(FEEDERS)))


def queued(one: Running) -> int:
    """No-op jobs that wait."""
    return int(one.get(USHER.stats)["jobs"].get(NO_OP, {}).get("queued", 0))


def _bodies(keys: int) -> Iterator[str]:
    """Requests that use each key equally often when they are repeated."""
    for first in range(0, max(keys, 1), IN_A_REQUEST):
        jobs = [
            {"type": NO_OP, **({"key": f"tenant-{(first + n) % keys}"} if keys else {})} for n in range(IN_A_REQUEST)
        ]
        yield json.dumps(jobs)
