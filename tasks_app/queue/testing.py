"""Capture: a queue's test mode, in which jobs are kept for a look and nothing else happens to them."""

from collections import deque
from collections.abc import Sequence

from tasks_app.configuration import Settings
from tasks_app.jobs import new_job
from tasks_app.queue.created_job import CreatedJob


class Capture:
    """
    Between `enter` and `exit` the queue's jobs go here instead of to Redis; none is needed, and nothing connects.

    `jobs` has them in the order in which they were saved, with type and data, and keeps them after `exit`, until
    `clear`. As a context manager it enters, then exits and clears. To have the jobs done, by a clock of the test's own:
    worker/testing/simulation.py.
    """

    def __init__(self, options: Settings) -> None:
        self._options = options
        self.jobs: list[CreatedJob] = []
        self.active = False

    def enter(self) -> None:
        """From now on nothing is sent."""
        self.active = True

    def exit(self) -> None:
        """Back to the real thing."""
        self.active = False

    def clear(self) -> None:
        """Forget what was captured."""
        self.jobs.clear()

    def capture(self, jobs: Sequence[CreatedJob]) -> None:
        """Keep these. Raises TypeError and ValueError for what would be refused in reality, too."""
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
