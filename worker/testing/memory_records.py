"""MemoryRecords: records, places and events of jobs in memory, with a clock that its owner moves. For simulations."""

import time
from collections.abc import Collection, Mapping

from tasks_app.errors import IllegalTransitionError
from tasks_app.events import Event, EventName
from tasks_app.jobs import State
from tasks_app.text import Json
from worker.testing.memory_backlog import MemoryBacklog
from worker.testing.memory_uniques import MemoryUniques

Record = dict[str, str]

# The moves that the scripts make; each checks the state first. `replace` in taking.lua and edit.lua are exceptions.
FOLLOWS: Mapping[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.ACTIVE, State.CANCELLED}),
    State.DELAYED: frozenset({State.QUEUED, State.CANCELLED}),
    State.ACTIVE: frozenset({State.COMPLETE, State.FAILED, State.DELAYED, State.QUEUED, State.CANCELLED}),
    State.FAILED: frozenset({State.QUEUED}),  # replay
    State.COMPLETE: frozenset(),
    State.CANCELLED: frozenset({State.QUEUED}),  # replay
}


class MemoryRecords:
    """Attributes: now_ms (unix ms), records, backlog, logs, events."""

    def __init__(self) -> None:
        self.now_ms = int(time.time() * 1000)
        self.records: dict[str, Record] = {}
        self.backlog = MemoryBacklog(self.records)
        self.logs: dict[str, list[str]] = {}
        self.events: list[Event] = []
        self.uniques = MemoryUniques()

    @property
    def scores(self) -> dict[str, float]:
        """The score of each job in its only index."""
        return self.backlog.scores

    def move(self, job_id: str, to: State, score: int, only_from: Collection[State] = tuple(State)) -> None:
        """Move a job to another state. Raises IllegalTransitionError."""
        state = State(self.records[job_id]["state"])
        if to not in FOLLOWS[state] or state not in only_from:
            raise IllegalTransitionError(f"The job is {state}, so this cannot be done.", job=job_id, state=state)
        record = self.records[job_id]
        record["state"] = to
        self.backlog.places.pop(job_id, None)
        if to is State.QUEUED:
            self.backlog.enter(job_id, score)
        else:
            self.scores[job_id] = score
        self.stand(record["type"], record.get("key", ""), score if to is State.QUEUED else None)
        self.uniques.keep(job_id, record, to, self.now_ms)

    def place(self, record: Record, at_ms: int | None = None) -> int:
        """The place of a job that comes now, or came at another time."""
        return self.backlog.place(record, self.now_ms if at_ms is None else at_ms)

    def stand(self, job_type: str, key: str, score: int | None = None) -> None:
        """Put a key into its ring, at this place if it is new there."""
        self.backlog.stand(job_type, key, self.now_ms, score)

    def tell(self, event: str, job_id: str, data: Json = None) -> None:
        """Write an event."""
        record = self.records[job_id]
        entry_id = f"{self.now_ms}-{len(self.events)}"
        told = {} if data is None and event != EventName.COMPLETE else data
        self.events.append(Event(entry_id, EventName(event), job_id, record["type"], record.get("batch", ""), told))


def number(record: Mapping[str, str], name: str, default: int = 0) -> int:
    """A field of a record."""
    return int(record.get(name, default))
