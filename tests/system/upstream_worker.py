"""Starts real workers of tests/system/upstream_app.py for test_upstream.py, and reads the marks of their tasks."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from celery import Celery

from tests.servers import Valkey

ROOT = Path(__file__).parents[2]


class Worker:
    """One worker process with its pool. Ends with the test."""

    def __init__(self, directory: Path, name: str, environment: dict[str, str], arguments: list[str]) -> None:
        self.log = directory / f"{name}.log"
        command = [sys.executable, "-m", "celery", "-A", "tests.system.upstream_app", "worker", "-l", "INFO"]
        command += ["-n", f"{name}@test", "--without-gossip", "--without-mingle", *arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def says(self, text: str) -> bool:
        return text in self.log.read_text()

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return self.says(" ready.")

    def ended(self) -> bool:
        return self.process.poll() is not None

    def pool(self) -> list[psutil.Process]:
        """The processes that do the tasks; none of a pool of threads."""
        return [] if self.ended() else psutil.Process(self.process.pid).children()

    def kill(self) -> None:
        """SIGKILL to the worker and its pool, as when a machine dies."""
        pool = self.pool()
        self.process.kill()
        for process in pool:
            process.kill()
        self.process.wait()


class Scene:
    """A broker of the test's own, its workers, and an app that publishes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.valkey = Valkey(directory / "valkey")
        self.valkey.start()
        self.client = self.valkey.client(1)
        self.app = Celery("usher", set_as_current=False)
        self.app.config_from_object("celeryconfig")
        self.app.conf.update(broker_url=self.valkey.url(1))
        self.workers: list[Worker] = []

    def worker(self, *arguments: str, visibility_seconds: float | None = None) -> Worker:
        """Start a worker; it is not ready yet. Without arguments: prefork, one process, queue `jobs`."""
        environment = {**os.environ, "BROKER_URL": self.valkey.url(1), "REDIS_URL": self.valkey.url(0)}
        environment["MARKS"] = str(self.directory / "marks")
        if visibility_seconds is not None:
            environment["VISIBILITY_SECONDS"] = str(visibility_seconds)
        name = f"worker{len(self.workers)}"
        given = list(arguments) or ["-P", "prefork", "-c", "1", "-Q", "jobs"]
        self.workers.append(Worker(self.directory, name, environment, given))
        return self.workers[-1]

    def send(self, task: str, *arguments: object, queue: str = "jobs", priority: int = 3) -> None:
        self.app.send_task(task, args=arguments, queue=queue, priority=priority)

    def marks(self) -> list[str]:
        """All that the tasks wrote so far, in order."""
        file = self.directory / "marks"
        return file.read_text().splitlines() if file.exists() else []

    def close(self) -> None:
        for worker in self.workers:
            worker.kill()
        self.app.close()
        self.client.close()
        if self.valkey.process is not None:
            self.valkey.signal(signal.SIGCONT)
        self.valkey.kill()
