"""The load: keep-alive connections that send one request after another, in a process of its own.

`python -m benchmarks.load` reads a Load as JSON from standard input and writes its Measured to standard output. One
loop over sockets and no library: what it costs is taken from the cores that it shares with what it measures.
"""

import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

SILENCE_SECONDS = 30.0  # without any answer: then something is broken, and no number is better than a wrong one
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """`requests` POSTs of `body` to `path`; every `#` in the body becomes the request's number."""

    port: int
    path: str
    body: str
    requests: int
    connections: int


@dataclass(frozen=True)
class Measured:
    """Times on the system's monotonic clock, which all processes of a machine share. Latencies in request order."""

    started_seconds: float
    ended_seconds: float
    latencies_ms: list[float]
    statuses: dict[str, int]


class Connection:
    """One connection and the request that is on its way on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._answer = b""
        self._sent_seconds = 0.0

    def send(self, request: bytes) -> None:
        """Start a request. A few hundred bytes always fit into the kernel's buffer."""
        self._answer = b""
        self._sent_seconds = time.monotonic()
        if self.socket.send(request) != len(request):
            raise ConnectionError("the kernel took only a part of a request")

    def receive(self) -> tuple[str, float] | None:
        """Status and latency in ms of the answer, once it is complete. Raises ConnectionError when it was closed."""
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionError("the server closed a connection")
        self._answer += part
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return None
        length = LENGTH.search(head)
        if length is None:
            raise ConnectionError("an answer without Content-Length")
        if len(body) < int(length[1]):
            return None
        return head[9:12].decode(), (time.monotonic() - self._sent_seconds) * 1000


def requests_of(load: Load) -> Iterator[bytes]:
    """The requests as they go over the wire."""
    for number in range(load.requests):
        body = load.body.replace("#", str(number)).encode()
        head = f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def run(load: Load) -> Measured:
    """Send it all. Raises ConnectionError or TimeoutError, and OSError when nobody listens."""
    waiting = iter(list(requests_of(load)))  # rendered before the clock starts
    latencies: list[float] = []
    statuses: dict[str, int] = {}
    with selectors.DefaultSelector() as selector:
        idle = [Connection(load.port) for _ in range(min(load.connections, load.requests))]
        started = time.monotonic()
        for connection in idle:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(waiting))
        while len(latencies) < load.requests:
            ready = selector.select(SILENCE_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer for {SILENCE_SECONDS:.0f} s")
            for key, _ in ready:
                answer = key.data.receive()
                if answer is None:
                    continue
                status, latency = answer
                statuses[status] = statuses.get(status, 0) + 1
                latencies.append(latency)
                following = next(waiting, None)
                if following is not None:
                    key.data.send(following)
        ended = time.monotonic()
        for connection in idle:
            connection.socket.close()
    return Measured(started, ended, latencies, statuses)


def run_apart(load: Load) -> Measured:
    """The same in a process of its own. Raises RuntimeError with what it said when it fails."""
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load failed: {done.stderr.strip().splitlines()[-1]}")
    return Measured(**json.loads(done.stdout))


if __name__ == "__main__":
    json.dump(asdict(run(Load(**json.load(sys.stdin)))), sys.stdout)
