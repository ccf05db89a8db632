"""ActiveJob: what a handler sees of its job, and how it reports."""

import math
from collections.abc import Sequence
from typing import NoReturn, Protocol

from tasks_app.errors import LostJobError
from tasks_app.text import Json, JsonObject, decoded
from tasks_app.traces import Traces
from worker.jobs.job_store import LOG_LINE_CHARACTERS, Claim


class Reports(Protocol):
    """Where a running job's reports go: a JobStore, or in a simulation a MemoryStore."""

    def progress(self, reports: Sequence[tuple[Claim, int, Json]]) -> list[bool]:
        """As JobStore.progress."""

    def begin(self, claims: Sequence[Claim]) -> list[bool]:
        """As JobStore.begin."""

    def log(self, claim: Claim, line: str) -> bool:
        """As JobStore.log."""


class ActiveJob:
    """One claimed job. Attributes: id, type, data, metadata, target, batch, title, attempt (1 = the first)."""

    def __init__(self, job_type: str, claim: Claim, store: Reports) -> None:
        self.type = job_type
        self.claim = claim
        self.id, self.data, self.target = claim.id, claim.data, claim.target
        self.batch, self.title = claim.batch, claim.title
        self.metadata: JsonObject = decoded(claim.metadata) if claim.metadata else {}
        self.attempt = claim.attempts_made + 1
        self.deadline_ms = claim.deadline_ms  # server time: after it, another worker may have the job
        self._store = store
        self.traces: Traces | None = None  # of the process that does it; None = they are off
        self.handed = 0.0  # when the handler got it, by time.monotonic
        self.begun = False  # its effect on the outside world may have happened
        self.lost = False  # this worker has found out that it no longer has the job

    def progress(self, done: float, total: float, data: Json = None) -> None:
        """
        Report that `done` of `total` is done, with any JSON data. Starts lease and ttl again. An impossible share, such
        as 0 of 0, counts as 0 per cent.

        Raises LostJobError when the job is no longer this worker's (cancelled, or over its ttl): stop working on it.
        """
        if not self._store.progress([(self.claim, _percent(done, total), data)])[0]:
            self._lose()

    def report_all(self, reports: Sequence[tuple["ActiveJob", int, Json]]) -> None:
        """Report for several jobs of one message, each as (job, per cent, data), in one round trip."""
        self._store.progress([(job.claim, percent, data) for job, percent, data in reports])

    def begin_all(self, jobs: Sequence["ActiveJob"]) -> None:
        """As begin, for several jobs of one message in one round trip; the settlement will find out which were lost."""
        for job in jobs:
            job.begun = True
        self._store.begin([job.claim for job in jobs])

    @property
    def interrupted(self) -> bool:
        """Did an earlier attempt call begin() without ending? Then its effect may have happened."""
        return self.claim.interrupted

    def begin(self) -> None:
        """
        Note that the effect on the outside world starts now. If this worker dies before the outcome is written, the
        next attempt finds `interrupted` set. Raises LostJobError when the job is no longer this worker's.
        """
        self.begun = True
        if not self._store.begin([self.claim])[0]:
            self._lose()

    def log(self, line: object) -> None:
        """
        Add a line, or the text of any other object, to the job's own log, which keeps the last hundred. Half a
        surrogate pair is shown as \\udcff. Raises LostJobError as above.
        """
        if not self._store.log(self.claim, _text(line)):
            self._lose()

    def _lose(self) -> NoReturn:
        self.lost = True
        raise LostJobError(job=self.id)


def _percent(done: float, total: float) -> int:
    try:
        share = 100 * done / total
        return round(max(0, min(100, share))) if total > 0 and math.isfinite(share) else 0
    except (TypeError, ValueError, ArithmeticError):  # a report is no reason to fail a job
        return 0


def _text(line: object) -> str:
    try:
        text = line if isinstance(line, str) else str(line)
    except Exception as error:
        text = f"(a {type(line).__name__} whose text cannot be read: {type(error).__name__})"
    return text[:LOG_LINE_CHARACTERS].encode(errors="backslashreplace").decode()
