"""Chunk: the jobs that a slot claimed together; jobs that have not started can be withdrawn while others are done."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from worker.jobs import slots
from worker.jobs.active import ActiveJob, Reports
from worker.jobs.job_store import Claim, Settlement

Taken = TypeVar("Taken")


class Chunk:
    """
    Attributes: type, jobs (all of them, by id), handed (jobs that the handler got and has to answer for), done
    (settlements that are not written yet), started (time.monotonic). Two threads use it: the thread that does the jobs,
    which alone hands them out; and the watchdog, which withdraws jobs that wait too long. Each step of a deque is
    atomic.
    """

    def __init__(self, job_type: str, claims: Sequence[Claim], reports: Reports) -> None:
        self.type = job_type
        self.jobs = {claim.id: ActiveJob(job_type, claim, reports) for claim in claims}
        self.handed: dict[str, ActiveJob] = {}
        self.done: deque[Settlement] = deque()
        self.started = time.monotonic()
        self._waiting = deque(self.jobs.values())

    @property
    def claims(self) -> list[Claim]:
        """The claims of all jobs, including withdrawn ones."""
        return [job.claim for job in self.jobs.values()]

    def singly(self) -> Iterator[ActiveJob]:
        """Hand out the jobs one after the other, until the rest is withdrawn."""
        for job in self._hand_out():
            slots.show(job.id)
            yield job

    def at_once(self) -> list[ActiveJob]:
        """Hand out all jobs."""
        jobs = list(self._hand_out())
        if jobs:
            slots.show(jobs[0].id, len(jobs))
        return jobs

    def _hand_out(self) -> Iterator[ActiveJob]:
        while (job := _taken(self._waiting.popleft)) is not None:
            self.handed[job.id] = job
            job.handed = time.monotonic()
            yield job

    def withdraw(self) -> list[Settlement]:
        """Withdraw the jobs that were not handed out; returns their settlements."""
        left = []
        while (job := _taken(self._waiting.pop)) is not None:
            left.append(Settlement(job.claim, "returned", job.claim.place))
        return left

    def take_done(self) -> list[Settlement]:
        """Pass the settlements that are to be written to the caller."""
        taken = []
        while (one := _taken(self.done.popleft)) is not None:
            taken.append(one)
        return taken


def _taken(take: Callable[[], Taken]) -> Taken | None:
    """Take an item from a deque; None if it is empty. Only trying can tell: the other thread may be faster."""
    try:
        return take()
    except IndexError:
        return None
