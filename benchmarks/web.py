"""
`python -m benchmarks.web`: what a request costs the web process, beside a Flask route that does nothing.

No worker runs, so nothing else is measured. Both sides get requests in turns, over connections that are kept.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response

from benchmarks.load import Load, run_apart
from benchmarks.processes import cpu_seconds, free_port, running, valkey, wait_for

GUNICORN = [sys.executable, "-m", "gunicorn"]
BARE = "bare Flask"
IDLE_SECONDS = 0.03  # of CPU time in half a second
JOB = '{"type":"nobody does it","data":{"number":#}}'
RESERVATION = '{"lines":[{"pool":"floor","quantity":1}],"customer":"customer-#"}'


@dataclass(frozen=True)
class Work:
    """A kind of request. `share`: of the requests of a round, since a large one takes longer."""

    name: str
    path: str
    body: str
    jobs: int = 1
    share: float = 1.0
    status: str = "202"


WORKS = (
    Work("a job that does not fit", "/v1/jobs", '{"type":#}', status="422"),  # read, validated, answered, not recorded
    Work("one job", "/v1/jobs", JOB),
    Work("one reservation", "/v1/shows/gala/reservations", RESERVATION),
    Work("100 jobs", "/v1/jobs", f"[{','.join([JOB] * 100)}]", 100, 0.05),
)


def create_bare() -> Flask:
    """An application with one route, which answers a body of the size that Usher's answers have."""
    app = Flask(__name__)

    @app.post("/")
    def nothing() -> Response:
        return Response(b" " * 180, 202, content_type="application/json")

    return app


@contextmanager
def started(
    directory: Path,
) -> Iterator[tuple[tuple[subprocess.Popen[bytes], int], tuple[subprocess.Popen[bytes], int]]]:
    """Bare Flask under gunicorn's own gevent worker, and Usher as the Procfile starts it."""
    with ExitStack() as stack:
        _, redis_port = stack.enter_context(valkey(directory))
        bare_port, port = free_port(), free_port()
        variables = {
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "USHER_SEED": "none",
            "USHER_WEB_PROCESSES": "1",
        }
        command = [*GUNICORN, "-k", "gevent", "-b", f"127.0.0.1:{bare_port}", "benchmarks.web:create_bare()"]
        bare = stack.enter_context(running("bare", command, {}, directory))
        command = [*GUNICORN, "-c", "python:api.gunicorn_conf", "api.app:create_app()"]
        usher = stack.enter_context(running("usher", command, variables, directory))
        for one, its_port, work in ((bare, bare_port, Work(BARE, "/", "{}")), (usher, port, WORKS[0])):
            wait_for(lambda port=its_port, work=work: _answers(port, work), [one], directory)  # type: ignore[misc]
        yield (bare, bare_port), (usher, port)


def _answers(port: int, work: Work) -> bool:
    try:
        run_apart(Load(port, work.path, work.body, 20, 2))
    except RuntimeError:
        return False
    return True


def cost_us(process: subprocess.Popen[bytes], port: int, work: Work, requests: int, connections: int) -> float:
    """CPU time of the web process for a request, user and system mode. Raises RuntimeError at another status."""
    before = cpu_seconds([process])
    measured = run_apart(Load(port, work.path, work.body, requests, connections))
    if set(measured.statuses) != {work.status}:
        raise RuntimeError(f"{work.name} was answered {measured.statuses}")
    return (_at_rest([process]) - before) * 1e6 / requests


def _at_rest(processes: list[subprocess.Popen[bytes]]) -> float:
    """The CPU time once the work after the answers is done: messages are published behind them."""
    used = cpu_seconds(processes)
    while True:
        time.sleep(0.5)
        now = cpu_seconds(processes)
        if now - used < IDLE_SECONDS:
            return now
        used = now


def measure(requests: int, rounds: int, connections: int) -> Mapping[str, list[float]]:
    """us per request, for each kind in each round."""
    found: dict[str, list[float]] = {name: [] for name in (BARE, *(work.name for work in WORKS))}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as directory, started(Path(directory)) as (bare, usher):
        for _ in range(rounds):
            found[BARE].append(cost_us(*bare, Work(BARE, "/", "{}"), requests, connections))
            for work in WORKS:
                count = max(round(requests * work.share), connections)
                found[work.name].append(cost_us(*usher, work, count, connections))
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parser.add_argument("--requests", type=int, default=5_000, help="of each kind in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    found = measure(options.requests, options.rounds, options.connections)
    jobs = {BARE: 1, **{work.name: work.jobs for work in WORKS}}
    print(f"{'CPU time of the web process':<28} {'us a request':>12} {'us a job':>9} {'to bare Flask':>13}")
    for name, costs in found.items():
        ratio = statistics.median(cost / bare for cost, bare in zip(costs, found[BARE], strict=True))
        cost = statistics.median(costs)
        print(f"{name:<28} {cost:>12.0f} {cost / jobs[name]:>9.1f} {ratio:>13.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
