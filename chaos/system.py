"""The system of a run: `make run` in a directory of its own, every process of it known by its role."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil
import requests

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (".git", "var", "Procfile", "dump.rdb")
RUNNER = "runner"
SERVERS = ("valkey-server", "redis-server")
START_SECONDS, STOP_SECONDS = 90.0, 30.0


class StartError(RuntimeError):
    """It did not start; the message has the end of its output."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class System:
    """Usher in `directory`: its files are those of this repository, and its data are its own."""

    def __init__(self, directory: Path, variables: dict[str, str]) -> None:
        self.root = directory.resolve() / "usher"
        self.root.mkdir()
        for entry in ROOT.iterdir():
            if entry.name not in LEFT_OUT:
                (self.root / entry.name).symlink_to(entry)
        lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
        named = [_named(line) for line in lines if ":" in line and not line.startswith(("#", "flower:"))]
        (self.root / "Procfile").write_text("\n".join(named) + "\n", encoding="utf-8")
        self.port, self.redis_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._mark = uuid4().hex
        ports = {"PORT": str(self.port), "REDIS_PORT": str(self.redis_port), "FLOWER_PORT": str(free_port())}
        outer = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "BROKER_URL", "HOST")}
        self.environment = {**outer, **variables, **ports, "CHAOS_MARK": self._mark, "CHAOS_ROLE": RUNNER}
        self.environment |= {"PYTHONPATH": str(self.root), "PYTHONUNBUFFERED": "1"}
        self._log = directory / "usher.log"
        self._runner: subprocess.Popen[bytes] | None = None

    @property
    def password(self) -> str:
        """The server's. It exists from the first start on."""
        return (self.root / "var/redis-password").read_text(encoding="ascii").strip()

    def start(self) -> None:
        """Run it; it need not answer yet. It ends when this process does, however it ends."""
        with self._log.open("ab") as log:
            self._runner = subprocess.Popen(
                [sys.executable, "-m", "usher", "up", "--root", str(self.root), "--with-parent"],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def revive(self) -> None:
        """Start the runner again if it has ended, as a supervisor would."""
        if self._runner is not None and self._runner.poll() is not None:
            self.start()

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until every process is up and every queue is consumed. Raises StartError."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            self.revive()
            if time.monotonic() > deadline:
                raise StartError(f"not ready after {seconds:g} s:\n{self._log.read_text(errors='replace')[-2_000:]}")
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Does /readyz say so?"""
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        return False

    def processes(self, role: str | None = None) -> list[psutil.Process]:
        """Processes of a role, or all, oldest first: the leader, then those that it has started."""
        psutil.process_iter.cache_clear()  # it would keep the name of the process before it became the server
        found = [(process, self._role_of(process)) for process in psutil.process_iter()]
        mine = [process for process, its in found if its and (role is None or its == role)]
        return sorted(mine, key=lambda process: process.pid)

    def kill_everything(self) -> None:
        """SIGKILL to all processes at once, the runner too, until nothing is left."""
        deadline = time.monotonic() + STOP_SECONDS
        while left := self.processes():
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)
            if self._runner is not None:
                self._runner.poll()
            if time.monotonic() > deadline:
                raise StartError(f"these outlive SIGKILL: {left}")
            time.sleep(0.02)
        if self._runner is not None:
            self._runner.wait()

    def _role_of(self, process: psutil.Process) -> str:
        """Its role; "" = it is not part of this system. The server writes its title over its environment."""
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return ""
            if Path(process.exe()).name in SERVERS and Path(process.cwd()).is_relative_to(self.root):
                return "redis"
            environment = process.environ()
        except (psutil.Error, OSError):
            return ""
        return environment.get("CHAOS_ROLE", "") if environment.get("CHAOS_MARK") == self._mark else ""

    def stop(self) -> None:
        """End it in order, and by SIGKILL if that takes too long."""
        if self._runner is not None and self._runner.poll() is None:
            self._runner.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._runner.wait(STOP_SECONDS)
        self.kill_everything()


def _named(line: str) -> str:
    """The line of the Procfile, changed so that its processes have its name in their environment."""
    name, _, command = line.partition(":")
    return f"{name}: env CHAOS_ROLE={name.strip()} {command.strip()}"
