"""The Python client by itself: how it sends lines and reads streams."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.test_usher_client import BROKEN, QUICK
from usher_client import events as streams
from usher_client.lines import Lines
from usher_client.patience import patiently
from usher_client.steps import Answer, Item, Read, Request


def test_lines_are_read_once_and_sent_again_from_the_first() -> None:
    # Given an iterable that can be iterated once
    read: list[int] = []

    def source() -> Iterator[dict[str, Any]]:
        for number in range(100_000):
            read.append(number)
            yield {"to": f"guest-{number}"}

    lines = Lines(source())

    # When it is sent twice, the first time not to the end
    first = lines.pieces()
    begun = [next(first) for _ in range(20)]  # more than stays in memory
    assert len(read) < 100_000
    whole = b"".join(lines.pieces())
    lines.close()

    # Then the second time has all of it
    assert whole.startswith(b"".join(begun))
    assert [json.loads(line)["to"] for line in whole.splitlines()] == [f"guest-{number}" for number in range(100_000)]
    assert read == list(range(100_000))


EVENTS = b'retry: 2000\n\n:\n\nid: 1-0\nevent: snapshot\ndata: {"a": 1}\n\nid: 2-0\ndata: {"event": "held"}\n\n'


@pytest.mark.parametrize("size", [1, 7, len(EVENTS)])
def test_events_are_read_wherever_the_pieces_end(size: int) -> None:
    parser = streams.Parser()
    found = [event for at in range(0, len(EVENTS), size) for event in parser.feed(EVENTS[at : at + size])]
    assert [(event.id, event.name) for event in found] == [("1-0", "snapshot"), ("2-0", "held")]


def test_a_stream_goes_on_after_the_last_whole_event_and_ends_when_all_is_told() -> None:
    # Given a stream that breaks off within its second event, then ends without a word, then has told all
    replies: list[Any] = [Answer(200, {}), EVENTS[:70], BROKEN, Answer(200, {}), b"", Answer(204, {})]
    asked, found = [], []
    running, got = patiently(streams.watch("job:a"), QUICK), None
    while True:
        try:
            step = running.send(got)
        except StopIteration:
            break
        got = None
        if isinstance(step, Item):
            found.append(step.value.id)
        elif isinstance(step, Request | Read):
            asked += [step.after] if isinstance(step, Request) else []
            got = replies.pop(0)

    # Then it was asked for again after the event that had come
    assert (asked, found) == ([None, "1-0", "1-0"], ["1-0"])
