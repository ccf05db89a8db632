"""Callers: a little of everything that a shop asks, again and again while a fault lasts, and how it is answered."""

import itertools
import threading

import requests

from tests.system.faults.troubles import Ground

PAUSE_SECONDS = 0.5


class Callers:
    """They ask from a thread of their own until the block ends."""

    def __init__(self, ground: Ground, show: str) -> None:
        self._usher, self._provider, self._show = ground.usher, ground.provider, show
        self.last, self.rounds = "", 0  # how the last requests were answered
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def __enter__(self) -> "Callers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _go_on(self) -> None:
        for number in itertools.count():
            body = {"channel": "webhook", "to": self._provider.url(f"/{number}"), "message": "Doors open at eight"}
            statuses = {
                self._asked("POST", "/v1/jobs", {"type": "note", "data": {}}),
                self._asked("POST", self._show, {"lines": [{"pool": "floor"}]}),
                self._asked("POST", "/v1/notifications", body),
            }
            self.last, self.rounds = ", ".join(sorted(statuses)), number + 1
            if self._ended.wait(PAUSE_SECONDS):
                return

    def _asked(self, method: str, path: str, body: object) -> str:
        try:
            return str(self._usher.http(method, path, body, timeout=10).status_code)
        except requests.RequestException:
            return "no answer"
