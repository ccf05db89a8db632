"""Senders: the threads that wait for providers, shared so that one slow provider keeps nobody else waiting.

Each provider and account has a lane: so many sends at a time, the others wait in their order. How long its sends took
says how long one more would wait; who would wait long is better given back, and has a place in line until then.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

BUSY_LANES = 4  # so many providers may be slow at the same time before others feel it
WEIGHT = 0.2  # of the latest send in the mean
LINE_SECONDS = 30.0  # nobody is sent away for longer: the provider may be well again

Sent = TypeVar("Sent")  # what a send comes to


@dataclass(slots=True)
class Lane(Generic[Sent]):
    """The sends to one provider in this process. It is forgotten when the last one ends."""

    under_way: int = 0
    waiting: dict[Future[Sent], Callable[[], Sent]] = field(default_factory=dict)
    mean_seconds: float = 0.0
    ended: float = field(default_factory=time.monotonic)  # when a send last did
    line: float = 0.0  # the end of the line of those who were given back, by time.monotonic()

    def send_seconds(self) -> float:
        """How long a send takes: the mean, or the present silence of a provider that has become slower."""
        return max(self.mean_seconds, time.monotonic() - self.ended)


class SendPool(Generic[Sent]):
    """`width` sends at a time in each lane."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._threads = ThreadPoolExecutor(BUSY_LANES * width, thread_name_prefix="send")
        self._lock = threading.Lock()
        self._lanes: dict[str, Lane[Sent]] = {}

    def submit(self, scope: str, call: Callable[[], Sent]) -> Future[Sent]:
        """Have it done as soon as the lane has room."""
        future: Future[Sent] = Future()
        with self._lock:
            lane = self._lanes.setdefault(scope, Lane())
            if lane.under_way < self._width:
                lane.under_way += 1
            else:
                lane.waiting[future] = call
                return future
        self._threads.submit(self._run, scope, lane, future, call)
        return future

    def withdraw(self, scope: str, future: Future[Sent]) -> bool:
        """Take it back; False if it has begun or is done."""
        if not future.cancel():
            return False
        with self._lock:
            if lane := self._lanes.get(scope):
                lane.waiting.pop(future, None)
        return True

    def wait_seconds(self, scope: str) -> float:
        """How long one more would wait for its turn, as far as is known."""
        with self._lock:
            lane = self._lanes.get(scope)
            return len(lane.waiting) * lane.send_seconds() / self._width if lane else 0.0

    def place_seconds(self, scope: str) -> float:
        """After how long one who was given back should come again: one after the other, as the lane goes on."""
        with self._lock:
            lane = self._lanes.get(scope)
            if lane is None:
                return 0.0
            now, step_seconds = time.monotonic(), lane.send_seconds() / self._width
            place = max(lane.line, now + len(lane.waiting) * step_seconds) + step_seconds
            if place - now > LINE_SECONDS:  # the line is full: look again, but not all at once
                return LINE_SECONDS * random.uniform(0.5, 1.0)
            lane.line = place
            return place - now

    def close(self) -> None:
        """End the threads, once what has begun is done."""
        self._threads.shutdown()

    def _run(self, scope: str, lane: Lane[Sent], future: Future[Sent], call: Callable[[], Sent]) -> None:
        began = time.monotonic()
        if future.set_running_or_notify_cancel():
            try:
                answer = call()
            except BaseException as error:  # whatever it is, the caller has to hear of it
                future.set_exception(error)
            else:
                future.set_result(answer)
            lane.ended = time.monotonic()
            lane.mean_seconds += (WEIGHT if lane.mean_seconds else 1.0) * (lane.ended - began - lane.mean_seconds)
        with self._lock:
            if not lane.waiting:
                lane.under_way -= 1
                if not lane.under_way:
                    del self._lanes[scope]
                return
            following = next(iter(lane.waiting))
            call = lane.waiting.pop(following)
        # Through the threads' own queue: when all are busy, other lanes have their turn in between.
        self._threads.submit(self._run, scope, lane, following, call)
