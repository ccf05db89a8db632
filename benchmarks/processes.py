"""Starts the measured programs on free ports in a directory of its own, and ends them whatever happens."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import redis

from ops.server import arguments, find_server, memory_bytes

ROOT = Path(__file__).parent.parent
START_SECONDS, STOP_SECONDS = 60.0, 30.0


class StartError(RuntimeError):
    """A program did not start; the message has the end of its log."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    name: str, command: Sequence[str], variables: Mapping[str, str], directory: Path, cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """
    A process and its children for the length of the block; its output goes to `<directory>/<name>.log`.

    At the end all of them are killed: their data are thrown away with the directory, so there is no need to ask.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("USHER_")}
    with (directory / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=cwd, env={**environment, **variables}, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):  # it died by itself, children and all
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Tell them to end, and wait until they have. Raises RuntimeError if that takes too long."""
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while any(process.poll() is None for process in processes):
        if time.monotonic() > deadline:
            raise RuntimeError(f"a process that was told to end did not within {STOP_SECONDS:.0f} s")
        time.sleep(0.05)


@contextmanager
def valkey(directory: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server with the settings that Usher's bundled one has, and its port."""
    port = free_port()
    (directory / "var/redis").mkdir(parents=True)  # where those settings say that the data are
    command = [str(find_server()), *arguments(port, "always", memory_bytes())]
    with ExitStack() as stack:
        process = stack.enter_context(running("valkey", command, {}, directory, cwd=directory))
        client = stack.enter_context(redis.Redis(port=port))

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        wait_for(answers, [process], directory)
        yield process, port


def cpu_seconds(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    """What these and their children have used so far, in user and system mode."""
    total = 0.0
    for process in processes:
        top = psutil.Process(process.pid)
        for one in (top, *top.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                total += times.user + times.system
    return total


def wait_for(ready: Callable[[], bool], processes: Sequence[subprocess.Popen[bytes]], directory: Path) -> None:
    """Ask `ready` until it says yes. Raises StartError if that takes too long or one of `processes` ends."""
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline or any(process.poll() is not None for process in processes):
            logs = "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in sorted(directory.glob("*.log")))
            raise StartError(f"it did not start:\n{logs}")
        time.sleep(0.05)
