"""Breaks in long work, in which other requests of the same process have their turn."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Piece = TypeVar("Piece")
PIECES = 100  # between two breaks: one or two milliseconds of work
# Not 0: gevent resumes a greenlet that sleeps for 0 up to ten times before it looks at its sockets again.
SECONDS = 0.0001


def take_break() -> None:
    """Let others run: in the web process, gevent serves the requests that came meanwhile; elsewhere, other threads."""
    time.sleep(SECONDS)


def with_breaks(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces, with a break after every PIECES."""
    for number, piece in enumerate(pieces):
        if number and not number % PIECES:
            take_break()
        yield piece
