"""CurrentFindings: what the checks of the work find now, for pages and terminals that ask often."""

import threading
import time
from collections.abc import Callable, Sequence

import redis

from tasks_app.configuration import Settings
from tasks_app.doctor.examination import Check, Sight, examine
from tasks_app.doctor.findings import Report
from tasks_app.doctor.work import CHECKS
from tasks_app.jobs import JobQueries, SlotQueries
from tasks_app.state import Connections

FRESH_SECONDS = 5.0  # so long an answer stands
PATIENCE_SECONDS = 2.0  # after which no further check begins


class CurrentFindings:
    """One program's view. However many ask, it examines once in five seconds; others get the last report meanwhile."""

    def __init__(
        self,
        settings: Settings,
        its: Connections,
        jobs: JobQueries,
        slots: SlotQueries,
        checks: Sequence[Check[Sight]] = CHECKS,
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """No further check begins after `patience_seconds`. `clock`: seconds that never step back."""
        self.settings, self.jobs, self.slots = settings, jobs, slots
        self._checks, self._patience_seconds, self._clock = checks, patience_seconds, clock
        self._connections = its
        self._report: Report | None = None
        self._looked = float("-inf")  # by its clock
        self._looking = threading.Lock()

    @property
    def state(self) -> redis.Redis:
        """As a check asks for it."""
        return self._connections.state

    @property
    def broker(self) -> redis.Redis:
        """As a check asks for it."""
        return self._connections.broker

    def now_ms(self) -> int:
        """The state's time, unix ms."""
        seconds, micros = self.state.time()
        return seconds * 1000 + micros // 1000

    def read(self) -> Report:
        """The findings of a moment ago. Raises nothing: what could not be looked at is in the report."""
        is_first = self._report is None
        if self._looking.acquire(blocking=is_first):
            try:
                if self._clock() - self._looked > FRESH_SECONDS:
                    self._report = examine(self, self._checks, self._patience_seconds)
                    self._looked = self._clock()
            finally:
                self._looking.release()
        assert self._report is not None
        return self._report
