"""Queue: makes jobs from any Python program and follows them, in Kue's style."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from tasks_app.configuration import Settings
from tasks_app.jobs import Intake, NewJob, Publisher, bounds
from tasks_app.queue.created_job import CreatedJob
from tasks_app.queue.event_listener import EventListener
from tasks_app.queue.testing import Capture

SAVED = "queue"  # with a fingerprint, a repeated save finds its job instead of overwriting it


class Queue:
    """The jobs of one program. It connects at the first `save`. Callbacks run one at a time. Attribute: settings."""

    def __init__(self, intake: Intake, listener: EventListener, publisher: Publisher, settings: Settings) -> None:
        self.settings = settings
        self.test_mode = Capture(settings)
        self.closed = False
        self._intake = intake
        self._listener = listener
        self._publisher = publisher
        self._turn = threading.RLock()

    def create(self, job_type: str, data: Mapping[str, Any]) -> CreatedJob:
        """
        A new job: set its options, then save it.

        Raises InvalidJobError, a ValueError, for Usher's own types: their jobs need more than data, and the API has
        routes for them.
        """
        name = bounds.callers_type(job_type)
        return CreatedJob(NewJob(name, data, fingerprint=SAVED), self.save, self._turn)

    def save(self, jobs: Sequence[CreatedJob]) -> None:
        """
        Submit jobs with one write, all or none. Safe to repeat.

        Raises StateUnavailableError, QueueFullError, NotUniqueError (its context has the other `job`); TypeError for
        data that are not JSON, and ValueError for values that JSON does not have (NaN, half a surrogate pair, more than
        64 bits) or for too much data. Then nothing was saved.
        """
        if self.test_mode.active:
            self.test_mode.capture(jobs)
        elif jobs:
            self._submit(jobs)
        for job in jobs:
            job.announce()

    def wait(self, jobs: Sequence[CreatedJob] | None = None, seconds: float | None = None) -> bool:
        """
        Wait until these jobs, or all saved jobs, are over and their callbacks have run; False after `seconds`.

        In test mode nothing is processed, so it answers at once.
        """
        if self.test_mode.active:
            return all(job.over for job in (self.test_mode.jobs if jobs is None else jobs))
        return self._listener.wait(self._listener.followed() if jobs is None else jobs, seconds)

    def close(self) -> None:
        """Stop following jobs, and publish the wake-ups that are left. The jobs go on."""
        self.closed = True
        self._listener.close()
        self._publisher.flush()

    def _submit(self, jobs: Sequence[CreatedJob]) -> None:
        requests = [job.request for job in jobs]
        self._listener.follow(jobs)  # before they are recorded, so that it misses no event
        try:
            receipts = self._intake.submit(requests)
        except BaseException:
            self._listener.drop(jobs)
            raise
        for job, receipt in zip(jobs, receipts, strict=True):
            if receipt.conflict:
                self._listener.drop([job])
                job.become(receipt.id, receipt.conflict)
                self._listener.follow([job], is_old=True)

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
