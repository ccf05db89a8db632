"""What is measured: how each system is started, asked for a reservation, and seen to have finished it."""

import http.client
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from benchmarks.processes import free_port, running, valkey, wait_for

BIN = Path(sys.executable).parent
UNITS = 10_000_000  # never sold out: a refusal is less work than a hold
HOLD_MS = 3_600_000  # and no hold expires while something is measured


@dataclass(frozen=True)
class Sizes:
    """What both systems get the same of."""

    web_processes: int = 1
    worker_concurrency: int = 2


@dataclass(frozen=True)
class System:
    """One system. Bodies are JSON; `#` in them becomes a number, so that every customer is another."""

    name: str
    variables: Callable[[int, int, Sizes], dict[str, str]]  # of Redis' port, the web port
    worker: Callable[[Sizes], list[str]]
    web: list[str]
    create: tuple[str, str, dict[str, Any]]  # method, path, body
    path: str  # POST a reservation
    body: str
    reservation: str  # GET one; `#` becomes its id
    show: str  # GET the show
    held: Callable[[Mapping[str, Any]], int]  # units held, from the show's JSON
    finished: Callable[[redis.Redis], int]  # reservations that have their outcome
    families: Mapping[str, str]  # what keys are for -> pattern


class Running:
    """A system that runs: its port, its processes with Redis among them, and its state to look at."""

    def __init__(
        self, system: System, port: int, client: redis.Redis, processes: list[subprocess.Popen[bytes]]
    ) -> None:
        self.system, self.port, self.redis, self.processes = system, port, client, processes

    def call(self, method: str, path: str, body: str | None = None, prefer: str = "") -> tuple[int, Any]:
        """One request on a connection of its own: status and JSON. Raises OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body, {**headers, **({"Prefer": prefer} if prefer else {})})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text)

    def units_held(self) -> int:
        """As the system itself tells it."""
        return self.system.held(self.call("GET", self.system.show)[1])


@contextmanager
def started(system: System, sizes: Sizes) -> Iterator[Running]:
    """
    The system, alone, on an empty server, with one show on sale and one reservation made. Raises StartError.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        (server, redis_port), port = stack.enter_context(valkey(directory)), free_port()
        variables = system.variables(redis_port, port, sizes)
        client = stack.enter_context(redis.Redis(port=redis_port, decode_responses=True))
        # Ended in the reverse order: the server goes last.
        processes = [
            server,
            stack.enter_context(running("worker", system.worker(sizes), variables, directory)),
            stack.enter_context(running("web", system.web, variables, directory)),
        ]
        one = Running(system, port, client, processes)
        _await(one, directory)
        yield one


def _await(one: Running, directory: Path) -> None:
    """Until a show can be created and a first reservation is finished."""
    system = one.system
    method, path, body = system.create

    def answers(method: str, path: str, body: str) -> bool:
        try:
            return one.call(method, path, body)[0] < 300
        except OSError:
            return False

    wait_for(lambda: answers(method, path, json.dumps(body)), one.processes, directory)
    wait_for(lambda: answers("POST", system.path, system.body), one.processes, directory)
    wait_for(lambda: system.finished(one.redis) >= 1, one.processes, directory)


def _usher_worker(sizes: Sizes) -> list[str]:
    celery = [str(BIN / "celery"), "-A", "tasks_app.celery", "worker", "-Q", "reservations,jobs", "-P", "prefork"]
    return [*celery, "-c", str(sizes.worker_concurrency), "--without-gossip", "--without-mingle", "-E"]


def _plain_worker(sizes: Sizes) -> list[str]:
    celery = [str(BIN / "celery"), "-A", "benchmarks.plain.celery", "worker", "-P", "prefork"]
    return [*celery, "-c", str(sizes.worker_concurrency), "--without-gossip", "--without-mingle", "-E"]


USHER = System(
    name="Usher",
    variables=lambda redis_port, port, sizes: {
        "REDIS_PORT": str(redis_port),
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "USHER_WEB_PROCESSES": str(sizes.web_processes),
        "USHER_SEED": "none",
    },
    worker=_usher_worker,
    web=[str(BIN / "gunicorn"), "-c", "gunicorn.conf.py", "api.app:create_app()"],
    create=(
        "POST",
        "/v1/shows",
        {
            "id": "gala",
            "name": "Gala",
            "pools": [{"name": "floor", "capacity": UNITS}],
            "hold_seconds": HOLD_MS // 1000,
        },
    ),
    path="/v1/shows/gala/reservations",
    body='{"lines":[{"pool":"floor","quantity":1}],"customer":"customer-#"}',
    reservation="/v1/reservations/#",
    show="/v1/shows/gala",
    held=lambda show: int(show["pools"]["floor"]["held"]),
    finished=lambda client: int(client.zcard("{jobs}:index:reserve_seat:complete")),
    families={
        "job records": "{jobs}:job:*",
        "indexes by state": "{jobs}:index:*",
        "events": "{jobs}:events",
        "holds": "{show:*}:holds",
        "deadlines": "{show:*}:exp",
        "customers": "{show:*}:cust",
        "ledger": "{show:*}:log",
    },
)

PLAIN = System(
    name="plain Celery + Flask",
    variables=lambda redis_port, port, sizes: {
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
        "PORT": str(port),
        "WEB_PROCESSES": str(sizes.web_processes),
    },
    worker=_plain_worker,
    web=[str(BIN / "gunicorn"), "-c", "benchmarks/plain/gunicorn_conf.py", "benchmarks.plain.app:create_app()"],
    create=("PUT", "/shows/gala", {"capacity": UNITS, "hold_ms": HOLD_MS}),
    path="/shows/gala/reservations",
    body='{"quantity":1,"customer":"customer-#"}',
    reservation="/reservations/#",
    show="/shows/gala",
    held=lambda show: int(show["held"]),
    finished=lambda client: int(client.hlen("show:gala:holds")),
    families={
        "job records": "job:*",
        "events": "events",
        "holds": "show:*:holds",
        "deadlines": "show:*:deadlines",
    },
)
