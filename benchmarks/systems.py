"""A measured system, its start, and its requests: only over HTTP, whatever is behind it."""

import http.client
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from benchmarks.processes import cpu_seconds, free_port, running, stop, valkey, wait_for
from tasks_app.configuration import own_settings

CALL_SECONDS = 60.0  # a call may wait for an outcome for 30 s
UNITS = 10_000_000  # never sold out: a refusal is less work than a hold
HOLD_MS = 3_600_000  # and no hold expires during a measurement
NO_OP, OTHER = "noop", "other"  # types of jobs that do nothing
SLOW, LONG = "slow", "long"  # types whose jobs take as many ms as they are told, and a minute
ROLES = ("valkey", "worker", "web")


@dataclass(frozen=True)
class Sizes:
    """What all systems get alike."""

    web_processes: int = own_settings().web_processes  # as many as Usher has on this machine
    worker_concurrency: int = 2


@dataclass(frozen=True)
class System:
    """One system. Bodies are JSON; `#` in them becomes a number, so that each customer is a different one."""

    name: str
    variables: Callable[[int, int, Sizes], dict[str, str]]  # of Redis' port, the web port
    workers: Callable[[Sizes], list[list[str]]]
    web: list[str]
    create: tuple[str, str, dict[str, Any]]  # method, path, body
    path: str  # POST a reservation
    body: str
    reservation: str  # GET one; `#` becomes its id
    show: str  # GET the show
    held: Callable[[Mapping[str, Any]], int]  # units held, from the show's JSON
    jobs: str  # POST a job
    many_jobs: str  # POST an array of them
    stats: str  # GET how many there are
    complete: Callable[[Mapping[str, Any]], int]  # no-op jobs that are done, from that
    families: Mapping[str, str]  # what keys are for -> pattern


class Running:
    """A running system: its port, its processes by role with Redis among them, and its state to look at."""

    def __init__(self, system: System, sizes: Sizes, directory: Path, stack: ExitStack) -> None:
        self.system, self.directory = system, directory
        server, redis_port = stack.enter_context(valkey(directory))
        self.port = free_port()
        self.redis = stack.enter_context(redis.Redis(port=redis_port, decode_responses=True))
        self._variables = system.variables(redis_port, self.port, sizes)
        self._sizes, self._stack = sizes, stack
        self.roles: dict[str, list[subprocess.Popen[bytes]]] = {role: [] for role in ROLES}
        self.roles["valkey"].append(server)
        self._start("web", system.web, "web")
        self.wait_for(lambda: self.answers("GET", system.stats))

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        """All of them."""
        return [process for own in self.roles.values() for process in own]

    def start_workers(self) -> None:
        """Without workers, requests are queued, and nothing is done."""
        for number, command in enumerate(self.system.workers(self._sizes)):
            self._start("worker", command, f"worker{number}")

    def stop_workers(self) -> None:
        """They finish what they have begun. Raises RuntimeError if that takes too long."""
        stop(self.roles["worker"])
        self.roles["worker"].clear()

    def _start(self, role: str, command: list[str], name: str) -> None:
        process = running(name, command, self._variables, self.directory)
        self.roles[role].append(self._stack.enter_context(process))

    def call(self, method: str, path: str, body: str | None = None, prefer: str = "") -> tuple[int, Any]:
        """One request on a connection of its own: status and JSON. Raises OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS)
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body, {**headers, **({"Prefer": prefer} if prefer else {})})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text)

    def get(self, path: str) -> Any:
        """The JSON of a thing that exists. Raises RuntimeError with the answer if it does not."""
        status, found = self.call("GET", path)
        if status != 200:
            raise RuntimeError(f"{self.system.name} answered {status} to {path}: {found}")
        return found

    def answers(self, method: str, path: str, body: str | None = None) -> bool:
        """Whether it accepts this request."""
        try:
            return self.call(method, path, body)[0] < 300
        except OSError:
            return False

    def wait_for(self, ready: Callable[[], bool]) -> None:
        """Ask until it is so. Raises StartError if that takes too long or a process ends."""
        wait_for(ready, self.processes, self.directory)

    def units_held(self) -> int:
        """Reservations that have their outcome, of one unit each: as the system itself says."""
        return self.system.held(self.get(self.system.show))

    def jobs_done(self) -> int:
        """No-op jobs that are complete."""
        return self.system.complete(self.get(self.system.stats))

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time of its processes so far, by role."""
        return {role: cpu_seconds(own) for role, own in self.roles.items()}


@contextmanager
def started(system: System, sizes: Sizes, is_working: bool = True) -> Iterator[Running]:
    """
    The system, alone, on an empty server. Unless it is to have no workers yet, one show is on sale, and one reservation
    and one job are done. Raises StartError.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        one = Running(system, sizes, directory, stack)  # ended in the reverse order: the server goes last
        if is_working:
            one.start_workers()
            method, path, body = system.create
            one.wait_for(lambda: one.answers(method, path, json.dumps(body)))
            one.wait_for(lambda: one.call("GET", system.show)[0] == 200)  # Usher's workers create it
            one.wait_for(lambda: one.answers("POST", system.path, system.body))
            one.wait_for(lambda: one.answers("POST", system.jobs, f'{{"type":"{NO_OP}"}}'))
            one.wait_for(lambda: one.units_held() >= 1 and one.jobs_done() >= 1)
        yield one
