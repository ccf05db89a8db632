"""Writes what the processes say to one place, each line with the name of who said it."""

import contextlib
import os
import sys
import threading

_COLOURS = {"web": 36, "worker": 32, "notifier": 35, "flower": 33, "redis": 31}


class Console:
    """Standard output, shared by the threads that read the processes' output."""

    def __init__(self, names: list[str]) -> None:
        self._width = max(map(len, [*names, "usher"]))
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._lock = threading.Lock()
        self.muted = True  # while all starts or stops, only the log files hear what the processes say

    def relay(self, name: str, line: str) -> None:
        """One line that process `name` wrote."""
        if not self.muted:
            self.say(line, name)

    def say(self, line: str, name: str = "usher") -> None:
        """One line, behind the name of its speaker."""
        prefix = f"{name:<{self._width}} |"
        if self._coloured:
            prefix = f"\x1b[{_COLOURS.get(name, 1)}m{prefix}\x1b[0m"
        self.write(f"{prefix} {line}\n")

    def write(self, text: str) -> None:
        """The text as it is. A reader that went away (`| head`) is no reason to stop the processes."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            sys.stdout.write(text)
            sys.stdout.flush()
