"""What can happen to a job, by name: the scripts write these words; the API, workers and programs read them."""

from collections.abc import Mapping
from enum import StrEnum

from tasks_app.jobs import FINAL, State


class EventName(StrEnum):
    """The name of an event of a job. `BECOMES` says in which state the job is after it."""

    QUEUED = "queued"  # it waits for a worker: it is new or due, its pause ended, or a worker gave it back
    DELAYED = "delayed"  # it waits for a time: it is new, or has another date
    ACTIVE = "active"  # an attempt starts
    PROGRESS = "progress"  # its handler reported how far it is
    LOGGED = "logged"  # its handler wrote a log line
    PRIORITISED = "prioritised"  # it has another priority
    RETRYING = "retrying"  # an attempt failed, and there will be another
    SNOOZED = "snoozed"  # its handler gave it back for later; this costs no attempt
    STALLED = "stalled"  # its worker was lost, and it waits for another
    REPLAYED = "replayed"  # it had failed or been cancelled, and was queued again with all its attempts
    EDITED = "edited"  # it asks for something else: other data, a title, a date
    FORGOTTEN = "forgotten"  # it was over, and somebody dropped its record
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
}  # not PRIORITISED, EDITED and FORGOTTEN, which change no state
LAST = frozenset(name for name, state in BECOMES.items() if state in FINAL)  # after one of these the job is over
