"""Operation: a bulk operation as its job's record has it."""

from dataclasses import dataclass, field
from typing import Any

from tasks_app.bulk.wish import Wish
from tasks_app.errors import UnknownBulkError
from tasks_app.jobs import FINAL, Job, State, messages

OVER = {State.COMPLETE: "complete", State.CANCELLED: "stopped", State.FAILED: "failed"}  # else it is `running`


@dataclass(frozen=True, slots=True)
class Operation:
    """
    `done`: jobs that it changed. `skipped`: reason -> how many (lua/jobs/bulk.lua). `failed`: code -> how many.
    `examples`: a reason or code -> some ids. `at`: where it goes on, as the worker noted it. `looked_at` of the wish's
    `total`. Times are unix ms; it means the jobs that were as its filter says at `frozen_ms`.
    """

    id: str
    wish: Wish
    state: str
    frozen_ms: int
    finished_ms: int | None
    error: dict[str, Any] | None
    done: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    at: dict[str, Any] = field(default_factory=dict)

    @property
    def looked_at(self) -> int:
        """At how many jobs it has looked; at the end at all of them."""
        return self.wish.total if self.state == "complete" else min(int(self.at.get("looked", 0)), self.wish.total)

    @classmethod
    def of(cls, job: Job, keys: tuple[str, ...]) -> "Operation":
        """As the job says. Raises UnknownBulkError for any other job."""
        if job.type != messages.BULK_OPERATION:
            raise UnknownBulkError(bulk=job.id)
        noted = dict(job.progress_data or {})
        if job.state is State.COMPLETE:  # its report; before it ended, it did not know of all that were skipped
            noted |= {name: value for name, value in job.result.items() if name != "outcome"}
        return cls(
            job.id,
            Wish.from_data(job.data, keys),
            OVER.get(job.state, "running"),
            job.created_ms,
            job.finished_ms if job.state in FINAL else None,
            job.error,
            **noted,
        )
