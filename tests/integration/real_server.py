"""The web process itself, gunicorn as the Procfile starts it, on the servers of the API's tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.deadlines import deadline_in
from tests.integration.api_system import ROOT, ApiSystem
from tests.servers import free_port


def received(connection: socket.socket) -> bytes:
    """All bytes until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


class RealServer:
    """One gunicorn with one worker process, on a port of its own; without a system, the environment names servers."""

    def __init__(self, system: ApiSystem | None, log: Path, **environment: str) -> None:
        self.log = log
        self.port = free_port()
        names = {"REDIS_URL": system.valkey.url(0), "BROKER_URL": system.valkey.url(1)} if system else {}
        self._start(["api.app:create_app()"], {**names, **environment})

    def _start(self, arguments: list[str], environment: dict[str, str]) -> None:
        """Start gunicorn with these arguments behind the Procfile's own, and wait until it answers."""
        command = [sys.executable, "-m", "gunicorn", "-c", "python:api.gunicorn_conf", *arguments]
        names = {**os.environ, "PORT": str(self.port), "USHER_WEB_PROCESSES": "1", **environment}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, env=names, stdout=output, stderr=output)
        deadline = deadline_in(30)
        while not self.answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return self.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startswith(
                b"HTTP/1.1 200"
            )
        except ConnectionError:
            return False

    def send(self, request: bytes, seconds: float = 60, end: bool = False) -> bytes:
        """The bytes that come back, until the server closes; `end`: the server learns that no more will be sent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            try:
                connection.sendall(request)
                if end:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it may have answered and closed before it has read all
            return received(connection)

    def memory_mb(self, field: str) -> float:
        """Memory of the process that answers: VmRSS, or VmHWM, the most since `forget_peak`."""
        text = Path(f"/proc/{self.worker()}/status").read_text()
        return int(text.split(f"{field}:")[1].split()[0]) / 1024

    def worked_seconds(self) -> float:
        """Processor time that the process that answers has used."""
        fields = Path(f"/proc/{self.worker()}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        Path(f"/proc/{self.worker()}/clear_refs").write_text("5")

    def worker(self) -> str:
        """The pid of the process that answers."""
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
