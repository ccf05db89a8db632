"""Program: an example as its user starts it, in a process of its own, and what it prints."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Program:
    """One running program, and the lines that it has printed so far, on both streams."""

    def __init__(self, arguments: list[str], environment: dict[str, str], file: Path) -> None:
        self.file = file
        given = os.environ | {"USHER_LEASE_SECONDS": "1"} | environment
        with file.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=given,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=_hear_ctrl_c,
            )

    def lines(self) -> list[str]:
        return self.file.read_text().splitlines()

    def ended(self, number: int | None = None) -> int:
        """Its exit code, after that signal."""
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(40)

    def close(self) -> None:
        """Kill what a failed test left."""
        self.process.kill()
        self.process.wait()


def _hear_ctrl_c() -> None:
    """A shell's background job ignores SIGINT, and so would all processes that these tests start in one."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
