"""SendPool: the threads that wait for providers, shared so that a slow provider does not delay others.

Each scope, a provider and account, has a number of sends at a time; the others wait in order. The time that its sends
took tells how long one more would wait; a notification that would wait long is better given back, and comes again
when it is its turn.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

BUSY_SCOPES = 4  # so many providers may be slow at once before others feel it
WEIGHT = 0.2  # of the latest send in the mean
PATIENCE_SECONDS = 3.0  # suppressions and rests may be known from so long ago
AWAY_SECONDS = 30.0  # no notification is sent away for longer: the provider may be well again

Sent = TypeVar("Sent")  # the result of a send


@dataclass(slots=True)
class Sends(Generic[Sent]):
    """The sends of one scope in this process. They are forgotten when the last send ends."""

    under_way: int = 0
    waiting: dict[Future[Sent], Callable[[], Sent]] = field(default_factory=dict)
    mean_seconds: float = 0.0
    ended: float = field(default_factory=time.monotonic)  # when a send last ended
    tail: float = 0.0  # when the last notification that was given back comes again, by time.monotonic()

    def send_seconds(self) -> float:
        """How long a send takes: the mean, or the present silence of a provider that has become slower."""
        return max(self.mean_seconds, time.monotonic() - self.ended)


class SendPool(Generic[Sent]):
    """`width` sends at a time in each scope; a caller waits `patience_seconds` for a thread."""

    def __init__(self, width: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._width, self.patience_seconds = width, patience_seconds
        self._threads = ThreadPoolExecutor(BUSY_SCOPES * width, thread_name_prefix="send")
        self._lock = threading.Lock()
        self._scopes: dict[str, Sends[Sent]] = {}

    def submit(self, scope: str, call: Callable[[], Sent]) -> Future[Sent]:
        """Run the call as soon as the scope has room."""
        future: Future[Sent] = Future()
        with self._lock:
            sends = self._scopes.setdefault(scope, Sends())
            if sends.under_way < self._width:
                sends.under_way += 1
            else:
                sends.waiting[future] = call
                return future
        self._threads.submit(self._run, scope, sends, future, call)
        return future

    def withdraw(self, scope: str, future: Future[Sent]) -> bool:
        """Take a call back; False if it has started or is done."""
        if not future.cancel():
            return False
        with self._lock:
            if sends := self._scopes.get(scope):
                sends.waiting.pop(future, None)
        return True

    def wait_seconds(self, scope: str) -> float:
        """How long one more send would wait for its turn, by what is known."""
        with self._lock:
            sends = self._scopes.get(scope)
            return len(sends.waiting) * sends.send_seconds() / self._width if sends else 0.0

    def away_seconds(self, scope: str) -> float:
        """When a notification that was given back should come again: one after the other, at the scope's pace."""
        with self._lock:
            sends = self._scopes.get(scope)
            if sends is None:
                return 0.0
            now, step_seconds = time.monotonic(), sends.send_seconds() / self._width
            comes = max(sends.tail, now + len(sends.waiting) * step_seconds) + step_seconds
            if comes - now > AWAY_SECONDS:  # too many are away: look again, but not all at once
                return AWAY_SECONDS * random.uniform(0.5, 1.0)
            sends.tail = comes
            return comes - now

    def close(self) -> None:
        """End the threads once the running sends are done."""
        self._threads.shutdown()

    def _run(self, scope: str, sends: Sends[Sent], future: Future[Sent], call: Callable[[], Sent]) -> None:
        started = time.monotonic()
        if future.set_running_or_notify_cancel():
            try:
                answer = call()
            except BaseException as error:  # any error: the caller has to get it
                future.set_exception(error)
            else:
                future.set_result(answer)
            sends.ended = time.monotonic()
            sends.mean_seconds += (WEIGHT if sends.mean_seconds else 1.0) * (sends.ended - started - sends.mean_seconds)
        with self._lock:
            if not sends.waiting:
                sends.under_way -= 1
                if not sends.under_way:
                    del self._scopes[scope]
                return
            following = next(iter(sends.waiting))
            call = sends.waiting.pop(following)
        # Through the threads' own queue: when all are busy, other scopes have their turn in between.
        self._threads.submit(self._run, scope, sends, following, call)
