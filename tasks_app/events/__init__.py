"""What happened: the stream of events and how it is read."""

from tasks_app.events.event_names import BECOMES, LAST, EventName
from tasks_app.events.events import ENTRIES_PER_READ, AnyEvent, Entry, Event, EventReader, LedgerEvent, stream_of
from tasks_app.events.follower import EventFollower

__all__ = [
    "BECOMES",
    "ENTRIES_PER_READ",
    "LAST",
    "AnyEvent",
    "Entry",
    "Event",
    "EventFollower",
    "EventName",
    "EventReader",
    "LedgerEvent",
    "stream_of",
]
