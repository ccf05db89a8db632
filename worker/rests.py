"""What this process was told about quiet: who is to be left alone for how long, and who is refused in a row."""

import threading
import time

IN_A_ROW = 5  # different recipients with nobody accepted between them: then it is not about one of them
KEPT = 10_000  # recipients and scopes; beyond it those whose time is over are forgotten


class Rests:
    """
    Kept in memory, as it is asked before each send. Another process learns by itself: it is told the same.

    Names are those of a channel's scope(), or of one recipient in it. Any number of threads may call at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}  # by time.monotonic()
        self._refused: dict[str, set[str]] = {}  # scope -> recipients since the last that was accepted

    def rest(self, name: str, seconds: float) -> None:
        """Leave it alone for a while; a longer rest that was there already stays."""
        with self._lock:
            if len(self._until) >= KEPT:
                now = time.monotonic()
                self._until = {one: until for one, until in self._until.items() if until > now}
            self._until[name] = max(self._until.get(name, 0.0), time.monotonic() + seconds)

    def left_ms(self, *names: str) -> int:
        """For how long the longest of them lasts, 0 = none does."""
        now = time.monotonic()
        return max(0, *(int((self._until.get(name, 0.0) - now) * 1000) for name in names))

    def refused(self, scope: str, recipient: str) -> bool:
        """Note that it was refused; is this so throughout the scope by now?"""
        with self._lock:
            found = self._refused.setdefault(scope, set())
            if len(found) < IN_A_ROW:
                found.add(recipient)
            return len(found) >= IN_A_ROW

    def accepted(self, scope: str) -> None:
        """Note that somebody was accepted."""
        if scope in self._refused:
            with self._lock:
                self._refused.pop(scope, None)
