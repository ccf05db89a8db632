"""Queue: makes jobs from any Python program and hears of what becomes of them, in the manner of Kue."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from tasks_app.configuration import Settings
from tasks_app.jobs import Intake, NewJob, Publisher, bounds
from tasks_app.queue.created_job import CreatedJob
from tasks_app.queue.event_listener import EventListener
from tasks_app.queue.testing import Capture

SAVED = "queue"  # any fingerprint makes a repeated save find its job instead of writing over it


class Queue:
    """Jobs of one program. Nothing connects before the first `save`. Its callbacks come one at a time."""

    def __init__(self, intake: Intake, listener: EventListener, publisher: Publisher, options: Settings) -> None:
        self.test_mode = Capture(options)
        self.closed = False
        self._intake = intake
        self._listener = listener
        self._publisher = publisher
        self._turn = threading.RLock()

    def create(self, job_type: str, data: Mapping[str, Any]) -> CreatedJob:
        """
        A job to be given options and then saved.

        Raises InvalidJobError, a ValueError, for a type that is Usher's own: such a job needs more than data, and the
        API has its routes.
        """
        name = bounds.callers_type(job_type)
        return CreatedJob(NewJob(name, data, fingerprint=SAVED), self.save, self._turn)

    def save(self, jobs: Sequence[CreatedJob]) -> None:
        """
        Submit jobs with one write, all or none. Safe to repeat.

        Raises StateUnavailableError, QueueFullError, NotUniqueError (its context has the `job` that it met); TypeError
        when some data is not JSON, and ValueError when it has what JSON cannot say (NaN, half a surrogate pair, more
        than 64 bits) or is too much. Then nothing was saved.
        """
        if self.test_mode.active:
            self.test_mode.capture(jobs)
        elif jobs:
            self._submit(jobs)
        for job in jobs:
            job.announce()

    def wait(self, jobs: Sequence[CreatedJob] | None = None, seconds: float | None = None) -> bool:
        """
        Wait until these jobs, or all that were saved, are over and their callbacks ran; False after `seconds`.

        In test mode nothing is processed, so it says at once how things are.
        """
        if self.test_mode.active:
            return all(job.over for job in (self.test_mode.jobs if jobs is None else jobs))
        return self._listener.wait(self._listener.followed() if jobs is None else jobs, seconds)

    def close(self) -> None:
        """Hear of nothing more, and see that what was saved is published. The jobs go on."""
        self.closed = True
        self._listener.close()
        self._publisher.flush()

    def _submit(self, jobs: Sequence[CreatedJob]) -> None:
        requests = [job.request for job in jobs]
        self._listener.follow(jobs)  # before they are there, so that no event comes too early
        try:
            receipts = self._intake.receipts(requests)
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
