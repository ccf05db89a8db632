"""Lists of jobs, page by page: in some state, of a type, of a batch, about a target, that have a text somewhere."""

import math
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import redis

from tasks_app.jobs.failures import kind_of
from tasks_app.jobs.job import Job, State
from tasks_app.jobs.queries import JobQueries
from tasks_app.jobs.waits import Waits
from tasks_app.lua import job_script
from tasks_app.state import connections, keys
from tasks_app.text import cursor_of, page_of, place_of

Rows = list[tuple[Sequence[Any], str]]  # (place, job id)
AN_ID = re.compile(r"[a-z2-7]{26}")  # looked for by a read, not by a search
LATEST_MS = 2**50  # scores above are no times of the past (lua/jobs/list.lua)


@dataclass(frozen=True, slots=True)
class WantedJobs:
    """
    Which jobs: those to which all applies that is given. `text` is part of the id, title, type, target or customer, or
    of the metadata under one of `keys`, in any case. `metadata`: key -> value, as a text. The times are those of
    creation, unix ms.
    """

    state: State | None = None
    type: str = ""
    target: str = ""
    batch: str = ""
    code: str = ""  # of the error of its last attempt, or the kind of this error (failures.py)
    text: str = ""
    keys: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    since_ms: int = 0
    until_ms: int | None = None
    also: Callable[[Job], bool] = bool  # anything else that they must be; by default nothing: every job is true

    @property
    def is_plain(self) -> bool:
        """Do type and state say all?"""
        others = (
            self.target,
            self.batch,
            self.code,
            self.text,
            self.metadata,
            self.since_ms,
            self.until_ms is not None,
        )
        return not any(others) and self.also is bool

    def fits(self, job: Job) -> bool:
        """Is it one of them?"""
        return (
            self.state in (None, job.state)
            and self.type in ("", job.type)
            and self.target in ("", job.target)
            and self.batch in ("", job.batch)
            and (not self.code or self.code in ((job.error or {}).get("code"), kind_of(job.error)))
            and self.since_ms <= job.created_ms
            and (self.until_ms is None or job.created_ms < self.until_ms)
            and all(_shown(job.metadata.get(name)) == value for name, value in self.metadata.items())
            and self._has_text(job)
            and self.also(job)
        )

    def _has_text(self, job: Job) -> bool:
        if not self.text:
            return True
        customer = job.data.get("customer") if isinstance(job.data, dict) else None
        texts = [job.id, job.title, job.type, job.target, customer, *(job.metadata.get(name) for name in self.keys)]
        return any(self.text.casefold() in _shown(one).casefold() for one in texts)


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, and the cursor for the next ones; "" = there are no more."""

    jobs: list[Job]
    cursor: str


@dataclass(frozen=True, slots=True)
class Looked:
    """
    Some jobs that were looked at: `jobs`, the ids of those that fit, each with its cursor and with how many were looked
    at up to it; how many were looked at in all; and the cursor after them, "" = there are no more.
    """

    jobs: list[tuple[str, str, int]]
    count: int
    cursor: str


class JobLists:
    """Lists the jobs of one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._jobs = JobQueries(client)
        self._waits = Waits(client)

    def page(self, wanted: WantedJobs, cursor: str, limit: int) -> JobPage:
        """
        At most `limit` of them, after the page with this cursor. First those that are delayed, due last first; then
        those that are queued, done last first; then those that are active; then those that ended, newest first. With a
        batch: in the order of its request, the last one first, whatever their states.

        A place in a batch never changes. Otherwise a job that goes on to its next state comes later in the list, so
        whoever pages misses none that goes on, and may meet it once more, as it is then; only a job that goes back
        (retried, snoozed, replayed) may be missed. A page looks at some thousands of jobs at most (page_of), so it may
        be short, or empty, before the end. Raises StateUnavailableError; ValueError for a cursor of another list.
        """
        place = place_of(cursor)
        if AN_ID.fullmatch(wanted.text) and place is None:
            known = [job for job in self._jobs.read_many([wanted.text]) if wanted.fits(job)]
            if known:
                return JobPage(self._waits.explained(known), "")
        of_batch = wanted.batch and self._of_batch(wanted.batch, place)
        more = of_batch or self._of_states(wanted, place)

        def chosen(ids: Sequence[str]) -> list[Job | None]:
            read = {job.id: job for job in self._jobs.read_many(ids)}
            jobs = map(read.get, ids)
            return [job if job and wanted.fits(job) else None for job in jobs]

        found, following = page_of(more, chosen, limit)
        return JobPage(self._waits.explained(found), following)

    def look(self, wanted: WantedJobs, states: Sequence[State], cursor: str, count: int) -> Looked:
        """
        Look at the next `count` jobs in these states, in the order of `page`. Records are only read if the type does
        not say enough. Raises as `page`.
        """
        place = place_of(cursor)
        more = self._of_batch(wanted.batch, place) if wanted.batch else self._of_states(wanted, place, states)
        return self._looked(wanted, states, more(count), count, bool(wanted.batch))

    def look_oldest(self, wanted: WantedJobs, cursor: str, count: int) -> Looked:
        """As `look`, for complete jobs, type by type: those that ended first come first. `wanted` has no batch."""
        kind, seen_ms, seen = place_of(cursor) or ("", "", "")
        types = sorted({wanted.type} if wanted.type else {*self._jobs.types()})
        script = self._client.register_script(job_script("oldest"))
        for job_type in types:
            if job_type < kind:
                continue
            after = (seen_ms, seen) if job_type == kind else ("", "")
            with connections.translated():
                arguments: tuple[str | int, ...] = (count, *after, job_type)
                found = cast(list[tuple[str, str]], script(keys=[keys.events()], args=arguments))
            if found:
                rows: Rows = [((job_type, int(ended_ms), job_id), job_id) for job_id, ended_ms in found]
                return self._looked(wanted, [State.COMPLETE], rows, len(rows), False)
        return Looked([], 0, "")

    def _looked(
        self, wanted: WantedJobs, states: Sequence[State], rows: Rows, asked: int, in_any_state: bool
    ) -> Looked:
        fitting: Container[str] = [job_id for _, job_id in rows]
        if in_any_state or not wanted.is_plain:
            read = self._jobs.read_many([job_id for _, job_id in rows])
            fitting = {job.id for job in read if job.state in states and wanted.fits(job)}
        jobs = [
            (job_id, cursor_of(place), number)
            for number, (place, job_id) in enumerate(rows, start=1)
            if job_id in fitting
        ]
        return Looked(jobs, len(rows), cursor_of(rows[-1][0]) if rows and len(rows) >= asked else "")

    def _of_states(self, wanted: WantedJobs, place: Any, of: Sequence[State] = ()) -> Callable[[int], Rows]:
        match place:
            case None:
                seen: tuple[str, str] = "", ""
            case [int() | float() as score, str(job_id)] if math.isfinite(score):
                seen = repr(float(score)), job_id
            case _:
                raise ValueError("place")
        script = self._client.register_script(job_script("list"))
        states = of or ([wanted.state] if wanted.state else list(State))

        def more(count: int) -> Rows:
            nonlocal seen
            with connections.translated():
                arguments: tuple[str | int, ...] = (count, *seen, wanted.type, *states)
                rows = cast(list[tuple[str, str]], script(keys=[keys.events()], args=arguments))
            if rows:
                seen = rows[-1][1], rows[-1][0]
            scores = [(float(score), job_id) for job_id, score in rows]
            # Those that ended before the moment were made before it, and so were all that follow.
            return [
                ((score, job_id), job_id) for score, job_id in scores if score > LATEST_MS or score >= wanted.since_ms
            ]

        return more

    def _of_batch(self, batch: str, place: Any) -> Callable[[int], Rows]:
        match place:
            case None:
                with connections.translated():
                    first = self._client.llen(keys.batch_jobs(batch))
            case ["batch", int(first)] if 0 <= first < 2**31:
                pass
            case _:
                raise ValueError("place")

        def more(count: int) -> Rows:
            nonlocal first
            if not first:
                return []
            start = max(first - count, 0)
            with connections.translated():
                ids = cast(list[str], self._client.lrange(keys.batch_jobs(batch), start, first - 1))
            first = start
            return [(("batch", start + at), ids[at]) for at in reversed(range(len(ids)))]

        return more


def _shown(value: Any) -> str:
    """A value as a text to look for or into; "" for what has none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
