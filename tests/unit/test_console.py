"""The console of `make run`: nothing waits for its reader, and no line passes for another process's."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from typing import TextIO

import pytest

from ops.console import LINES_KEPT, Console


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """The place to which the console writes, and from which the test reads."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as out:
        yield reading, out
    os.close(reading)


def test_no_process_waits_for_a_reader_that_stopped(pipe: tuple[int, TextIO], eventually: Callable[..., None]) -> None:
    # Given a reader that does not read, and lines beyond what a pipe and the console hold
    reader, out = pipe
    console = Console(["web"], out)
    console.muted = False
    lines = LINES_KEPT + 5_000
    for number in range(lines):
        console.relay("web", f"line {number:05} {'x' * 50}")

    # When it reads again
    os.set_blocking(reader, False)
    read = b""

    def drained() -> bool:
        nonlocal read
        with contextlib.suppress(BlockingIOError):
            read += os.read(reader, 1 << 20)
        return b"not shown here" in read

    eventually(drained)

    # Then the kept lines come in their order, and the number of the others
    *shown, last = read.decode().splitlines()
    numbers = [int(line.split()[3]) for line in shown]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0
    assert LINES_KEPT < len(shown) < lines
    assert last == f"usher | {lines - len(shown)} lines were not shown here: see var/log."


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("a\rusher | stopped", r"a\rusher | stopped"),
        ("a\u2028b\x9bc\x00", r"a\u2028b\x9bc\x00"),
        ("Zürich\t7", "Zürich\t7"),
    ],
)
def test_a_line_cannot_move_the_cursor(pipe: tuple[int, TextIO], said: str, shown: str) -> None:
    reader, out = pipe
    console = Console(["web"], out)
    console.muted = False
    console.relay("web", said)
    console.close()
    assert os.read(reader, 1_000).decode() == f"web   | {shown}\n"


ENTRY = (
    '{"timestamp":"2030-01-31T12:00:00.123Z","level":"error","logger":"shop","event":"failed","process":"worker",'
    '"pid":1,"job":"j1","exception":[{"exc_type":"ValueError","exc_value":"no\\nusher | stopped","frames":[]}]}'
)


def test_a_line_of_json_is_shown_as_text(pipe: tuple[int, TextIO]) -> None:
    reader, out = pipe
    console = Console(["worker"], out)
    console.muted = False
    console.relay("worker", ENTRY)
    console.close()
    shown = os.read(reader, 1_000).decode().splitlines()
    assert shown == [
        "worker | 2030-01-31T12:00:00.123Z ERROR    shop: failed  [job=j1]",
        r"worker |   ValueError: no\nusher | stopped",
    ]


def test_a_console_of_json_has_nothing_else(pipe: tuple[int, TextIO]) -> None:
    reader, out = pipe
    console = Console(["redis", "worker"], out, as_json=True)
    console.muted = False
    console.say("starting redis, worker")
    console.welcome("\nUsher is up.\n")
    console.relay("worker", ENTRY)
    console.relay("redis", "1:M * Ready to accept connections")
    console.close()
    shown = [json.loads(line) for line in os.read(reader, 4_000).decode().splitlines()]
    assert [(one["process"], one["event"]) for one in shown] == [
        ("usher", "starting redis, worker"),
        ("usher", "Usher is up"),
        ("worker", "failed"),
        ("redis", "1:M * Ready to accept connections"),
    ]


def test_a_reader_that_went_away_stops_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        console = Console(["web"], out)
        console.say("nobody hears it")
        console.close()
