"""Steps: one script does the action to some jobs, and notes in the operation's record what became of them."""

import time
from typing import cast

import redis

from tasks_app.bulk import Walk, Wish
from tasks_app.errors import LostJobError
from tasks_app.jobs import HandOver, Wake
from tasks_app.lua import job_script
from tasks_app.state import connections, keys
from tasks_app.text import JsonObject, encoded
from worker.jobs import ActiveJob

TOLD_SECONDS = 0.2  # between two events about the progress
NOTHING: JsonObject = {}


class Steps:
    """The steps of one operation. `lease_ms` starts again with each."""

    def __init__(self, client: redis.Redis, hand_over: HandOver, lease_ms: int) -> None:
        self._script = client.register_script(job_script("bulk", "changing"))
        self._hand_over, self._lease_ms = hand_over, lease_ms
        self._told = 0.0  # time.monotonic()

    def act(
        self, job: ActiveJob, wish: Wish, walk: Walk, asked_ms: int, ids: list[str], at: JsonObject, percent: int
    ) -> None:
        """
        Do its action to these jobs, if they are as they were at `asked_ms`, unix ms. `at` is where the operation goes
        on after them, `percent` how far that is. Raises LostJobError: it was stopped, or another worker has it.
        """
        self._step(job, wish.action, wish.priority, walk, asked_ms, wish.from_any, ids, at, percent, NOTHING)

    def note(self, job: ActiveJob, others: JsonObject, at: JsonObject, percent: int) -> None:
        """Note what became of jobs that were not changed but copied: as progress_data. Raises as `act`."""
        self._step(job, "none", 0, Walk(()), 0, True, [], at, percent, others)

    def _step(
        self,
        job: ActiveJob,
        action: str,
        priority: int,
        walk: Walk,
        asked_ms: int,
        from_any: bool,
        ids: list[str],
        at: JsonObject,
        percent: int,
        others: JsonObject,
    ) -> None:
        now = time.monotonic()
        tells = now - self._told >= TOLD_SECONDS
        if tells:
            self._told = now
        head = (job.id, job.claim.fence, self._lease_ms, percent, encoded({"at": at}), encoded(others), int(tells))
        how = (action, priority, asked_ms, " ".join(walk.states), int(from_any), int(walk.again))
        with connections.translated():
            answer = self._script(keys=[keys.events()], args=[*head, *how, *ids])
        is_ours, wakes = cast(tuple[int, list[tuple[str, int, str]]], answer)
        if wakes:
            self._hand_over([Wake(*wake) for wake in wakes])
        if not is_ours:
            job.lost = True
            raise LostJobError(job=job.id)
