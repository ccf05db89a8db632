"""
Requests of many parts, taken all or none, though no script holds the server longer than one part takes.

The parts are staged under a key that expires and that nobody else reads. One cheap script (jobs/commit.lua) then takes
the request or refuses it. After that jobs/fill.lua records part after part; the submitter calls it, or the maintenance
of any worker when the submitter is silent. So it does not matter which process is killed when: before the commit
nothing is recorded, after it everything will be.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import redis

from tasks_app.configuration import Settings
from tasks_app.errors import StateUnavailableError
from tasks_app.jobs import new_job
from tasks_app.jobs.job import NewJob, fresh_id
from tasks_app.jobs.messages import Wake
from tasks_app.lua import job_script
from tasks_app.state import connections, keys
from tasks_app.text import joined

TAKING = "refusing", "taking"  # files that the scripts which take jobs in include
STAGED_SECONDS = 60  # from one part to the next, or to the commit
PATIENCE_MS = 5_000  # from one part to the next; after that, maintenance counts the caller as dead
FILLED_PER_TICK = 100  # parts; about half a second of the server's time in all


class Staging:
    """The scripts for requests of many parts. Every method raises StateUnavailableError."""

    def __init__(self, client: redis.Redis, options: Settings) -> None:
        self._client = client
        self._options = options
        self._commit = client.register_script(job_script("commit", *TAKING, takes_in=True))
        self._fill = client.register_script(job_script("fill", *TAKING))  # promised, so even in full memory

    def submit(
        self, jobs: Sequence[NewJob], parts: Iterable[new_job.Part], hand_over: Callable[[list[Wake]], None]
    ) -> list[str]:
        """
        Record all of a request or nothing; returns what happened to each job, as jobs/submit.lua answers.

        Raises what `parts` raises; then nothing was recorded. If it raises StateUnavailableError, all may be recorded
        nevertheless, or will be.
        """
        token = f"{fresh_id()} {jobs[0].type}"
        sizes = self._stage(token, parts)
        refused = self._taken(token, jobs, len(sizes))
        if refused:
            return [refused] * len(jobs)
        # If this process was silent and maintenance recorded some parts, nobody can tell whether their jobs were known
        # before.
        answers = [["new"] * size for size in sizes]
        for place, own, wakes in self._filled(token, len(sizes)):
            answers[place] = own
            hand_over(wakes)
        return [answer for own in answers for answer in own]

    def fill_overdue(self) -> list[Wake]:
        """Go on with requests whose callers are silent. For maintenance; returns the wake-ups to publish."""
        found: list[Wake] = []
        with connections.translated():
            seconds, micros = self._client.time()
            now_ms = seconds * 1000 + micros // 1000
            due = cast(list[str], self._client.zrangebyscore(keys.filling(), "-inf", now_ms))
            before = self._client.zrangebyscore(keys.filling(), now_ms + 2 * PATIENCE_MS, "+inf")  # time stepped back
        left = FILLED_PER_TICK
        for token in [*due, *cast(list[str], before)]:
            for _, _, wakes in self._filled(token):
                found += wakes
                left -= 1
                if not left:
                    return found
        return found

    def _stage(self, token: str, parts: Iterable[new_job.Part]) -> list[int]:
        """Write the parts to the staging key; returns how many jobs each has."""
        sizes = []
        try:
            for part in parts:
                with connections.translated(), self._client.pipeline() as pipe:
                    pipe.rpush(keys.staged(token), part.text)
                    pipe.expire(keys.staged(token), STAGED_SECONDS)
                    pipe.execute()
                sizes.append(part.jobs)
        except (TypeError, ValueError):
            with connections.translated():
                self._client.unlink(keys.staged(token))
            raise
        return sizes

    def _taken(self, token: str, jobs: Sequence[NewJob], parts: int) -> str:
        """Take what is staged; returns "", or why not. Raises StateUnavailableError also when it is gone."""
        options = self._options
        limits = (options.queue_limit, options.type_limit, new_job.JOBS_PER_PART)
        batches = joined(list(dict.fromkeys(job.batch for job in jobs if job.batch)))
        with connections.translated():
            word = self._commit(
                keys=[keys.events()], args=[*limits, token, parts, PATIENCE_MS, new_job.outline(jobs), batches]
            )
        if word == "gone":
            raise StateUnavailableError(away=True)
        return "" if word == "taken" else str(word)

    def _filled(self, token: str, parts: int = 0) -> Iterator[tuple[int, list[str], list[Wake]]]:
        """Record part after part; yields for each its place among `parts`, the answers, and the wake-ups to publish."""
        left = 1
        while left > 0:
            with connections.translated():
                answer = cast(list[Any], self._fill(keys=[keys.events()], args=[token, PATIENCE_MS]))
            left = answer[0]
            if left >= 0:
                yield parts - left - 1, answer[1], [Wake(*row) for row in answer[2]]
