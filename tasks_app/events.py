"""Event: a fact in the past, one entry of a Redis Stream; and reading them, live or from the past."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app import connections, keys
from tasks_app.encoding import decoded
from tasks_app.inventory_queries import LedgerEntry, parse_entry

Entry = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one job. `id` is the stream's: `<unix ms>-<n>`; it resumes a reader."""

    id: str
    event: str
    job: str
    type: str
    batch: str
    data: Any

    def topics(self) -> tuple[str, ...]:
        """Everything that somebody may watch to see this event."""
        return topics_of(keys.events(), {"job": self.job, "type": self.type, "batch": self.batch})

    def body(self) -> dict[str, Any]:
        """What a watcher is told."""
        return {
            "event": self.event,
            "job": self.job,
            "type": self.type,
            "batch": self.batch or None,
            "data": self.data,
        }


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """What happened to one show or product: an entry of its ledger."""

    id: str
    target: str
    entry: LedgerEntry

    def topics(self) -> tuple[str, ...]:
        """The one topic: the show or product itself."""
        return (self.target,)

    def body(self) -> dict[str, Any]:
        """What a watcher is told."""
        entry = self.entry
        return {"event": entry.event, "version": entry.version, "about": entry.about, "data": entry.data}


AnyEvent = Event | LedgerEvent


def stream_of(topic: str) -> str:
    """The stream in which the events of a topic stand: a ledger, or that of all jobs."""
    kind = topic.partition(":")[0]
    return keys.inventory(topic, "log") if kind in ("show", "product") else keys.events()


def event_of(stream: str, entry: Entry) -> AnyEvent:
    """Read one entry of a stream."""
    entry_id, fields = entry
    if stream != keys.events():
        return LedgerEvent(entry_id, keys.target_of(stream), parse_entry(entry_id, fields))
    data = decoded(fields["data"])
    return Event(entry_id, fields["event"], fields["job"], fields["type"], fields["batch"], data)


def topics_of(stream: str, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Everything that somebody may watch to see this entry."""
    if stream != keys.events():
        return (keys.target_of(stream),)
    topics = (f"job:{fields['job']}", f"type:{fields['type']}")
    return (*topics, f"batch:{fields['batch']}") if fields["batch"] else topics


Wanted = Callable[[str, str, tuple[str, ...]], bool]


def read(after: Mapping[str, str], block_ms: int, wanted: Wanted) -> Iterator[AnyEvent]:
    """
    The events after the given id of each stream; waits up to `block_ms` for the first.

    `wanted(stream, id, topics)` is asked for each entry in turn; those that it wants are parsed. Raises
    StateUnavailableError.
    """
    with connections.translated():
        answer = connections.patient_state().xread(cast(Any, dict(after)), count=1_000, block=block_ms)
    for stream, entries in cast(Any, answer or []):
        for entry in entries:
            if wanted(stream, entry[0], topics_of(stream, entry[1])):
                yield event_of(stream, entry)


def last_id(stream: str) -> str:
    """The id of a stream's newest entry, `0-0` if it has none. Raises StateUnavailableError."""
    with connections.translated():
        newest = cast(list[Entry], connections.state().xrevrange(stream, count=1))
    return newest[0][0] if newest else "0-0"


def trimmed(stream: str, after: str) -> bool:
    """Is something that came after the id `after` no longer in the stream? Raises StateUnavailableError."""
    with connections.translated():
        try:
            info = connections.state().xinfo_stream(stream)
        except redis.ResponseError:  # no such stream: nothing was ever in it
            return False
    oldest = info["first-entry"]
    return bool(info["entries-added"] != info["length"] and oldest and order(after) < order(oldest[0]))


def past(topic: str, after: str) -> Iterator[AnyEvent]:
    """The events of one topic after an id, oldest first, a thousand at a time. Raises StateUnavailableError."""
    stream = stream_of(topic)
    while True:
        with connections.translated():
            entries = cast(list[Entry], connections.state().xrange(stream, min=f"({after}", count=1_000))
        if not entries:
            return
        for entry in entries:
            if topic in topics_of(stream, entry[1]):
                yield event_of(stream, entry)
        after = entries[-1][0]


def order(entry_id: str) -> tuple[int, int]:
    """A key by which ids sort as the stream does."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)
