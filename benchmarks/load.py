"""The load: keep-alive connections that send as fast as they are answered or at a rate, in a process of its own.

`python -m benchmarks.load` reads a Load as JSON from standard input and writes its Measured to standard output. One
loop over sockets and no library: its cost is taken from the cores that it shares with the measured system.
"""

import json
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from benchmarks.connection import Connection

SILENCE_SECONDS = 30.0  # without any answer: then something is broken, and no number is better than a wrong one


@dataclass(frozen=True)
class Load:
    """
    `requests` POSTs of `body` to `path`; every `#` in the body becomes the request's number.

    With a rate they come when they are due, answered or not: a request that has to wait for a connection has waited
    (otherwise a system that stalls would get fewer requests, and look quick).
    """

    port: int
    path: str
    body: str
    requests: int
    connections: int
    per_second: float = 0.0  # 0 = each connection sends as soon as it has its answer


@dataclass(frozen=True)
class Measured:
    """Times on the system's monotonic clock, which all processes of a machine share. Latencies as answers came."""

    started_seconds: float
    ended_seconds: float
    latencies_ms: list[float]
    statuses: dict[str, int]
    cpu_seconds: float  # that the load itself used


def requests_of(load: Load) -> Iterator[bytes]:
    """The bytes of the requests."""
    for number in range(load.requests):
        body = load.body.replace("#", str(number)).encode()
        head = f"POST {load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def run(load: Load) -> Measured:
    """Send it all. Raises ConnectionError or TimeoutError, and OSError when nobody listens."""
    requests = list(requests_of(load))  # rendered before the clock starts
    latencies: list[float] = []
    statuses: dict[str, int] = {}
    with selectors.DefaultSelector() as selector:
        count = min(load.connections, load.requests)
        idle = [Connection(load.port, selector) for _ in range(count)]
        started, cpu = time.monotonic(), time.process_time()
        due: deque[float] = deque() if load.per_second else deque([started] * load.requests)  # since when each waits
        sent, noticed, heard = 0, 0, started
        while len(latencies) < load.requests:
            now = time.monotonic()
            while load.per_second and noticed < load.requests and started + noticed / load.per_second <= now:
                due.append(now)  # not the due time: it is not the system's fault if this loop is late
                noticed += 1
            while due and (idle or len(selector.get_map()) < count):
                since = due.popleft()
                (idle.pop() if idle else Connection(load.port, selector)).send(
                    requests[sent], since if load.per_second else time.monotonic()
                )
                sent += 1
            is_ahead = load.per_second and noticed < load.requests
            ready = selector.select(started + noticed / load.per_second - now if is_ahead else SILENCE_SECONDS)
            heard = time.monotonic() if ready or len(latencies) == sent else heard
            if time.monotonic() - heard > SILENCE_SECONDS:
                raise TimeoutError(f"no answer for {SILENCE_SECONDS:.0f} s")
            for key, _ in ready:
                if key.data.is_idle:  # a server closes connections that were unused for some seconds
                    idle.remove(key.data)
                    key.data.close()
                elif (answer := key.data.receive()) is not None:
                    statuses[answer[0]] = statuses.get(answer[0], 0) + 1
                    latencies.append(answer[1])
                    idle.append(key.data)
        ended, cpu = time.monotonic(), time.process_time() - cpu
        for connection in idle:
            connection.close()
    return Measured(started, ended, latencies, statuses, cpu)


def run_apart(load: Load) -> Measured:
    """The same in a process of its own. Raises RuntimeError with its output if it fails."""
    command = [sys.executable, "-m", "benchmarks.load"]
    done = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load failed: {done.stderr.strip().splitlines()[-1]}")
    return Measured(**json.loads(done.stdout))


if __name__ == "__main__":
    json.dump(asdict(run(Load(**json.load(sys.stdin)))), sys.stdout)
