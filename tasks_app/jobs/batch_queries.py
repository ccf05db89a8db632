"""Reads of batches: how many jobs have which state or outcome, and the jobs themselves."""

from dataclasses import dataclass
from typing import cast

import redis

from tasks_app.errors import UnknownBatchError
from tasks_app.jobs.job import FINAL, Job, State
from tasks_app.jobs.queries import JobQueries
from tasks_app.jobs.waits import Waits
from tasks_app.state import connections, keys

OUTCOME = "outcome:"  # prefix of the counters of outcomes in a batch's record
LOOKED_AT, LOOKED_AT_ONCE = 2_000, 500  # jobs that one search looks at, and that one read of it takes


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Jobs that were submitted together, counted by state. Complete jobs are also counted by the outcome in their results;
    failed and skipped jobs that may have had their effect count as `in_doubt`.
    """

    id: str
    total: int
    created_ms: int
    counts: dict[str, int]
    outcomes: dict[str, int]
    is_filling: bool  # some of its jobs are taken and not recorded yet (jobs/commit.lua)

    @property
    def finished(self) -> bool:
        """Are all its jobs in a final state?"""
        return not self.is_filling and sum(self.counts[state] for state in FINAL) == self.total


class BatchQueries:
    """Reads of batches on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._jobs = JobQueries(client)
        self._waits = Waits(client)

    def read(self, batch_id: str) -> Batch:
        """One batch. Raises UnknownBatchError, StateUnavailableError."""
        with connections.translated():
            record = cast(dict[str, str], self._client.hgetall(keys.batch(batch_id)))
        if "total" not in record:  # the batch was forgotten, and then only counters were written
            raise UnknownBatchError(batch=batch_id)
        numbers = {state.value: int(record.get(state, 0)) for state in State}
        outcomes = {
            name.removeprefix(OUTCOME): int(count)
            for name, count in sorted(record.items())
            if name.startswith(OUTCOME) and int(count)
        }
        return Batch(batch_id, int(record["total"]), int(record["created"]), numbers, outcomes, "filling" in record)

    def jobs(
        self, batch_id: str, start: int, limit: int, state: State | None = None, outcome: str | None = None
    ) -> tuple[list[Job], int | None]:
        """
        Up to `limit` jobs of a batch from its `start`-th on, in the order of the request, without those past their
        retention; and where to go on, None = there are no more. With `state` or `outcome`, only the jobs that have it:
        such a search ends after LOOKED_AT jobs with what it found, so that it does not hold the server for long.
        """
        if state is None and outcome is None:
            ids = self._ids(batch_id, start, limit + 1)
            return self._waits.explained(self._jobs.read_many(ids[:limit])), start + limit if len(ids) > limit else None
        found: list[Job] = []
        for first in range(start, start + LOOKED_AT, LOOKED_AT_ONCE):
            ids = self._ids(batch_id, first, LOOKED_AT_ONCE)
            here = {job.id: job for job in self._jobs.read_many(ids)}
            for place, job_id in enumerate(ids, first):
                job = here.get(job_id)
                if not job or state not in (None, job.state) or outcome not in (None, job.outcome):
                    continue
                if len(found) == limit:
                    return self._waits.explained(found), place
                found.append(job)
            if len(ids) < LOOKED_AT_ONCE:
                return self._waits.explained(found), None
        return self._waits.explained(found), start + LOOKED_AT

    def _ids(self, batch_id: str, start: int, count: int) -> list[str]:
        with connections.translated():
            return cast(list[str], self._client.lrange(keys.batch_jobs(batch_id), start, start + count - 1))
