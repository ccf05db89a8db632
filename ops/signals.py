"""What the user wants: nothing, a normal end, or an end at once."""

import os
import signal
import time
from types import FrameType

SECOND_THOUGHT_SECONDS = 0.5  # a Ctrl-C may arrive twice: from the terminal, and passed on by a parent


class Wish:
    """Signals (SIGINT, SIGTERM, SIGHUP) set it; code that waits looks at it."""

    def __init__(self, parent: int | None) -> None:
        self._asked_at = 0.0
        self._parent = parent
        self.at_once = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup: stay
                signal.signal(number, self._hear)

    def to_end(self) -> bool:
        """Whether to stop: because a signal said so, or because the parent to follow is gone."""
        if self._parent is not None and os.getppid() != self._parent:
            self._asked_at = self._asked_at or time.monotonic()
        return self._asked_at > 0

    def close(self) -> None:
        """Ignore further signals; the rest takes no time, and a late Ctrl-C must not spoil the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._asked_at == 0:
            self._asked_at = now
        elif number == signal.SIGINT and now - self._asked_at > SECOND_THOUGHT_SECONDS:
            self.at_once = True
