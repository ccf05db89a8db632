"""LocalProcess: a real process on this machine with the interface of a docker container, for pytest-celery."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from ops.guard import Guard
from tests.deadlines import deadline_in

ROOT = Path(__file__).parents[2]


class LocalProcess:
    """
    One command in a session of its own; the names and meanings of its methods are those of docker-py's Container.

    It runs the code of `tree`. The guard ends it when the tests themselves are killed, so that nothing is left behind.
    """

    def __init__(
        self,
        name: str,
        command: str,
        directory: Path,
        environment: dict[str, str],
        guard: Guard,
        node_id: str = "",
        tree: Path = ROOT,
    ) -> None:
        self.id = node_id or uuid4().hex[:12]
        self.name = f"{name}-{self.id}"
        self._command, self._environment, self._guard = command, environment, guard
        self._tree = tree
        self._log = directory / f"{self.name}.log"
        self._log.touch()
        self._started_at = 0  # where in the log the present run begins
        self._popen: subprocess.Popen[bytes] | None = None
        self._paused = False
        self.attrs: dict[str, Any] = {"NetworkSettings": {"Networks": {}, "Ports": {}}}

    def start(self) -> None:
        """Run the command through a shell, as the runner of the Procfile does."""
        self._started_at = self._log.stat().st_size
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {self._command}"],
                cwd=self._tree,
                env=os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"} | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._guard.watch(self._popen.pid, signal.SIGKILL)

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    @property
    def status(self) -> str:
        if self._popen is None or self._popen.poll() is not None:
            return "exited"
        return "paused" if self._paused else "running"

    def reload(self) -> None:
        """Nothing to do: every property looks for itself."""

    def logs(self) -> bytes:
        return self._log.read_bytes()

    def logs_since_start(self) -> bytes:
        """Only of the present run: an earlier one also said that it was ready."""
        return self.logs()[self._started_at :]

    def kill(self, signal: str | int | None = None) -> None:
        """
        SIGKILL ends the whole group and waits until it is empty, as the end of a container does. Any other signal
        goes to the leader alone: the children of a prefork pool would die of it before their work is done.
        """
        number = _number(signal)
        if number != _number("SIGKILL"):
            os.kill(self.pid, number)
            return
        if self._popen is None:
            return
        deadline = deadline_in(10)
        while True:
            for process in self.group():
                process.kill()
            if self._popen.poll() is not None and not self.group():
                break
            assert time.monotonic() < deadline, f"{self.name} outlives SIGKILL"
            time.sleep(0.005)
        self._guard.forget(self._popen.pid)
        self._paused = False

    def stop(self, timeout: float = 10) -> None:
        """SIGTERM, and SIGKILL if that is not enough."""
        if self.status == "running":
            self.kill("SIGTERM")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.wait(timeout)
        self.kill()

    def restart(self, timeout: float = 10) -> None:
        self.stop(timeout)
        self.start()

    def wait(self, timeout: float) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        assert self._popen is not None
        return self._popen.wait(timeout)

    def pause(self) -> None:
        """SIGSTOP: connections stay open, nothing answers."""
        self._signal_group("SIGSTOP")
        self._paused = True

    def unpause(self) -> None:
        self._signal_group("SIGCONT")
        self._paused = False

    def group(self) -> list[psutil.Process]:
        """The live processes of the group, the leader included."""
        return [process for process in psutil.process_iter() if self._is_mine(process)]

    def _is_mine(self, process: psutil.Process) -> bool:
        try:
            return os.getpgid(process.pid) == self.pid and process.status() != psutil.STATUS_ZOMBIE
        except (ProcessLookupError, psutil.NoSuchProcess):
            return False

    def _signal_group(self, name: str) -> None:
        for process in self.group():
            process.send_signal(_number(name))


def _number(name: str | int | None) -> signal.Signals:
    return signal.Signals[name] if isinstance(name, str) else signal.Signals(name or signal.SIGKILL)
