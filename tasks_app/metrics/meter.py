"""Meter: counts in this process's memory, and adds it up in the state a second later, in a thread of its own."""

import logging
import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from redis.commands.core import Script

from tasks_app.errors import StateUnavailableError
from tasks_app.lua import job_script
from tasks_app.metrics.series import OTHER, RUN, SERIES, Series
from tasks_app.state import Connections, connections, keys
from tasks_app.text import encoded

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0  # a process that is killed loses what it counted within this time
VALID_SECONDS = 5.0  # how long its own numbers count when it no longer renews them
IDLE_FLUSHES = 30  # then the thread ends, until something is counted again
FRESH = 200_000  # observations that are not added up yet; the oldest go first
ROWS = 1_000  # in one call
PATIENCE_SECONDS = 0.1  # a reader does not wait for a call that hangs


class Meter:
    """
    What one process counts. Counting appends to a queue, which takes no lock and raises nothing, so it may be done
    anywhere; all else happens in the thread.
    """

    def __init__(self, its: Connections) -> None:
        self._connections = its
        self._own: Callable[[], Mapping[str, int]] | None = None
        self._script: Script | None = None
        self.process = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._fresh: deque[tuple[str, tuple[str, ...], float]] = deque(maxlen=FRESH)
        self._sums: dict[tuple[str, str], int] = {}  # (type or "", field) -> what the state does not have yet
        self._series: dict[tuple[str, tuple[str, ...]], Series] = {}  # by name and labels
        self._starting, self._sending = threading.Lock(), threading.Lock()
        self._runs = False

    def observe(self, name: str, labels: tuple[str, ...], value: float) -> None:
        """
        A value in a histogram, in seconds or whatever its unit is; of a plain count, how much to add. The first label
        of RUN is the type of the job.
        """
        self._fresh.append((name, labels, value))
        if not self._runs:
            self._start()

    def show(self, own: Callable[[], Mapping[str, int]]) -> None:
        """What this process has open, by name; told as long as it counts anything or has anything open."""
        self._own = own

    def flush(self) -> None:
        """
        Add everything up in the state, now, unless another thread does. Raises StateUnavailableError; nothing is lost
        then. A call whose answer was lost is repeated, so it may count twice.
        """
        if not self._sending.acquire(timeout=PATIENCE_SECONDS):
            return
        try:
            self._gather()
            own = dict(self._own()) if self._own else {}
            while self._sums or own:
                rows = list(self._sums.items())[:ROWS]
                self._send(rows, own)
                own = {}
                for place, _ in rows:
                    del self._sums[place]
        finally:
            self._sending.release()

    def _send(self, rows: Sequence[tuple[tuple[str, str], int]], own: Mapping[str, int]) -> None:
        arguments: list[str | int] = [self.process, int(VALID_SECONDS * 1000), encoded(own) if own else ""]
        for (job_type, field), number in rows:
            arguments += (job_type, field, number)
        with connections.translated():
            if self._script is None:
                self._script = self._connections.state.register_script(job_script("count"))
            self._script(keys=[keys.events()], args=arguments)

    def _gather(self) -> None:
        """Add up what was observed: first by series, as there are many observations of few series."""
        series, fresh, touched = self._series, self._fresh, {}
        while fresh:
            name, labels, value = fresh.popleft()
            one = series.get((name, labels)) or self._known(name, labels)
            one.add(value)
            touched[id(one)] = one
        for one in touched.values():
            for field, number in one.taken():
                self._sums[one.type, field] = self._sums.get((one.type, field), 0) + number

    def _known(self, name: str, labels: tuple[str, ...]) -> Series:
        if len(self._series) >= SERIES and name != RUN:  # there are as few types as handlers
            labels = (OTHER,) * len(labels)
        return self._series.setdefault((name, labels), Series(name, labels))

    def _start(self) -> None:
        with self._starting:
            if not self._runs:  # not when it is made: a thread does not survive a fork
                self._runs = True
                threading.Thread(target=self._run, name="meter", daemon=True).start()

    def _run(self) -> None:
        idle = 0
        while idle < IDLE_FLUSHES:
            time.sleep(FLUSH_SECONDS)
            idle = 0 if self._fresh or self._sums or (self._own and any(self._own().values())) else idle + 1
            try:
                self.flush()
            except StateUnavailableError:  # the numbers wait; others say so
                pass
            except Exception:
                log.exception("numbers for /metrics were not added up")
        self._runs = False
        if self._fresh:  # it came since the last look
            self._start()
