"""Usher's processes as pytest-celery's containers and nodes: its classes, on local processes instead of docker."""

import time
from typing import Any

import redis
import requests
from celery import Celery
from pytest_celery import (
    CeleryTestContainer,
    CeleryTestNode,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerContainer,
    RedisContainer,
    RedisTestBackend,
    RedisTestBroker,
)
from pytest_docker_tools.exceptions import ContainerFailed
from pytest_docker_tools.exceptions import TimeoutError as WaitingError

from ops.procfile import read
from tests.deadlines import deadline_in
from tests.servers import Valkey
from tests.system.processes import ROOT, LocalProcess

PROCFILE = read(ROOT / "Procfile")


class LocalContainer(CeleryTestContainer):  # type: ignore[misc]
    """A container that is a local process, ready when it answers. Polls often; fails at once if the process dies."""

    _container: LocalProcess

    def answers(self) -> bool:
        """Whether the present run is ready; pytest-celery's own prompt may be left from an earlier run."""
        return bool(self.ready_prompt in self._container.logs_since_start().decode(errors="replace"))

    def restart(self, timeout: float = 10) -> None:
        self._container.restart(timeout)
        self.ready()

    def start(self) -> None:
        """Begin a new run after a kill; it is not ready yet."""
        self._container.start()

    def pause(self) -> None:
        self._container.pause()

    def unpause(self) -> None:
        self._container.unpause()

    def wait(self, timeout: float) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        return self._container.wait(timeout)

    def teardown(self) -> None:
        self._container.kill()

    def _wait_ready(self, timeout: int = 40) -> bool:
        deadline = deadline_in(timeout)
        while not self.answers():
            if self.status == "exited":
                raise ContainerFailed(self, f"{self.name} ended before it was ready:\n{self.logs()}")
            if time.monotonic() > deadline:
                raise WaitingError(f"{self.name} is not ready:\n{self.logs()}")
            time.sleep(0.02)
        return True


class ValkeyContainer(LocalContainer, RedisContainer):  # type: ignore[misc]
    """One database of a server; two of them may share the server's process."""

    def __init__(self, process: LocalProcess, server: Valkey, database: int) -> None:
        super().__init__(process)
        self.server, self._database = server, database

    def beside(self, database: int) -> "ValkeyContainer":
        """Another database of the same server."""
        return ValkeyContainer(self._container, self.server, database)

    def answers(self) -> bool:
        with self.server.client(self._database) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:  # even while it reads its data
                return False

    @property
    def hostname(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def vhost(self) -> str:
        return str(self._database)

    @property
    def url(self) -> str:
        return self.server.url(self._database)

    host_url = url


class WorkerContainer(LocalContainer, CeleryWorkerContainer):  # type: ignore[misc]
    """The Procfile's `worker`: jobs of users' types, in a pool of processes."""

    LINE = "worker"
    QUEUE = "jobs"

    @classmethod
    def command(cls, *args: str, **_: Any) -> list[str]:
        return [PROCFILE[cls.LINE], *args]

    @classmethod
    def worker_name(cls) -> str:
        return cls.LINE

    @classmethod
    def worker_queue(cls) -> str:
        return cls.QUEUE

    @classmethod
    def initial_env(
        cls, celery_worker_cluster_config: dict[str, Any], initial: dict[str, str] | None = None
    ) -> dict[str, str]:
        """Broker and state under Usher's names; the backend of pytest-celery is Usher's state."""
        clusters = celery_worker_cluster_config
        return {
            "BROKER_URL": clusters["celery_broker_cluster_config"]["urls"][0],
            "REDIS_URL": clusters["celery_backend_cluster_config"]["urls"][0],
            **(initial or {}),
        }


class SellerContainer(WorkerContainer):
    """The Procfile's `seller`: reservations, in a pool of processes."""

    LINE = "seller"
    QUEUE = "reservations"


class NotifierContainer(WorkerContainer):
    """The Procfile's `notifier`: notifications, in a pool of threads."""

    LINE = "notifier"
    QUEUE = "notifications"


class HttpContainer(LocalContainer):
    """A process that is ready when it answers over HTTP."""

    def __init__(self, process: LocalProcess, url: str) -> None:
        super().__init__(process)
        self.url = url

    def answers(self) -> bool:
        try:
            return requests.get(self.url, timeout=2).ok
        except requests.RequestException:
            return False


class LocalNode(CeleryTestNode):  # type: ignore[misc]
    """A node whose log is looked at often."""

    container: Any

    def wait_for_log(self, log: str, message: str = "", timeout: float = 30) -> None:
        deadline = deadline_in(timeout)
        while log not in self.logs():
            if time.monotonic() > deadline:
                raise WaitingError(f"{self.name()} did not log {log!r} {message}")
            time.sleep(0.02)


class WorkerNode(LocalNode, CeleryTestWorker):  # type: ignore[misc]
    """A worker."""

    def get_running_processes_info(
        self, columns: list[str] | None = None, filters: dict[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """Only its own processes; pytest-celery's class lists the whole machine, which elsewhere is a container."""
        found = [process.as_dict(columns) for process in self.container._container.group()]
        return [one for one in found if all(one.get(name) == value for name, value in (filters or {}).items())]


class ValkeyBroker(LocalNode, RedisTestBroker):  # type: ignore[misc]
    """The broker's database."""


class ValkeyState(LocalNode, RedisTestBackend):  # type: ignore[misc]
    """The state's database, in the place of a result backend."""


class HttpNode(LocalNode):
    """The web process, or Flower."""


class UsherSetup(CeleryTestSetup):  # type: ignore[misc]
    """A setup whose app speaks to the broker as Usher's own does."""

    @classmethod
    def update_app_config(cls, app: Celery) -> None:
        broker_url = app.conf.broker_url
        app.config_from_object("celeryconfig", force=True)
        app.conf.update(broker_url=broker_url, imports=())

    def teardown(self) -> None:
        self.app.close()
