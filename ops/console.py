"""Writes the processes' output to one place, each line with the name of its process."""

import contextlib
import os
import queue
import sys
import threading
from typing import TextIO

from tasks_app.logs import as_entry, readable
from tasks_app.text import one_line

_COLOURS = {"web": 36, "seller": 34, "worker": 32, "notifier": 35, "flower": 33, "redis": 31}
LINES_KEPT = 2_000  # while nobody reads
LAST_SECONDS = 1.0  # for lines that are left when everything has stopped


class Console:
    """
    Standard output, shared by the threads that read the processes' output.

    Nothing waits for a reader: a separate thread writes, and while it is stuck (Ctrl-S, a pager), lines beyond
    LINES_KEPT are dropped and counted. The log files have all lines.
    """

    def __init__(self, names: list[str], out: TextIO | None = None, as_json: bool = False) -> None:
        """
        `out` is standard output unless given. Its buffer is not used: at its end Python would flush it, and wait.
        `as_json`: each line is a JSON object; otherwise also the processes' JSON is shown as text.
        """
        out = out or sys.stdout
        self._width = max(map(len, [*names, "usher"]))
        self._coloured = out.isatty() and not os.environ.get("NO_COLOR")
        self._encoding = out.encoding or "utf-8"
        self._out = out.fileno()
        self._as_json = as_json
        self._waiting: queue.Queue[str | None] = queue.Queue(LINES_KEPT)
        self._lock = threading.Lock()
        self._dropped = 0
        self._writer = threading.Thread(target=self._write_on, daemon=True)
        self._writer.start()
        self.muted = True  # while everything starts or stops, the processes' output goes only to the log files

    def relay(self, name: str, line: str) -> None:
        """One line that process `name` wrote."""
        if self.muted:
            return
        if self._as_json:
            self.write(f"{line}\n" if line.startswith('{"timestamp":') else self._said(name, line))
            return
        for shown in readable(line):
            self.say(one_line(shown), name)

    def say(self, line: str, name: str = "usher") -> None:
        """One line, after the name of its speaker."""
        self.write(self._said(name, line))

    def welcome(self, text: str) -> None:
        """Several lines for people; as JSON one line."""
        if self._as_json:
            self.say("Usher is up")
        else:
            self.write(text)

    def _said(self, name: str, line: str) -> str:
        if self._as_json:
            return as_entry("ops", line, process=name) + "\n"
        return f"{self._prefix(name)} {line}\n"

    def write(self, text: str) -> None:
        """The text as it is, at once or when there is a reader again."""
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            with self._lock:
                self._dropped += 1

    def close(self) -> None:
        """Give waiting lines a last moment to be written."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
            self._writer.join(LAST_SECONDS)

    def _prefix(self, name: str) -> str:
        prefix = f"{name:<{self._width}} |"
        return f"\x1b[{_COLOURS.get(name, 1)}m{prefix}\x1b[0m" if self._coloured else prefix

    def _write_on(self) -> None:
        while (text := self._waiting.get()) is not None:
            self._put(text)
            if self._waiting.empty():
                with self._lock:
                    dropped, self._dropped = self._dropped, 0
                if dropped:
                    self._put(self._said("usher", f"{dropped} lines were not shown here: see var/log."))

    def _put(self, text: str) -> None:
        """Write; if the reader went away (`| head`), the processes go on."""
        left = text.encode(self._encoding, "replace")
        with contextlib.suppress(OSError):
            while left:
                left = left[os.write(self._out, left) :]
