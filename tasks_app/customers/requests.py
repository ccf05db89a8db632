"""Requests to forget a customer: the job's record never has the name, which stands beside it until the job is done."""

from dataclasses import dataclass, field
from typing import Any, cast

import redis

from tasks_app.jobs import JobQueries
from tasks_app.state import connections, customer_keys
from tasks_app.text import decoded, encoded

KEPT_MS = 7 * 86_400_000  # as long as failed jobs are kept, which may be replayed


@dataclass
class Progress:
    """How far a job has come. `place`: [step, where], [] = nothing changed yet. `counts`: what was replaced."""

    name: str | None = None  # None: it is done, or was asked for too long ago
    place: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    result: dict[str, Any] | None = None


class Forgettings:
    """The requests on one server. Every method raises StateUnavailableError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._jobs = JobQueries(client)

    def ask(self, job_id: str, name: str) -> None:
        """Before the job is submitted: whom it forgets. A repeated request of a known job changes nothing."""
        if not self._jobs.read_many([job_id]):
            self._write(job_id, {"name": name})

    def read(self, job_id: str) -> Progress:
        """How far it is."""
        with connections.translated():
            kept = cast(dict[str, str], self._client.hgetall(customer_keys.forgetting(job_id)))
        place, counts = decoded(kept.get("place", "[]")), decoded(kept.get("counts", "{}"))
        return Progress(kept.get("name"), place, counts, decoded(kept["result"]) if "result" in kept else None)

    def note(self, job_id: str, progress: Progress) -> None:
        """After each part of it."""
        self._write(job_id, {"place": encoded(progress.place), "counts": encoded(progress.counts)})

    def end(self, job_id: str, result: dict[str, Any]) -> None:
        """It is done: from here on the name is nowhere."""
        self._write(job_id, {"result": encoded(result)}, "name", "place", "counts")

    def _write(self, job_id: str, fields: dict[str, str], *gone: str) -> None:
        key = customer_keys.forgetting(job_id)
        with connections.translated():
            writing = self._client.pipeline(transaction=True)
            writing.hset(key, items=[part for field in fields.items() for part in field])
            if gone:
                writing.hdel(key, *gone)
            writing.pexpire(key, KEPT_MS)
            writing.execute()
