"""Pace: many listeners are woken a few at a time, so that a web process answers requests meanwhile."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

SLICE = 10  # listeners; each has about 0.2 ms of work with what it is told
LEAST_REST_SECONDS = 0.001


class Pace:
    """One for all rounds of a process: they take turns, and together use at most half of its time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def tell(self, audience: Sequence[T], wake: Callable[[T], None]) -> None:
        """`wake` each. For more than SLICE of them it takes a while, and belongs into a thread of its own."""
        for first in range(0, len(audience), SLICE):
            with self._lock:
                began = time.monotonic()
                for listener in audience[first : first + SLICE]:
                    wake(listener)
                if len(audience) > SLICE:
                    time.sleep(0)  # they write, and so do others
                    time.sleep(max(time.monotonic() - began, LEAST_REST_SECONDS))
