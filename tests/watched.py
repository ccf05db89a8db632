"""Jobs, feeds that tell Flower of them, and what Flower hears."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import redis
from celery import Celery

from tasks_app.jobs.job import NewJob
from tests.jobs import options, slot_claims, take_in
from worker.flower.feed import Bounds, FlowerFeed
from worker.jobs.answers import Answer, Completed
from worker.jobs.job_store import Claim, JobStore
from worker.jobs.verdicts import settlement

Told = list[dict[str, Any]]
DONE = Completed()
BEGINS = ["task-received", "task-started"]


@dataclass
class Watched:
    """A state, a broker beside it, and what Flower is told over it."""

    state: redis.Redis
    app: Celery
    told: Told
    eventually: Callable[..., None]

    def __post_init__(self) -> None:
        self.store = JobStore(self.state, options())

    def feed(self, name: str = "worker@here", jobs_per_second: int = 400, **bounds: Any) -> FlowerFeed:
        """A feed that has begun: it tells of what comes from now on. `bounds` are fields of Bounds."""
        begun = FlowerFeed(self.state, self.app, name, jobs_per_second, Bounds(**bounds))
        begun.look()
        return begun

    def claim(self, job: NewJob) -> Claim:
        """Take a job in, and have a worker claim it."""
        take_in(self.state, job)
        (claim,) = slot_claims(self.store, [job.id], "worker@there")
        return claim

    def end(self, claim: Claim, answer: Answer = DONE) -> None:
        """Settle it with this answer of its handler."""
        self.store.settle([settlement(claim, answer)])

    def types_of(self, job_id: str) -> list[str]:
        return [one["type"] for one in self.told if one.get("uuid") == job_id]

    def hears(self, job_id: str, *types: str) -> None:
        """Flower hears of just these events of the job."""
        self.eventually(lambda: self.types_of(job_id) == [*types], 10, f"{types}, not {self.types_of(job_id)}")

    def counted(self, event: str) -> Counter[str]:
        """How many of this event, by job."""
        return Counter(one["uuid"] for one in self.told if one["type"] == event)
