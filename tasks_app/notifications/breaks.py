"""Breaks in work of many pieces, in which others of the same process have their turn."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Piece = TypeVar("Piece")
PIECES = 100  # from one break to the next: one or two milliseconds
# Not 0: gevent goes on ten times with whoever sleeps for 0 before it looks at its sockets again.
SECONDS = 0.0001


def take_break() -> None:
    """In the web process, where it is gevent's, whatever came meanwhile is served; a thread lets others run."""
    time.sleep(SECONDS)


def with_breaks(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same, with a break after every PIECES."""
    for number, piece in enumerate(pieces):
        if number and not number % PIECES:
            take_break()
        yield piece
