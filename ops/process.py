"""One running process: its session, its output, its end and its restart."""

import collections
import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from ops import private
from ops.console import Console
from ops.guard import Guard

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 10.0
SETTLED_SECONDS = 30  # a process that lived so long is well again: the next wait is the shortest
# The system's words, those for a quota, and Valkey's when only a part of a command fitted.
OUT_OF_SPACE = ("No space left on device", "Disk quota exceeded", "Short write while writing to the AOF file")


class Process:
    """
    A command in a session of its own, so that Ctrl-C in a terminal reaches only the runner.

    SIGTERM goes only to the leader: a prefork pool's children would die of it before their work is done.
    """

    def __init__(self, name: str, command: str, root: Path, console: Console, guard: Guard) -> None:
        self.name = name
        self.command = command
        self.deaths = 0
        self.ending = ""
        self.last_lines: collections.deque[str] = collections.deque(maxlen=12)
        self.log_path = root / "var" / "log" / f"{name}.log"
        if self.log_path.exists():  # the log of the last run may say why this run is needed
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        private.write(self.log_path, "")
        self._root, self._console, self._guard = root, console, guard
        self._environment: dict[str, str] | None = None  # none before the first start
        self._popen: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._started = self._due = 0.0
        self._wait_seconds = FIRST_WAIT_SECONDS

    def start(self, environment: dict[str, str]) -> None:
        """Run the command through a shell, which fills in the variables and then becomes the command."""
        self._environment = environment
        self._started = time.monotonic()
        self._popen = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {self.command}"],
            cwd=self._root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        # Only the server gets time to write what is not written yet; all others may be killed at any time.
        last = signal.SIGTERM if self.name == "redis" else signal.SIGKILL
        self._guard.watch(self._popen.pid, last)
        self._reader = threading.Thread(target=self._read, args=(self._popen,), daemon=True)
        self._reader.start()

    def revive(self) -> None:
        """Start it again if it has ended, after a wait that doubles each time."""
        now = time.monotonic()
        if self._popen is not None and self.ended():
            self.deaths += 1
            if now - self._started > SETTLED_SECONDS:
                self._wait_seconds = FIRST_WAIT_SECONDS
            why = ", since the disk is full" if self.is_out_of_space() else ""
            self._console.say(f"{self.name} {self.ending}{why}; it is started again in {self._wait_seconds:g} s.")
            self._due = now + self._wait_seconds
            self._wait_seconds = min(2 * self._wait_seconds, LONGEST_WAIT_SECONDS)
        elif self._popen is None and self._environment is not None and now >= self._due:
            self.start(self._environment)

    def ended(self) -> bool:
        """Whether its leader has ended, or never was; then kills what is left of its group."""
        if self._popen is None:
            return True
        code = self._popen.poll()
        if code is None:
            return False
        self.ending = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self.kill()
        self._guard.forget(self._popen.pid)
        self._popen = None
        if self._reader is not None:
            self._reader.join(timeout=1)  # for its last lines
        return True

    def is_out_of_space(self) -> bool:
        """Whether its last lines say that it could not write."""
        return any(words in line for line in self.last_lines for words in OUT_OF_SPACE)

    def terminate(self) -> None:
        """Ask the leader to end normally."""
        if self._popen is not None:
            self._popen.terminate()

    def kill(self) -> None:
        """End the whole group, now."""
        if self._popen is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def _read(self, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stdout is not None
        with popen.stdout, self.log_path.open("ab", buffering=0) as log:
            for line in popen.stdout:
                with contextlib.suppress(OSError):  # a full disk must not stop the processes
                    log.write(line)
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(text)
                self._console.relay(self.name, text)
