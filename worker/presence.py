"""Presence: a worker's place in the list of workers, and what operators wish of it: to be quiet, to stop."""

import logging
import os
import secrets
import signal
import socket
import time
from collections.abc import Callable, Sequence

from tasks_app import VERSION
from tasks_app.text import encoded
from tasks_app.usher import Usher
from worker.jobs import Itself, JobStore, Slots, stopping

log = logging.getLogger(__name__)

ANNOUNCED_SECONDS = 3.0  # how long an announcement is valid; renewed each tick


class Presence:
    """
    The presence of one worker's process. `consume` makes it take messages, or none, and says whether it does; it is
    told again until then. `end` ends the process at once, whatever it does.
    """

    def __init__(
        self,
        usher: Usher,
        name: str,
        lanes: Sequence[str],
        types: Sequence[str],
        slots: Slots,
        consume: Callable[[bool], bool],
        end: Callable[[Sequence[int]], None] | None = None,
    ) -> None:
        self._store = JobStore(usher.connections.worker_state, usher.settings)
        self._name, self._lanes, self._types, self._slots = name, list(lanes), list(types), slots
        self._consume, self._end = consume, end or _kill
        self._stop_seconds = usher.settings.stop_seconds
        self._boot = secrets.token_hex(8)
        self._about = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "queues": self._lanes,
            "release": usher.settings.release or VERSION,
            "since_ms": int(time.time() * 1000),
        }
        self._is_quiet = self._has_let_go = False
        self._ends: float | None = None  # when it is to end at once, by time.monotonic; None = nobody wishes it

    def announce(self) -> None:
        """Announce the slots and what they do, and heed what operators wish. Raises StateUnavailableError."""
        doing = self._slots.read()
        is_stopping = stopping.is_stopping()
        alive = 0 if is_stopping else sum(not one.dead for one in doing)
        lanes = dict.fromkeys(self._lanes, alive)
        wishes = self._store.announce(self._name, lanes, self._types, ANNOUNCED_SECONDS, doing, self._itself())
        if wishes.quiet != self._is_quiet:
            self._is_quiet = wishes.quiet
            log.info("an operator wishes that this worker %s", "starts no job" if wishes.quiet else "goes on")
        # Otherwise its queues are left alone: somebody may have had it let go of one by Celery's own command.
        if wishes.quiet or self._has_let_go:
            self._has_let_go = not self._consume(not wishes.quiet) or wishes.quiet
        if not wishes.stop:
            return
        if self._ends is None:
            self._ends = time.monotonic() + self._stop_seconds
            log.info("an operator stops this worker: what it does may take %g s", self._stop_seconds)
            os.kill(os.getpid(), signal.SIGTERM)
        elif time.monotonic() > self._ends:
            log.warning("this worker ends, though it has not finished: its jobs come back when their leases end")
            self.leave()
            self._end([one.pid for one in doing])

    def leave(self) -> None:
        """The process ends in order: it is no longer in the list. Raises StateUnavailableError."""
        self._store.depart(self._name, self._itself(), self._lanes)

    def _itself(self) -> Itself:
        return Itself(self._boot, encoded({**self._about, "is_stopping": stopping.is_stopping()}))


def _kill(pids: Sequence[int]) -> None:
    """End this process and those of its pool, at once: a handler may be in C code, and hear nothing."""
    for pid in {*pids} - {0, os.getpid()}:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    os._exit(0)
