"""Streams of events that go on where they broke off: server-sent events with `Last-Event-ID`."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from usher_client.steps import Answer, Item, Items, Lost, Pause, Read, Request

BROKEN_PAUSE_SECONDS = 2.0  # before a stream is opened again that broke without having told anything


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that happened. `name`: what, such as `held` or `complete`; `snapshot`: the topic as it is at the
    beginning; `reset`: as it is now, after more was missed than the server keeps. `data` is the whole of it.
    """

    id: str
    name: str
    data: dict[str, Any]


def watch(topic: str, *, after: str | None = None) -> Items[Event]:
    """
    What happens to a topic, live: `job:ID`, `batch:ID`, `type:NAME`, `show:ID` or `product:ID`.

    A job or batch tells its whole story and ends with it; the others begin with a snapshot and do not end. A stream
    that breaks off is opened again and goes on after the last event, so each comes once and in order. `after`: the id
    of an event to go on after. Raises UsherError: `job_not_found` and the like, or `connection_lost` when it could not
    be opened again for `Patience.reconnect_seconds`.
    """
    while True:
        query = {"topic": topic}
        opened: Answer = yield Request("GET", "/v1/stream", query=query, streams=True, after=after)
        if opened.status == 204:  # it is over, and all of it was told
            return
        if opened.status != 200:
            raise opened.error()
        parser, told = Parser(), False
        while True:
            piece: bytes | Lost = yield Read()
            if isinstance(piece, Lost) or not piece:
                break
            for event in parser.feed(piece):
                after, told = event.id, True
                yield Item(event)
        if not told:
            yield Pause(random.uniform(0, BROKEN_PAUSE_SECONDS))


class Parser:
    """Turns the bytes of one stream into events."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that end in this piece. What broke off before its end is none."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            text = line.removesuffix(b"\r").decode()
            name, _, value = text.partition(":")
            if name:
                value = value.removeprefix(" ")
                joins = name == "data" and name in self._fields
                self._fields[name] = f"{self._fields[name]}\n{value}" if joins else value
            elif not text and self._fields:
                fields, self._fields = self._fields, {}
                if "data" in fields and "id" in fields:
                    yield _event(fields)


def _event(fields: dict[str, str]) -> Event:
    data = json.loads(fields["data"])
    return Event(fields["id"], fields.get("event") or str(data.get("event", "")), data)
