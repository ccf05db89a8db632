"""CurrentFindings: what the checks of the work find now, for pages and terminals that ask often."""

import threading
import time

import redis

from tasks_app.configuration import Settings
from tasks_app.doctor.examination import examine
from tasks_app.doctor.findings import Report
from tasks_app.doctor.work import CHECKS
from tasks_app.jobs import JobQueries, SlotQueries
from tasks_app.state import Connections

FRESH_SECONDS = 5.0  # so long an answer stands
PATIENCE_SECONDS = 2.0  # after which no further check begins


class CurrentFindings:
    """One program's view. However many ask, it examines once in five seconds; others get the last report meanwhile."""

    def __init__(self, settings: Settings, its: Connections, jobs: JobQueries, slots: SlotQueries) -> None:
        self.settings, self.jobs, self.slots = settings, jobs, slots
        self._connections = its
        self._report: Report | None = None
        self._looked = float("-inf")  # by time.monotonic
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
                if time.monotonic() - self._looked > FRESH_SECONDS:
                    self._report = examine(self, CHECKS, PATIENCE_SECONDS)
                    self._looked = time.monotonic()
            finally:
                self._looking.release()
        assert self._report is not None
        return self._report
