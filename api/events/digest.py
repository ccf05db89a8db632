"""Digest: what happened to all jobs since the last one, small enough for every page that watches all jobs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tasks_app.events import Entry, EventName
from tasks_app.text import encoded_leniently

ALL_JOBS = "jobs"  # the topic
EVERY_SECONDS = 0.5
JOBS_AT_MOST = 200  # named in one; a page shows fewer
WAITS = (EventName.QUEUED, EventName.DELAYED)
Counts = Mapping[str, Mapping[str, int]]  # type -> state -> how many jobs


@dataclass(frozen=True)
class Digest:
    """The last event of each job, of the first JOBS_AT_MOST that had one; `left_off` more events were of others."""

    id: str  # of the last entry that is in it
    jobs: Mapping[str, tuple[str, str, bool]]  # id -> (event, type, may it be new: it began to wait)
    left_off: int
    counts: Counts  # after it

    def topics(self) -> tuple[str, ...]:
        """The one topic."""
        return (ALL_JOBS,)

    def body(self) -> dict[str, Any]:
        """What a watcher gets."""
        jobs = [
            {"job": job, "event": event, "type": job_type, "is_new": is_new}
            for job, (event, job_type, is_new) in self.jobs.items()
        ]
        return {"event": "digest", "jobs": jobs, "left_off": self.left_off, "counts": self.counts}

    @cached_property
    def text(self) -> str:
        """Its body as JSON, made once for all watchers."""
        return encoded_leniently(self.body())


class Digester:
    """Collects entries until a digest is due. It belongs to the thread that reads. `count` counts all jobs."""

    def __init__(self, count: Callable[[], Counts]) -> None:
        self._count = count
        self._jobs: dict[str, tuple[str, str, bool]] = {}
        self._left_off = 0
        self._last = ""
        self._made = 0.0  # when the last digest was made, monotonic seconds

    def take(self, entry: Entry) -> None:
        """Remember what it says. Costs nothing for jobs that are left off."""
        if not entry.jobs:
            return
        self._last = entry.id
        event, job_type, is_new = entry.events[-1], entry.fields.get("type", ""), entry.events[0] in WAITS
        for job in entry.jobs:
            if (before := self._jobs.get(job)) or len(self._jobs) < JOBS_AT_MOST:
                self._jobs[job] = (event, job_type, is_new or bool(before and before[2]))
            else:
                self._left_off += 1

    def made(self) -> Digest | None:
        """The digest of what was taken, if it is time for one. Raises what `count` raises, and loses nothing then."""
        now = time.monotonic()
        if not self._last or now - self._made < EVERY_SECONDS:
            return None
        made = Digest(self._last, self._jobs, self._left_off, self._count())
        self._jobs, self._left_off, self._last, self._made = {}, 0, "", now
        return made
