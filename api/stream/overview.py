"""SharedOverview: the whole system in one text, made once for all pages of this process that watch it."""

import threading
import time

from api.health import stats_of
from tasks_app.doctor import as_json
from tasks_app.text import encoded_leniently
from tasks_app.usher import Usher

FRESH_SECONDS = 1.0


class SharedOverview:
    """`read` gives the text, at most a second old."""

    def __init__(self, usher: Usher) -> None:
        self._usher = usher
        self._lock = threading.Lock()
        self._text = ""
        self._made = float("-inf")  # monotonic seconds

    def read(self) -> str:
        """JSON: what `/v1/stats` has, and `findings` as `/v1/findings`. Raises StateUnavailableError."""
        with self._lock:
            if time.monotonic() - self._made > FRESH_SECONDS:
                body = {**stats_of(self._usher), "findings": as_json(self._usher.findings.read())}
                self._text, self._made = encoded_leniently(body), time.monotonic()
            return self._text
