"""Capture: a queue's test mode, which keeps jobs for inspection and does nothing else with them."""

from collections import deque
from collections.abc import Sequence

from tasks_app.configuration import Settings
from tasks_app.jobs import new_job
from tasks_app.queue.created_job import CreatedJob


class Capture:
    """
    Between `enter` and `exit` the queue's jobs go here instead of to Redis; nothing connects, and no Redis is needed.

    `jobs` has them in the order of their saves, with type and data, and keeps them after `exit` until `clear`. As a
    context manager it enters, then exits and clears. To run the jobs too, with the test's own clock:
    worker/testing/simulation.py.
    """

    def __init__(self, options: Settings) -> None:
        self._options = options
        self.jobs: list[CreatedJob] = []
        self.active = False

    def enter(self) -> None:
        """Capture jobs from now on."""
        self.active = True

    def exit(self) -> None:
        """Send jobs to Redis again."""
        self.active = False

    def clear(self) -> None:
        """Forget what was captured."""
        self.jobs.clear()

    def capture(self, jobs: Sequence[CreatedJob]) -> None:
        """Keep these jobs. Raises TypeError and ValueError for jobs that a real queue would refuse, too."""
        if jobs:
            deque(new_job.parts([job.request for job in jobs], self._options), maxlen=0)
        known = {job.id for job in self.jobs}
        self.jobs += [job for job in jobs if job.id not in known]

    def __enter__(self) -> "Capture":
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.exit()
        self.clear()
