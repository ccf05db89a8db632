"""The command `usher tail`: what happens, line by line, until Ctrl-C."""

import logging
import re
import sys
import time
from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from usher.terminal import AS_JSON, in_sentences

if TYPE_CHECKING:
    from tasks_app.events import AnyEvent, Entry, EventFollower
    from tasks_app.usher import Usher

TOPIC = re.compile(r"(job|batch|type|show|product):[A-Za-z0-9][A-Za-z0-9_. -]{0,63}")
LOOK_SECONDS = 5.0  # from one look for new shows and products to the next
BLOCK_MS = 1_000  # of one read: how late it notices a new show at most
COLOURS = {
    **dict.fromkeys(("complete", "confirmed", "sold"), "green"),
    **dict.fromkeys(("failed", "stalled"), "red"),
    **dict.fromkeys(("retrying", "snoozed", "expired", "cancelled", "released"), "yellow"),
    **dict.fromkeys(("held", "active", "progress"), "cyan"),
}


class Everything(Container[object]):
    """Has everything in it."""

    def __contains__(self, _: object) -> bool:
        return True


@click.command()
@click.argument("topics", metavar="[TOPIC]...", nargs=-1)
@click.option("--event", "events", multiple=True, help="Only these events: failed, held, ... Several may be given.")
@click.option("--past", type=click.IntRange(0, 10_000), default=0, help="Begin with so many that have happened.")
@click.option("--no-colour", envvar="NO_COLOR", default="", hidden=True, help="No colours, if it is any text.")
@AS_JSON
@in_sentences
def tail(topics: tuple[str, ...], events: tuple[str, ...], past: int, no_colour: str, as_json: bool) -> int:
    """Show what happens, as it happens: of everything, or of TOPICs.

    A topic is job:ID, batch:ID, type:NAME, show:ID or product:ID. A cut connection is made anew, and nothing is left
    out. Ctrl-C ends it. With --json each line is a JSON object.
    """
    for topic in topics:
        if not TOPIC.fullmatch(topic):
            raise click.UsageError(f"{topic!r} is no topic: job:ID, batch:ID, type:NAME, show:ID or product:ID")
    try:
        _Tail(topics, events, not no_colour, as_json).run(past)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # `| head` has what it wanted; Python would say so when it closes the output
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


class _Tail:
    def __init__(self, topics: tuple[str, ...], events: tuple[str, ...], coloured: bool, as_json: bool) -> None:
        from tasks_app.program import own_usher

        self._usher: Usher = own_usher()
        self._topics: Container[Any] = set(topics) or Everything()
        self._named = topics
        self._events: Container[Any] = set(events) or Everything()
        self._coloured, self._as_json = coloured, as_json
        self._looked = float("-inf")  # for new shows and products, by time.monotonic

    def run(self, past: int) -> None:
        """Raises StateUnavailableError if the server cannot be reached at first; KeyboardInterrupt, BrokenPipeError."""
        from tasks_app.events import EventFollower

        said = logging.getLogger("usher.tail")
        said.addHandler(_Sentences(sys.stderr))
        said.propagate = False
        follower = EventFollower(self._usher.events, said, "the server does not answer: %s", BLOCK_MS)
        for stream in self._streams():
            follower.join(stream)
        for event in self._past(past):
            self._print(event)
        follower.run(lambda: self._places(follower), self._take, fatal=(BrokenPipeError,))

    def _streams(self) -> list[str]:
        from tasks_app.events import stream_of

        self._looked = time.monotonic()
        if self._named:
            return sorted({stream_of(topic) for topic in self._named})
        found = [one.target for kind in ("show", "product") for one in self._usher.inventories.listing(kind)]
        return [stream_of("type:"), *map(stream_of, found)]

    def _places(self, follower: "EventFollower") -> Mapping[str, str]:
        """Where to read on; shows and products that are new are followed from their beginning."""
        if not self._named and time.monotonic() - self._looked > LOOK_SECONDS:
            for stream in self._streams():
                follower.after.setdefault(stream, "0-0")
        return follower.after

    def _past(self, count: int) -> Iterator["AnyEvent"]:
        if not count:
            return
        found: list[AnyEvent] = []
        for stream in self._streams():
            for entry in self._usher.events.last_entries(stream, count):
                found += [event for event in entry.about(self._topics) if event.body()["event"] in self._events]
        yield from sorted(found, key=lambda event: _order(event.id))[-count:]

    def _take(self, entry: "Entry") -> None:
        for event in entry.about(self._topics):
            if event.body()["event"] in self._events:
                self._print(event)

    def _print(self, event: "AnyEvent") -> None:
        from tasks_app.events import Event
        from tasks_app.text import encoded, one_line

        body = event.body()
        if self._as_json:
            topic = {} if isinstance(event, Event) else {"target": event.target}
            click.echo(encoded({"id": event.id, **topic, **body}))
            return
        at = time.strftime("%H:%M:%S", time.localtime(int(event.id.partition("-")[0]) / 1000))
        where, about = (event.type, event.job) if isinstance(event, Event) else (event.target, event.entry.about)
        data = encoded(body["data"]) if body["data"] else ""
        word = f"{body['event']:<10}"
        word = click.style(word, fg=COLOURS.get(body["event"])) if self._coloured else word
        click.echo(f"{at}  {word} {one_line(f'{where:<20} {about:<26} {data}')}".rstrip())


class _Sentences(logging.StreamHandler[Any]):
    def format(self, record: logging.LogRecord) -> str:
        return f"usher: {record.getMessage()}"


def _order(event_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in event_id.split("-"))
