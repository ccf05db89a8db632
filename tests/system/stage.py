"""Stage: starts Usher's processes for tests, each with a free port and a directory of the test's own."""

import base64
from pathlib import Path
from uuid import uuid4

from ops.guard import Guard
from tests.servers import Valkey, free_port
from tests.system.nodes import PROCFILE, HttpContainer, WorkerContainer
from tests.system.processes import ROOT, LocalProcess

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
# Short times, so that what heals by itself does so within a test. The rest is as users have it, unless noted.
SETTINGS = {
    "USHER_LEASE_SECONDS": "2",
    "USHER_WAKE_SECONDS": "1",
    "USHER_STALL_LIMIT": "1",
    "USHER_FLOWER_JOBS_PER_SECOND": "4000",  # an earlier test may have used up the rate for quick jobs
    "USHER_STATE_TIMEOUT_SECONDS": "5",  # a busy machine's disk may take longer than callers are promised
    "USHER_WEB_PROCESSES": "1",  # each takes a second of a core to start; `shared_usher` has two
    "USHER_HANDLERS": "tests.system.own_handlers",
    "USHER_WEBHOOK_SECRETS": SECRET,
}


class Stage:
    """A directory, and the processes that run in it, with the code of `tree`."""

    def __init__(self, directory: Path, guard: Guard, tree: Path = ROOT) -> None:
        self.directory = directory
        self.environment = {**SETTINGS, "STAGE": str(directory), "PYTHONPATH": str(tree)}
        self._guard, self._tree = guard, tree

    def valkey(self, name: str) -> tuple[LocalProcess, Valkey]:
        """A running server; it need not answer yet."""
        server = Valkey(self.directory / name)
        server.directory.mkdir()
        command = " ".join([*server.command(), "--appendfsync always"])
        return self._launch(name, command, {}), server

    def worker(
        self, kind: type[WorkerContainer], environment: dict[str, str], command: list[str] | None = None
    ) -> WorkerContainer:
        """A worker whose name ends in its node's id, as it would in a container's hostname."""
        node_id = uuid4().hex[:12]
        line = " ".join([*(command or kind.command()), "--name", f"{kind.LINE}@{node_id}"])
        return kind(self._launch(kind.LINE, line, environment, node_id))

    def web(self, urls: dict[str, str], port: int | None = None) -> HttpContainer:
        """The API, at this port or at a free one."""
        port = port or free_port()
        process = self._launch("web", PROCFILE["web"], {**urls, "PORT": str(port)})
        return HttpContainer(process, f"http://127.0.0.1:{port}/healthz")

    def flower(self, urls: dict[str, str]) -> HttpContainer:
        """Flower."""
        port = free_port()
        process = self._launch("flower", PROCFILE["flower"], {**urls, "FLOWER_PORT": str(port)})
        return HttpContainer(process, f"http://127.0.0.1:{port}/flower/healthcheck")

    def _launch(self, name: str, command: str, environment: dict[str, str], node_id: str = "") -> LocalProcess:
        given = {**self.environment, **environment}
        process = LocalProcess(name, command, self.directory, given, self._guard, node_id, self._tree)
        process.start()
        return process
