"""Chunk: the jobs that a slot claimed together; what has not begun can be taken back from it while it is done."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from worker.jobs.active import ActiveJob, Reports
from worker.jobs.job_store import Claim, Settlement

Taken = TypeVar("Taken")


class Chunk:
    """
    Attributes: type, jobs (all of them, by id), handed (those that the handler got, and has to answer for), done
    (settlements that are not written yet), began (time.monotonic). Two threads use it: the one that does the
    jobs and alone hands them out, and the watch, which withdraws what waits too long. Each step of a deque is atomic.
    """

    def __init__(self, job_type: str, claims: Sequence[Claim], reports: Reports) -> None:
        self.type = job_type
        self.jobs = {claim.id: ActiveJob(job_type, claim, reports) for claim in claims}
        self.handed: dict[str, ActiveJob] = {}
        self.done: deque[Settlement] = deque()
        self.began = time.monotonic()
        self._waiting = deque(self.jobs.values())

    @property
    def claims(self) -> list[Claim]:
        """Of all jobs, also those that were withdrawn."""
        return [job.claim for job in self.jobs.values()]

    def in_line(self) -> Iterator[ActiveJob]:
        """Hand out the jobs one after the other, as long as none was withdrawn."""
        while (job := _taken(self._waiting.popleft)) is not None:
            self.handed[job.id] = job
            yield job

    def at_once(self) -> list[ActiveJob]:
        """Hand out all jobs."""
        return list(self.in_line())

    def withdraw(self) -> list[Settlement]:
        """Give up what was not handed out; how that is to be settled."""
        left = []
        while (job := _taken(self._waiting.pop)) is not None:
            left.append(Settlement(job.claim, "returned", job.claim.place))
        return left

    def take_done(self) -> list[Settlement]:
        """What is to be written; afterwards it is the caller's."""
        taken = []
        while (one := _taken(self.done.popleft)) is not None:
            taken.append(one)
        return taken


def _taken(take: Callable[[], Taken]) -> Taken | None:
    """What a deque gives; None when it is empty, which only the attempt tells: the other thread may be quicker."""
    try:
        return take()
    except IndexError:
        return None
