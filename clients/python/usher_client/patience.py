"""How long a client tries: repeats a request where nothing can happen twice, with pauses that grow and differ."""

import random
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from usher_client.errors import CONNECTION_LOST, UsherError
from usher_client.steps import Answer, Items, Lost, Pause, Request, Steps

T = TypeVar("T")

AGAIN = frozenset({429, 502, 503, 504})  # nobody did it now; who asks again may be luckier


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How often, and how long, a request is repeated whose connection broke, that was not answered in time, or was
    answered with 429, 502, 503 or 504. The pause before the next attempt is up to `first_pause_seconds`, then up to
    twice as long, and so on; never more than `longest_pause_seconds`, except where `Retry-After` asks for more. What is
    over after `seconds` is not repeated. `reconnect_seconds`: the same for a stream that broke off.
    """

    attempts: int = 10
    seconds: float = 30.0
    first_pause_seconds: float = 0.2
    longest_pause_seconds: float = 5.0
    reconnect_seconds: float = 300.0


class Pauses:
    """The pauses of one request."""

    def __init__(self, patience: Patience, streams: bool) -> None:
        self._patience = patience
        self._attempts = 2**31 if streams else patience.attempts
        self._deadline = time.monotonic() + (patience.reconnect_seconds if streams else patience.seconds)
        self._longest = patience.first_pause_seconds
        self.made = 1  # attempts

    def next(self, at_least: float = 0.0) -> float | None:
        """How long to wait before the next attempt, s; None = there is none."""
        if self.made >= self._attempts:
            return None
        seconds = at_least + random.uniform(0, self._longest)
        self._longest = min(self._longest * 2, self._patience.longest_pause_seconds)
        if time.monotonic() + seconds > self._deadline:
            return None
        self.made += 1
        return seconds


def patiently(steps: Steps[T] | Items[Any], patience: Patience) -> Generator[Any, Any, T | None]:
    """The same steps, whose requests are repeated where that helps and does no harm."""
    got: Any = None
    try:
        while True:
            try:
                step = steps.send(got)
            except StopIteration as end:
                result: T | None = end.value
                return result
            got = (yield from _repeated(step, patience)) if isinstance(step, Request) else (yield step)
    finally:
        steps.close()


def _repeated(request: Request, patience: Patience) -> Generator[Any, Any, Answer]:
    pauses = Pauses(patience, request.streams)
    while True:
        got: Answer | Lost = yield request
        if isinstance(got, Answer) and got.status not in AGAIN:
            return replace(got, attempts=pauses.made)
        asked = retry_after_seconds(got.headers.get("retry-after", "")) if isinstance(got, Answer) else 0.0
        seconds = pauses.next(asked) if request.may_repeat else None
        if seconds is None:
            if isinstance(got, Answer):
                return replace(got, attempts=pauses.made)
            told = f"{type(got.cause).__name__}: {got.cause}"
            raise UsherError(CONNECTION_LOST, 0, told, idempotency_key=request.key) from got.cause
        yield Pause(seconds)


def retry_after_seconds(text: str) -> float:
    """What `Retry-After` says (RFC 9110): seconds or a date; 0 if it says nothing."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        due = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    now = datetime.now(UTC)
    return max(0.0, ((due if due.tzinfo else due.replace(tzinfo=UTC)) - now).total_seconds())
