"""
Requests of many parts, taken whole or not at all, though no script holds the server for longer than one part takes.

The parts are staged under a key that nobody looks at and that expires. One cheap script (lua/commit.lua) then takes the
request or refuses it. From there on lua/fill.lua records part after part: called by whoever submits, or by the clock of
any worker when that is silent. So whoever is killed when: before the commit there is nothing, after it all of it comes.
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

TAKING = "refusing", "taking"  # parts of the scripts that take jobs in
STAGED_SECONDS = 60  # from one part to the next, or to the commit
PATIENCE_MS = 5_000  # from one part to the next, before the clock takes a caller for dead
FILLED_PER_TICK = 100  # parts; about half a second of the server's time, in pieces


class Staging:
    """The scripts for requests of many parts. Every method raises StateUnavailableError."""

    def __init__(self, client: redis.Redis, options: Settings) -> None:
        self._client = client
        self._options = options
        self._commit = client.register_script(job_script("commit", *TAKING, takes_in=True))
        self._fill = client.register_script(job_script("fill", *TAKING))  # promised, so in any memory

    def submit(
        self, jobs: Sequence[NewJob], parts: Iterable[new_job.Part], hand_over: Callable[[list[Wake]], None]
    ) -> list[str]:
        """
        Record all of a request or nothing; per job what became of it, as lua/submit.lua answers.

        Raises what `parts` raises, and then nothing was recorded. When it raises StateUnavailableError, all may be
        recorded all the same, or will be.
        """
        token = f"{fresh_id()} {jobs[0].type}"
        sizes = self._stage(token, parts)
        refused = self._taken(token, jobs, len(sizes))
        if refused:
            return [refused] * len(jobs)
        # When the clock has done some of them, as this process was silent, nobody can tell whether they were known.
        answers = [["new"] * size for size in sizes]
        for place, own, wakes in self._filled(token, len(sizes)):
            answers[place] = own
            hand_over(wakes)
        return [answer for own in answers for answer in own]

    def fill_overdue(self) -> list[Wake]:
        """Go on with requests whose callers are silent. For the clock; returns whom to wake."""
        found: list[Wake] = []
        with connections.translated():
            seconds, micros = self._client.time()
            now_ms = seconds * 1000 + micros // 1000
            due = cast(list[str], self._client.zrangebyscore(keys.filling(), "-inf", now_ms))
            before = self._client.zrangebyscore(keys.filling(), now_ms + 2 * PATIENCE_MS, "+inf")  # a step back of time
        left = FILLED_PER_TICK
        for token in [*due, *cast(list[str], before)]:
            for _, _, wakes in self._filled(token):
                found += wakes
                left -= 1
                if not left:
                    return found
        return found

    def _stage(self, token: str, parts: Iterable[new_job.Part]) -> list[int]:
        """Put the parts where nobody looks; how many jobs each has."""
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
        """Take what is staged: "", or why not. Raises StateUnavailableError, too, when it is not there any more."""
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
        """Record part after part; of each its place among `parts`, the answers, and whom to wake."""
        left = 1
        while left > 0:
            with connections.translated():
                answer = cast(list[Any], self._fill(keys=[keys.events()], args=[token, PATIENCE_MS]))
            left = answer[0]
            if left >= 0:
                yield parts - left - 1, answer[1], [Wake(*row) for row in answer[2]]
