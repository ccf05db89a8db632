"""What jobs that have not started wait for: a time, a pause, a limit, a worker, their turn."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import redis

from tasks_app.jobs.job import Job, State
from tasks_app.lua import job_script
from tasks_app.state import connections, keys

NOTHING: dict[str, Any] = dict.fromkeys(
    ("what", "until_ms", "group", "since_ms", "by", "reason", "limit", "key", "place", "expected_ms")
)


class Waits:
    """Says what jobs wait for, on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def explained(self, jobs: Sequence[Job]) -> list[Job]:
        """
        The jobs, with `waiting_for` if they are queued or delayed: the members of NOTHING, None where a member does not
        apply; a job that started a moment ago has no `waiting_for`. Raises StateUnavailableError.
        """
        queued = [job.id for job in jobs if job.state is State.QUEUED]
        told: dict[str, str] = {}
        if queued:
            with connections.translated():
                script = self._client.register_script(job_script("waiting"))
                told = dict(zip(queued, cast(list[str], script(keys=[keys.events()], args=queued)), strict=True))
        return [_explained(job, told.get(job.id, "")) for job in jobs]


def _explained(job: Job, told: str) -> Job:
    if job.state is State.DELAYED:
        return replace(job, waiting_for=NOTHING | {"what": "time", "until_ms": job.due_ms})
    return replace(job, waiting_for=NOTHING | json.loads(told)) if told else job
