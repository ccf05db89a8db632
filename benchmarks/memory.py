"""Bytes of Redis memory per finished reservation, and which keys they are in; and the most that a process took."""

import subprocess
import threading
import time
from collections.abc import Mapping

import psutil
import redis

SETTLED_BYTES = 16_384
SETTLE_SECONDS = 10.0
SAMPLES_PER_FAMILY = 200  # keys whose size is read, of a family with many alike


def used_bytes(client: redis.Redis) -> int:
    """The size of the data, once settled: all that is allocated, less buffers of clients and the append-only file."""
    deadline = time.monotonic() + SETTLE_SECONDS
    used = _used_bytes(client)
    while time.monotonic() < deadline:
        time.sleep(0.5)  # the server frees a rush's memory within a second or two
        before, used = used, _used_bytes(client)
        if abs(used - before) < SETTLED_BYTES:
            break
    return used


def by_family(client: redis.Redis, families: Mapping[str, str]) -> dict[str, int]:
    """Bytes per family of keys, by MEMORY USAGE: exact for a few keys, from a sample for many alike."""
    sizes = {}
    for name, pattern in families.items():
        keys = list(client.scan_iter(pattern, count=1_000))
        sample = keys[:: max(1, len(keys) // SAMPLES_PER_FAMILY)]
        total = sum(int(client.memory_usage(key, samples=0) or 0) for key in sample)
        sizes[name] = total * len(keys) // len(sample) if sample else 0
    return sizes


def _used_bytes(client: redis.Redis) -> int:
    info = client.info("memory")
    return int(info["used_memory"] - info["mem_clients_normal"] - info["mem_aof_buffer"])


class Peak:
    """The most memory of a process and its children within a block."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.mebibytes = 0.0
        self._process, self._over = process, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.mebibytes = max(self.mebibytes, rss_mebibytes(self._process))
            if self._over.wait(0.01):
                return


def rss_mebibytes(process: subprocess.Popen[bytes]) -> float:
    """What a process and its children have in memory."""
    top = psutil.Process(process.pid)
    return sum(one.memory_info().rss for one in (top, *top.children(recursive=True))) / 2**20
