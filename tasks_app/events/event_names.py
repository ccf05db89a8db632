"""What can happen to a job, by name: the words that the scripts write, and that followers and the API read."""

from collections.abc import Mapping
from enum import StrEnum

from tasks_app.jobs import FINAL, State


class EventName(StrEnum):
    """The name of an event of a job. `BECOMES` says in which state the job is after it."""

    QUEUED = "queued"  # it waits for a worker: it came, it is due, its gate opened, or it was given back unbegun
    DELAYED = "delayed"  # it came, and waits for a time
    ACTIVE = "active"  # an attempt begins
    PROGRESS = "progress"  # its handler says how far it is
    LOGGED = "logged"  # its handler wrote a line
    PRIORITISED = "prioritised"  # it has another priority
    RETRYING = "retrying"  # an attempt failed, and there will be another
    SNOOZED = "snoozed"  # its handler gave it back for later, at no attempt
    STALLED = "stalled"  # it lost its worker, and waits for another
    REPLAYED = "replayed"  # it had failed, and has all its attempts again
    COMPLETE = "complete"
    FAILED = "failed"
    CANCELLED = "cancelled"


BECOMES: Mapping[str, State] = {
    EventName.QUEUED: State.QUEUED,
    EventName.DELAYED: State.DELAYED,
    EventName.ACTIVE: State.ACTIVE,
    EventName.PROGRESS: State.ACTIVE,
    EventName.LOGGED: State.ACTIVE,
    EventName.RETRYING: State.DELAYED,
    EventName.SNOOZED: State.DELAYED,
    EventName.STALLED: State.QUEUED,
    EventName.REPLAYED: State.QUEUED,
    EventName.COMPLETE: State.COMPLETE,
    EventName.FAILED: State.FAILED,
    EventName.CANCELLED: State.CANCELLED,
}  # not PRIORITISED, which changes no state
LAST = frozenset(name for name, state in BECOMES.items() if state in FINAL)  # after them a job is over
