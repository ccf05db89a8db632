"""Slots: what each pool process or thread of this worker does, and since when, in shared memory.

The table is made before the pool forks. A process of the pool writes only into its own cell, and a thread of it marks
the cell each second, which a frozen process cannot do. A pool thread's cell needs no heartbeat: it runs as long as its
process.
"""

import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from billiard import current_process

BEAT_SECONDS = 1.0
DEAD_SECONDS = 10.0  # a slot without a heartbeat for so long is dead
SPARE = 16  # cells for a pool that grows while it runs

# last heartbeat (monotonic seconds; 0 = no slot), pid, since (unix ms), type, how many jobs at once, the first of them
CELL = struct.Struct("<dqq64sq64s")
SINCE, JOBS = struct.Struct("<q"), struct.Struct("<q64s")
SINCE_AT, JOBS_AT = 16, 88


@dataclass(frozen=True, slots=True)
class Doing:
    """
    What a slot does. `type` "" = it is idle; `job` "" = it has none, as it is idle or looks for some. `since_ms`: since
    when it does this job, looks or idles, unix ms by its worker's clock.
    """

    pid: int  # 0 = the process has not started yet
    type: str
    since_ms: int
    dead: bool
    job: str = ""  # of several at once the first
    jobs: int = 0  # how many at once


class Slots:
    """
    The table of one worker. `forks`: each slot is a process of its own and must send heartbeats. `clock`: the seconds
    since 1970.
    """

    def __init__(
        self,
        count: int,
        forks: bool,
        beat_seconds: float = BEAT_SECONDS,
        dead_seconds: float = DEAD_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._forks = forks
        self._beat_seconds, self._dead_seconds = beat_seconds, dead_seconds
        self._clock = clock
        self._count = count + SPARE * forks
        self._memory = mmap.mmap(-1, CELL.size * self._count)  # shared with processes that are forked later
        self._thread = threading.local()
        self._lock = threading.Lock()
        self._threads = 0
        self._stopped = threading.Event()
        self._beating: threading.Thread | None = None
        for index in range(count):
            self._write(index, 0 if forks else os.getpid())

    def enter(self, index: int) -> None:
        """This process is that slot from now on; it takes over the cell of a process that has ended."""
        if index >= self._count:
            return
        self._thread.index = index
        self._write(index, os.getpid())

        def beat() -> None:
            while not self._stopped.wait(self._beat_seconds):
                struct.pack_into("<d", self._memory, index * CELL.size, time.monotonic())

        self._beating = threading.Thread(target=beat, name="slot", daemon=True)
        self._beating.start()

    def leave(self) -> None:
        """This process ends normally: its slot must vanish, and not count as dead."""
        index = getattr(self._thread, "index", None)
        if self._beating and index is not None:
            self._stopped.set()
            self._beating.join()  # its last beat would bring the slot back for good
            struct.pack_into("<d", self._memory, index * CELL.size, 0.0)

    @contextmanager
    def busy(self, job_type: str) -> Iterator[None]:
        """This slot takes a turn within the block."""
        index = self._index()
        if index is None:
            yield
            return
        self._write(index, os.getpid(), job_type)
        try:
            yield
        finally:
            self._write(index, os.getpid())

    def show(self, job: str, count: int) -> None:
        """This slot, which takes a turn, now does `count` jobs at once, of which `job` is the first; "" = none."""
        index = self._index()
        if index is not None:
            at = index * CELL.size
            SINCE.pack_into(self._memory, at + SINCE_AT, int(self._clock() * 1000))
            JOBS.pack_into(self._memory, at + JOBS_AT, count, job.encode())

    def read(self) -> list[Doing]:
        """What every slot does now, dead slots included."""
        found, now = [], time.monotonic()
        for index in range(self._count):
            shown, pid, since_ms, job_type, jobs, job = CELL.unpack_from(self._memory, index * CELL.size)
            if shown:
                dead = self._forks and now - shown > self._dead_seconds
                found.append(Doing(pid, _text(job_type), since_ms, dead, _text(job), jobs))
        return found

    def _index(self) -> int | None:
        if not hasattr(self._thread, "index") and not self._forks:  # a thread of a pool lives as long as the pool
            with self._lock:
                self._thread.index = self._threads if self._threads < self._count else None
                self._threads += 1
        return getattr(self._thread, "index", None)

    def _write(self, index: int, pid: int, job_type: str = "") -> None:
        shown, since_ms = time.monotonic(), int(self._clock() * 1000)
        cell = (shown, pid, since_ms, job_type.encode(), 0, b"")  # the type is cut at its 64 bytes
        CELL.pack_into(self._memory, index * CELL.size, *cell)


def _text(stored: bytes) -> str:
    return stored.rstrip(b"\0").decode(errors="replace")


_of_worker: Slots | None = None


def lay_out(count: int, forks: bool) -> Slots:
    """Make this worker's table, before its pool starts."""
    global _of_worker
    _of_worker = Slots(count, forks)
    return _of_worker


def enter(**_: object) -> None:
    """A process of the pool has started. A process that replaces another gets its number in the pool."""
    index = getattr(current_process(), "index", None)
    if _of_worker and index is not None:
        _of_worker.enter(index)


def leave(**_: object) -> None:
    """A process of the pool ends normally."""
    if _of_worker:
        _of_worker.leave()


@contextmanager
def busy(job_type: str) -> Iterator[None]:
    """This slot takes a turn at jobs of this type within the block."""
    if not _of_worker:
        yield
        return
    with _of_worker.busy(job_type):
        yield


def show(job: str, count: int = 1) -> None:
    """This slot, which takes a turn, does this job from now on, or several of which it is the first; "" = none."""
    if _of_worker:
        _of_worker.show(job, count)
