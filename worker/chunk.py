"""Chunk: the jobs that a slot claimed together; what has not begun can be taken back from it while it is done."""

import time
from collections import deque
from collections.abc import Iterator, Sequence

from worker.active import ActiveJob, Reports
from worker.job_store import Claim, Settlement


class Chunk:
    """
    Attributes: type, jobs (all of them), done (settlements that are not written yet). Two threads use it: the one that
    does the jobs, and the watch, which withdraws what waits too long. Each step of a deque is atomic.
    """

    def __init__(self, job_type: str, claims: Sequence[Claim], reports: Reports) -> None:
        self.type = job_type
        self.jobs = {claim.id: ActiveJob(job_type, claim, reports) for claim in claims}
        self.done: deque[Settlement] = deque()
        self.began = time.monotonic()
        self.late = False  # it takes much longer than was thought: outcomes are written at once
        self._waiting = deque(self.jobs.values())
        self._withdrawn: set[str] = set()

    @property
    def claims(self) -> list[Claim]:
        """Of all jobs, also those that were withdrawn."""
        return [job.claim for job in self.jobs.values()]

    def in_line(self) -> Iterator[ActiveJob]:
        """The jobs one after the other, as long as none was withdrawn."""
        while self._waiting:
            try:
                job = self._waiting.popleft()
            except IndexError:  # the watch was quicker
                return
            yield job

    def withdraw(self) -> list[Settlement]:
        """Give up what has not begun; how that is to be settled."""
        left = []
        while self._waiting:
            try:
                job = self._waiting.pop()
            except IndexError:
                break
            self._withdrawn.add(job.id)
            left.append(Settlement(job.claim, "returned", job.claim.place))
        return left

    def unanswered(self) -> dict[str, ActiveJob]:
        """The jobs whose handler has to answer, by id. Read it when the handler has ended: some may be withdrawn."""
        return {job_id: job for job_id, job in self.jobs.items() if job_id not in self._withdrawn}

    def take_done(self) -> list[Settlement]:
        """What is to be written; afterwards it is the caller's."""
        taken = []
        while self.done:
            try:
                taken.append(self.done.popleft())
            except IndexError:
                break
        return taken
