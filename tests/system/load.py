"""Load: callers that never stop, each with keys of its own, and that repeat a request until it is answered."""

import itertools
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import requests

from tests.deadlines import until
from tests.system.client import at_once
from tests.system.usher import Usher

BETWEEN_SECONDS = 0.05  # between a caller's requests


class Load:
    """
    Reserves units of some shows from several threads, for as long as its block runs.

    An answer is 201, 202 or 409; a caller that gets 503, or none because the web process is gone, repeats with its key.
    """

    def __init__(self, usher: Usher, *paths: str, callers: int = 16) -> None:
        self.ids: dict[str, str] = {}  # key -> reservation
        self.statuses: Counter[int] = Counter()  # 0 = broken off
        self.seconds: list[float] = []  # that each answer took
        self._usher, self._paths, self._callers = usher, paths, callers
        self._stopped, self._failed = threading.Event(), threading.Event()
        self._pool = ThreadPoolExecutor(callers)
        self._running: list[Future[None]] = []

    def __enter__(self) -> "Load":
        self._running = [self._pool.submit(self._call, number) for number in range(self._callers)]
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        if failure:
            self._failed.set()  # nobody will ever answer the callers that still ask
        self._stopped.set()
        self._pool.shutdown()
        for future in self._running:
            future.result()

    def wait_for(self, status: int, more: int, seconds: float = 20) -> None:
        """Wait until more than so many further answers have this status."""
        before = self.statuses[status]
        until(lambda: self.statuses[status] > before + more, seconds, lambda: f"{self.statuses}")

    def outcomes(self) -> Counter[str]:
        """The outcome of every accepted reservation; waits for those that are on their way."""
        return Counter(at_once(self._usher.outcome, self.ids.values(), 16))

    def _call(self, caller: int) -> None:
        for number in itertools.count():
            if self._stopped.is_set():
                return
            key, path = f"{caller}-{number}", self._paths[number % len(self._paths)]
            body = self._ask(path, key)
            while body is None:
                if self._failed.wait(BETWEEN_SECONDS):
                    return
                body = self._ask(path, key)
            self.ids[key] = body.get("id") or body["reservation"]
            time.sleep(BETWEEN_SECONDS)

    def _ask(self, path: str, key: str) -> dict[str, Any] | None:
        """The body of an answer, or None if the request must be repeated."""
        began = time.monotonic()
        try:
            answer = self._usher.reserve(path, key)
        except (
            requests.ConnectionError,
            requests.exceptions.ChunkedEncodingError,
        ):  # killed before or during its answer
            self.statuses[0] += 1
            return None
        self.seconds.append(time.monotonic() - began)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0
            return None
        assert answer.status_code in (201, 202, 409), answer.text
        body: dict[str, Any] = answer.json()
        return body
