"""What happened: the stream of events and how it is read."""

from tasks_app.events import events
from tasks_app.events.events import ENTRIES_PER_READ, AnyEvent, Entry, Event

__all__ = ["ENTRIES_PER_READ", "AnyEvent", "Entry", "Event", "events"]
