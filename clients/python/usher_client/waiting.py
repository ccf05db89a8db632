"""Waiting for an outcome: the same request again with the same key, or a look from time to time."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from usher_client.steps import Answer, Pause, Request, Steps, ask

T = TypeVar("T")

WAIT_SECONDS = 10.0  # unless the caller says otherwise
LEG_SECONDS = 20.0  # of one request: proxies give up requests that take long
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 2.0


def outcome(request: Request, wait_seconds: float) -> Steps[Answer]:
    """
    Send a request with a key, and again as long as the answer is 202 and the time is not over: with its key it finds
    what it began, and the server waits for the end of that.
    """
    pauses = _Waits(wait_seconds)
    while True:
        began = time.monotonic()
        answer = yield from ask(replace(request, prefer_seconds=min(pauses.left(), LEG_SECONDS)))
        if answer.status != 202 or pauses.left() <= 0:
            return answer
        if time.monotonic() - began < 1:  # the server does not wait: it is about to stop, say
            yield pauses.next()


def looked_at(read: Callable[[], Steps[T]], is_over: Callable[[T], bool], wait_seconds: float) -> Steps[T]:
    """Read something until it is over or the time is. Returns it as it then is."""
    pauses = _Waits(wait_seconds)
    while True:
        found = yield from read()
        if is_over(found) or pauses.left() <= 0:
            return found
        yield pauses.next()


class _Waits:
    def __init__(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._pause = FIRST_PAUSE_SECONDS

    def left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def next(self) -> Pause:
        seconds = min(self._pause, self.left())
        self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return Pause(seconds)
