"""How long a test waits for what must come: a figure for a quiet machine, and a factor for a crowded one."""

import time
from collections.abc import Callable

CROWDED = 4  # other tests run beside this one, and other programs on the same machine


def deadline_in(seconds: float) -> float:
    """The moment by time.monotonic() until which a test waits for what takes `seconds` at most on a quiet machine."""
    return time.monotonic() + CROWDED * seconds


def until(check: Callable[[], object], seconds: float, why: Callable[[], str]) -> None:
    """Poll `check` until it is true; report `why` if that takes longer than on any machine."""
    deadline = deadline_in(seconds)
    while not check():
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)
