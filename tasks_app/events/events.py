"""Event: a fact in the past; the entries of Redis Streams that hold events; and reading them, live or later."""

import logging
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.events.event_names import EventName
from tasks_app.inventory import LedgerEntry, changes
from tasks_app.state import connections, inventory_keys, keys, order, placed, start_after
from tasks_app.text import decoded

log = logging.getLogger(__name__)

ENTRIES_PER_READ = 250  # of at most 256 jobs and about 16 KiB each (tasks_app/lua/jobs/events.lua)
# Events that nearly all jobs have are one letter in the stream.
LETTERS: Mapping[str, tuple[str, ...]] = {
    "q": (EventName.QUEUED,),
    "a": (EventName.ACTIVE,),
    "c": (EventName.COMPLETE,),
    "ac": (EventName.ACTIVE, EventName.COMPLETE),
}


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one job. `id` resumes a reader (entry_ids.py)."""

    id: str
    event: str
    job: str
    type: str
    batch: str
    data: Any

    def topics(self) -> tuple[str, ...]:
        """The topics that include this event."""
        topics = (f"job:{self.job}", f"type:{self.type}")
        return (*topics, f"batch:{self.batch}") if self.batch else topics

    def body(self) -> dict[str, Any]:
        """What a watcher gets."""
        return {
            "event": self.event,
            "job": self.job,
            "type": self.type,
            "batch": self.batch or None,
            "data": self.data,
        }


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """What happened to one show or product: a change in its ledger."""

    id: str
    target: str
    entry: LedgerEntry

    def topics(self) -> tuple[str, ...]:
        """The one topic: the show or product itself."""
        return (self.target,)

    def body(self) -> dict[str, Any]:
        """What a watcher gets."""
        entry = self.entry
        return {"event": entry.event, "version": entry.version, "about": entry.about, "data": entry.data}


AnyEvent = Event | LedgerEvent


class Entry:
    """
    One entry of a stream: some changes in a ledger, or what one script wrote about jobs of one type and batch that had
    the same events. It parses nothing until it is asked: nobody in a process watches most entries.

    Fields of the latter: event (a word, or LETTERS), type, batch, job (ids, with blanks between) and data (one JSON
    text for all, or one for each with newlines between). With several events, the first happened to all jobs, then the
    next; the data belong to the last.
    """

    __slots__ = ("events", "fields", "id", "jobs", "stream")

    def __init__(self, stream: str, entry_id: str, fields: dict[str, str]) -> None:
        self.stream, self.id, self.fields = stream, entry_id, fields
        self.jobs = fields.get("job", "").split(" ") if stream == keys.events() else []
        told = fields.get("event", "")
        self.events = LETTERS.get(told, (told,))

    def topics(self) -> tuple[str, ...]:
        """The topics of the whole entry: the show or product, or the type and the batch of the jobs."""
        if self.stream != keys.events():
            return (inventory_keys.target_of(self.stream),)
        job_type, batch = self.fields.get("type"), self.fields.get("batch")
        return (f"type:{job_type}", f"batch:{batch}") if batch else (f"type:{job_type}",)

    def about(self, topics: Container[str]) -> Iterator[AnyEvent]:
        """Its events that belong to one of these topics."""
        if any(topic in topics for topic in self.topics()):
            return self._events(range(len(self.jobs))) if self.jobs else self._ledger_events()
        return self._events([place for place, job in enumerate(self.jobs) if f"job:{job}" in topics])

    def of(self, jobs: Container[str]) -> Iterator[AnyEvent]:
        """Its events of these jobs."""
        return self._events([place for place, job in enumerate(self.jobs) if job in jobs])

    def _events(self, places: Iterable[int]) -> Iterator[AnyEvent]:
        """The events of the jobs at these places, without those that cannot be read: they must not hide the others."""
        texts, places = self.fields.get("data", "").split("\n"), list(places)
        for number in range(len(self.events)):
            for place in places:
                try:
                    yield self._job_event(number, place, texts)
                except (ValueError, LookupError):
                    log.warning("event %d in entry %s of %s cannot be read", place, self.id, self.stream)

    def _job_event(self, number: int, place: int, texts: list[str]) -> Event:
        fields, jobs, told = self.fields, self.jobs, self.events
        event_id = placed(self.id, number * len(jobs) + place, len(told) * len(jobs))
        data = decoded(texts[0 if len(texts) == 1 else place]) if number == len(told) - 1 else {}
        return Event(event_id, told[number], jobs[place], fields["type"], fields["batch"], data)

    def _ledger_events(self) -> Iterator[LedgerEvent]:
        try:
            yield from (LedgerEvent(one.id, self.topics()[0], one) for one in changes(self.id, self.fields))
        except (ValueError, LookupError, TypeError):
            log.warning("entry %s of %s cannot be read", self.id, self.stream)


def stream_of(topic: str) -> str:
    """The stream that holds the events of a topic: a ledger, or the stream of all jobs."""
    kind = topic.partition(":")[0]
    return inventory_keys.inventory(topic, "log") if kind in ("show", "product") else keys.events()


class EventReader:
    """Reads streams on one server: `patient` is for reads that wait for new entries, `client` for the others."""

    def __init__(self, client: redis.Redis, patient: redis.Redis) -> None:
        self._client = client
        self._patient = patient

    def read(self, after: Mapping[str, str], block_ms: int) -> Iterator[Entry]:
        """
        The entries after the given id of each stream; waits up to `block_ms` for the first. Raises
        StateUnavailableError.
        """
        with connections.translated():
            answer = self._patient.xread(cast(Any, dict(after)), count=ENTRIES_PER_READ, block=block_ms)
        for stream, entries in cast(Any, answer or []):
            for entry in entries:
                yield Entry(stream, *entry)

    def last_id(self, stream: str) -> str:
        """The id of a stream's newest entry, `0-0` if it has none. Raises StateUnavailableError."""
        with connections.translated():
            newest = cast(list[Any], self._client.xrevrange(stream, count=1))
        return str(newest[0][0]) if newest else "0-0"

    def trimmed(self, stream: str, after: str) -> bool:
        """Has the stream lost entries that came after the id `after`? Raises StateUnavailableError."""
        with connections.translated():
            try:
                info = self._client.xinfo_stream(stream)
            except redis.ResponseError:  # there is no such stream: it never had an entry
                return False
        oldest = info["first-entry"]
        return bool(info["entries-added"] != info["length"] and oldest and order(after)[:2] < order(oldest[0])[:2])

    def past(self, topic: str, after: str) -> Iterator[AnyEvent]:
        """The events of one topic after an id, oldest first. Raises StateUnavailableError."""
        stream, told, start = stream_of(topic), order(after), start_after(after)
        while entries := self.entries_from(stream, start, ENTRIES_PER_READ):
            for entry in entries:
                yield from (event for event in entry.about({topic}) if order(event.id) > told)
            start = f"({entries[-1].id}"

    def last_entries(self, stream: str, count: int) -> list[Entry]:
        """The newest entries of a stream, oldest first. Raises StateUnavailableError."""
        with connections.translated():
            entries = cast(list[Any], self._client.xrevrange(stream, count=count))
        return [Entry(stream, *entry) for entry in reversed(entries)]

    def entries_from(self, stream: str, start: str, count: int) -> list[Entry]:
        """
        At most `count` entries from the id `start` on; `(` before it means: after it. Raises StateUnavailableError.
        """
        with connections.translated():
            entries = cast(list[Any], self._client.xrange(stream, min=start, count=count))
        return [Entry(stream, *entry) for entry in entries]
