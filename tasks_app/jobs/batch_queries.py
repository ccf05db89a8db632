"""Reads of batches: how many jobs have which state or outcome, the jobs themselves, and which batches there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.errors import UnknownBatchError
from tasks_app.jobs.job import FINAL, Job, State
from tasks_app.jobs.queries import JobQueries
from tasks_app.jobs.waits import Waits
from tasks_app.state import STORED, connections, keys
from tasks_app.text import page_of, place_of

OUTCOME = "outcome:"  # prefix of the counters of outcomes in a batch's record
LOOKED_AT, LOOKED_AT_ONCE = 600, 300  # jobs that one search looks at, and that one read of it takes: pages.py


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Jobs that were submitted together, counted by state. Complete jobs are also counted by the outcome in their results;
    failed, skipped and sandboxed jobs that may have had their effect count as `in_doubt`.
    """

    id: str
    type: str | None  # of its first job; None = that is forgotten
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
        (batch,) = self._read_many([batch_id])
        if batch is None:
            raise UnknownBatchError(batch=batch_id)
        return batch

    def page(self, cursor: str, limit: int, is_wanted: Callable[[str], bool]) -> tuple[list[Batch], str]:
        """
        At most `limit` of the batches whose ids are wanted, after the page with this cursor, those that changed last
        first; and the next cursor, "" = there are no more. A batch of which a job changes meanwhile moves to the front.
        Raises StateUnavailableError; ValueError for a cursor of another list.
        """
        match place_of(cursor):
            case None:
                seen = ("+inf", "")
            case [int() as changed_ms, str(batch_id)]:
                seen = (str(changed_ms), batch_id)
            case _:
                raise ValueError("place")

        def more(count: int) -> list[tuple[Sequence[Any], str]]:
            nonlocal seen
            rows = self._changed(*seen, count)
            if rows:
                seen = (str(rows[-1][0]), rows[-1][1])
            return [((changed_ms, batch_id), batch_id) for changed_ms, batch_id in rows]

        def chosen(ids: Sequence[str]) -> list[Batch | None]:
            read = dict(zip(wanted := [one for one in ids if is_wanted(one)], self._read_many(wanted), strict=True))
            return [read.get(one) for one in ids]

        return page_of(more, chosen, limit)

    def _changed(self, last: str, seen: str, count: int) -> list[tuple[int, str]]:
        """The next batches and when they changed, unix ms; at the moment `last` only those after the one `seen`."""
        for offset in range(0, 1 << 30, count):
            with connections.translated():
                asked = self._client.zrevrangebyscore(keys.batches(), last, "-inf", offset, count, withscores=True)
            found = cast(list[tuple[str, float]], asked)
            rows = [(int(at), one) for one, at in found if not seen or at < float(last) or one < seen]
            if rows or len(found) < count:
                return rows
        return []

    def _read_many(self, ids: Sequence[str]) -> list[Batch | None]:
        """The batches with these ids; None for those that do not exist. Two round trips, however many they are."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for batch_id in ids:
                pipeline.hgetall(keys.batch(batch_id))
                pipeline.lindex(keys.batch_jobs(batch_id), 0)
            found = pipeline.execute()
            for first in found[1::2]:
                pipeline.hget(keys.job(first or ""), STORED["type"])
            types = cast(list[str | None], pipeline.execute())
        return [_batch(*one) for one in zip(ids, found[::2], types, strict=True)]

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


def _batch(batch_id: str, record: Mapping[str, str], job_type: str | None) -> Batch | None:
    if "total" not in record:  # the batch was forgotten, and then only counters were written
        return None
    numbers = {state.value: int(record.get(state, 0)) for state in State}
    outcomes = {
        name.removeprefix(OUTCOME): int(count)
        for name, count in sorted(record.items())
        if name.startswith(OUTCOME) and int(count)
    }
    total, created_ms = int(record["total"]), int(record["created"])
    return Batch(batch_id, job_type, total, created_ms, numbers, outcomes, "filling" in record)
