"""The API on a socket that its supervisor holds, as usher-web.socket does: a restart refuses nobody."""

import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.deadlines import until
from tests.system.processes import ROOT
from tests.system.stage import Stage

# What systemd does: the socket is the first descriptor after those of every program, and is for this process alone.
START = """
import os, sys
os.dup2(int(os.environ["FD"]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "usher", "web"])
"""


class Held:
    """A listening socket, and the web process that answers there, if there is one."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        given = {"FD": str(self._socket.fileno()), "PORT": "1"}  # another port would fail
        self._environment, self._log = os.environ | environment | given, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", START],
                cwd=ROOT,
                env=self._environment,
                pass_fds=[self._socket.fileno()],
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def close(self) -> None:
        self.stop()
        self._socket.close()


@pytest.fixture
def held(stage: Stage, tmp_path: Path) -> Iterator[Held]:
    process, server = stage.valkey("valkey")
    made = Held({**stage.environment, "REDIS_URL": server.url(), "USHER_HANDLERS": ""}, tmp_path / "web.log")
    yield made
    made.close()
    process.kill()


def test_a_restart_under_load_refuses_nobody(held: Held) -> None:
    # Given callers that ask again and again, each time over a new connection, and never repeat
    statuses: Counter[int] = Counter()
    ended = threading.Event()

    def call() -> None:
        while not ended.is_set():
            statuses[requests.get(f"{held.url}/v1/shows", timeout=30).status_code] += 1

    held.start()
    until(lambda: requests.get(f"{held.url}/healthz", timeout=30).ok, 30, lambda: "no answer")
    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()

    # When the process is exchanged, twice
    try:
        for _ in range(2):
            before = statuses[200]
            until(lambda: statuses[200] > before + 50, 20, lambda: f"{statuses}")  # noqa: B023
            held.stop()
            held.start()
        before = statuses[200]
        until(lambda: statuses[200] > before + 50, 20, lambda: f"{statuses}")
    finally:
        ended.set()
        for caller in callers:
            caller.join()

    # Then each of them had an answer
    assert statuses.keys() == {200}
