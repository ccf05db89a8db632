"""Ends the processes that are left when the runner is killed: it has its own session, and notices the broken pipe.

PR_SET_PDEATHSIG would reach only the children, not gunicorn's workers behind them, and macOS has none. This file is run
by its path and imports nothing of ours, so that it is there within milliseconds.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

LAST_SECONDS = 5  # for processes that were only asked to end


class Guard:
    """The runner's side: it says which process groups live, and which signal ends each."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def watch(self, group: int, signal_number: int) -> None:
        """From now on, end `group` with this signal if the runner is gone."""
        self._tell(f"{group} {signal_number}\n")

    def forget(self, group: int) -> None:
        """The group has ended; another group may soon have its number."""
        self._tell(f"{group} 0\n")

    def close(self) -> None:
        """The runner ends normally; nothing is left to do."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # somebody killed the guard: go on without it
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


def main() -> None:
    """The guard's side: read which groups live until the pipe breaks, then end them."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # the guard ends with the runner, never before it
    groups: dict[int, int] = {}
    for line in sys.stdin:
        group, number = map(int, line.split())
        groups[group] = number
    groups = {group: number for group, number in groups.items() if number}
    for group, number in groups.items():
        _send(group, number)
    deadline = time.monotonic() + LAST_SECONDS
    while time.monotonic() < deadline and any(_send(group, 0) for group in groups):
        time.sleep(0.05)
    for group in groups:
        _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> bool:
    """Signal a process group; False when it is gone."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
