"""Reads of jobs: one job, lists by state and type, counts, health."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.errors import UnknownJobError
from tasks_app.jobs import messages
from tasks_app.jobs.job import Job, State
from tasks_app.jobs.pauses import Pause, read_pauses
from tasks_app.jobs.waits import Waits
from tasks_app.lua import job_script
from tasks_app.state import connections, keys, worker_keys


@dataclass(frozen=True, slots=True)
class Backlog:
    """
    The queued jobs of one type. `wait_ms`: of a new job, estimated from the pace; None = no slot is announced.
    `is_known`: by a live worker or a processor; otherwise the jobs wait for one.
    """

    queued: int
    oldest_ms: int  # since when the oldest waits, unix ms
    wait_ms: int | None
    unpaused_oldest_ms: int | None  # as oldest_ms, of the jobs that no pause holds back; None = there are none
    is_known: bool


class JobQueries:
    """Reads of jobs on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._waits = Waits(client)

    def read(self, job_id: str) -> Job:
        """One job, with what it waits for. Raises UnknownJobError, StateUnavailableError."""
        found = self.read_explained([job_id])
        if not found:
            raise UnknownJobError(job=job_id)
        return found[0]

    def read_explained(self, ids: Sequence[str]) -> list[Job]:
        """As `read_many`, with what they wait for."""
        return self._waits.explained(self.read_many(ids))

    def read_many(self, ids: Sequence[str]) -> list[Job]:
        """The jobs that have a record, in the order of `ids`, in one round trip."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for job_id in ids:
                pipeline.hgetall(keys.job(job_id))
            records = pipeline.execute()
        return [Job.from_record(job_id, record) for job_id, record in zip(ids, records, strict=True) if record]

    def log_lines(self, job_id: str) -> list[str]:
        """The last lines that the handler logged. Raises UnknownJobError."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.exists(keys.job(job_id))
            pipeline.lrange(keys.log(job_id), 0, -1)
            known, lines = pipeline.execute()
        if not known:
            raise UnknownJobError(job=job_id)
        return cast(list[str], lines)

    def types(self) -> list[str]:
        """Every type that has jobs, sorted."""
        with connections.translated():
            return sorted(cast(set[str], self._client.smembers(keys.types())))

    def counts(self, job_types: Iterable[str] | None = None) -> dict[str, dict[str, int]]:
        """Type -> state -> how many jobs."""
        wanted = self.types() if job_types is None else list(job_types)
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            for job_type in wanted:
                for state in State:
                    if state is State.COMPLETE:
                        pipeline.llen(keys.complete(job_type))
                    else:
                        pipeline.zcard(keys.index(job_type, state))
            numbers = iter(pipeline.execute())
        return {job_type: {state.value: next(numbers) for state in State} for job_type in wanted}

    def by_queue(self) -> dict[str, dict[str, int]]:
        """Queue -> state -> how many jobs of its types."""
        found = {queue: dict.fromkeys(map(str, State), 0) for queue in messages.QUEUES}
        for job_type, of_type in self.counts().items():
            for state, count in of_type.items():
                found[messages.queue_of(job_type)][state] += count
        return found

    def backlogs(self) -> dict[str, Backlog]:
        """Type -> its queued jobs, for types that have some. Raises StateUnavailableError."""
        with connections.translated():
            script = self._client.register_script(job_script("backlogs"))
            rows = cast(list[tuple[str, int, int, int, int, int]], script(keys=[keys.events()]))
        return {
            name: Backlog(queued, oldest, wait if wait >= 0 else None, free if free >= 0 else None, bool(known))
            for name, queued, oldest, wait, free, known in sorted(rows)
        }

    def pauses(self) -> dict[str, Pause]:
        """Paused group (groups.py) -> its pause. Raises StateUnavailableError."""
        return read_pauses(self._client)

    def silent_ms(self, queues: Iterable[str]) -> dict[str, int | None]:
        """Queue -> ms since a worker last took a message from it; None = never. Raises StateUnavailableError."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            pipeline.hgetall(worker_keys.consumed())
            (seconds, micros), taken = cast(Any, pipeline.execute())
        now_ms = seconds * 1000 + micros // 1000
        # A moment in the future was written before the server's time stepped back. It proves nothing: it counts as that
        # much silence.
        return {queue: abs(now_ms - int(taken[queue])) if queue in taken else None for queue in queues}
