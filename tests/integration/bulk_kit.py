"""Bulk operations on a test's own server: jobs to change, an operation over them, and a worker that takes its parts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import redis

from tasks_app.bulk import Operation, Wish
from tasks_app.jobs import NewJob, WantedJobs, messages
from tests.jobs import TYPE, claim, events_of, new, options, slot_works, take_in
from tests.roots import Root
from worker.bulk import bulk  # the handler
from worker.jobs import Answer, Claim, Runner
from worker.jobs.job_store import JobStore, Settlement
from worker.jobs.verdicts import settlement

assert bulk.carry_out  # it is registered

BOOM = '{"code":"error","message":"boom"}'
HANDLED = messages.BULK_OPERATION


class Bulk:
    """A worker without Celery, which does nothing but bulk operations; and whoever asks for them."""

    def __init__(self, usher: Root) -> None:
        self.usher, self.state = usher, usher.connections.state
        self.store = JobStore(self.state, options())

    def queued(self, count: int, **fields: Any) -> list[str]:
        """New jobs of the test's type."""
        jobs = [new(**fields) for _ in range(count)]
        take_in(self.state, *jobs)
        return [job.id for job in jobs]

    def ended(self, count: int, verdict: str = "permanent", error: str = BOOM, **fields: Any) -> list[str]:
        """Jobs that are over."""
        ids = self.queued(count, **fields)
        payload = "1" if verdict == "complete" else error
        self.store.settle([Settlement(one, verdict, payload) for one in claim(self.store, *ids)])  # type: ignore[arg-type]
        return ids

    def ask(self, action: str, priority: int = 0, rate: float | None = None, **conditions: Any) -> str:
        """An operation over the jobs of the test's type, or over others; its id."""
        wanted = WantedJobs(**{"type": TYPE, **conditions})
        wish = self.usher.bulk.counted(Wish(action, wanted, priority, rate))
        job = NewJob(HANDLED, wish.to_data(), attempts=9)
        take_in(self.state, job)
        return job.id

    def part(self, bulk_id: str) -> None:
        """Let the worker do one part of it, if there is anything left to do."""
        self.store.promote([HANDLED])
        slot_works(HANDLED, bulk_id)

    def do(self, bulk_id: str) -> Operation:
        """Let the worker do it to its end; returns it."""
        for _ in range(1_000):
            found = self.usher.bulk.read(bulk_id)
            if found.finished_ms is not None:
                return found
            self.part(bulk_id)
        raise AssertionError(f"it does not end: {found}")

    def asked(self, action: str, **more: Any) -> Operation:
        """Ask for one and do it."""
        return self.do(self.ask(action, **more))

    def settle(self, one: Claim, answer: Answer) -> None:
        """The answer of a part's handler."""
        self.store.settle([settlement(one, answer)])

    def recover(self) -> None:
        """As if the lease of a dead worker had run out."""
        self.state.zadd(f"{{jobs}}:index:{HANDLED}:active", dict.fromkeys(self._active(), 1), xx=True)
        self.usher.part(Runner).store.recover([HANDLED])

    def _active(self) -> Sequence[str]:
        found: Sequence[str] = self.state.zrange(f"{{jobs}}:index:{HANDLED}:active", 0, -1)  # type: ignore[assignment]
        return found

    def now_ms(self) -> int:
        """The server's time, unix ms."""
        seconds, micros = self.state.time()  # type: ignore[misc]
        return int(seconds * 1000 + micros // 1000)

    def states(self, ids: Sequence[str]) -> list[str]:
        """The state of each; `gone` if it has no record."""
        found = {job.id: job.state.value for job in self.usher.jobs.read_many(ids)}
        return [found.get(job_id, "gone") for job_id in ids]


def times(state: redis.Redis, event: str) -> Counter[str]:
    """How often each job had this event."""
    return Counter(one.job for one in events_of(state) if one.event == event)
