"""Watchdog: gives back jobs that wait behind a job slower than expected, and writes settlements that are ready."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tasks_app.errors import StateUnavailableError
from worker.jobs.chunk import Chunk
from worker.jobs.job_store import Settlement

log = logging.getLogger(__name__)

LATE_SECONDS = 0.1  # twice what a chunk should take
IDLE_LOOKS = 100  # then the thread sleeps until the next chunk


class Watchdog:
    """A thread for each thread that does jobs; it starts with the first chunk of more than one job."""

    def __init__(self, settle: Callable[[Sequence[Settlement]], None]) -> None:
        self._settle = settle
        self._lock = threading.Lock()
        self._chunk: Chunk | None = None
        self._thread: threading.Thread | None = None
        self._needed = threading.Event()

    @contextmanager
    def over(self, chunk: Chunk) -> Iterator[None]:
        """Watch the chunk within the block. After it, no other thread touches the chunk."""
        with self._lock:
            self._chunk = chunk
        if self._thread is None:  # not at import: a thread does not survive a pool's fork
            self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
            self._thread.start()
        self._needed.set()
        try:
            yield
        finally:
            with self._lock:
                self._chunk = None

    def _look(self) -> None:
        idle = 0
        while True:
            self._needed.wait()
            time.sleep(LATE_SECONDS / 2)
            with self._lock:  # held while it writes, so that its chunk does not end meanwhile
                chunk = self._chunk
                if chunk and time.monotonic() - chunk.started > LATE_SECONDS:
                    self._give_back(chunk)  # once: afterwards only the slow job is left
                idle = 0 if chunk else idle + 1
                if idle > IDLE_LOOKS:
                    self._needed.clear()

    def _give_back(self, chunk: Chunk) -> None:
        outcomes = [*chunk.take_done(), *chunk.withdraw()]
        if not outcomes:
            return
        try:
            self._settle(outcomes)
        except StateUnavailableError:
            chunk.done.extend(outcomes)  # they are written with the rest, when the chunk ends
        except Exception:
            chunk.done.extend(outcomes)
            log.exception("jobs that wait behind a slow one were not given back")
