"""Calls that a test makes at once, each in a thread of its own."""

import threading
from collections.abc import Callable, Iterable


def all_at_once(calls: Iterable[Callable[[], object]], seconds: float = 60) -> None:
    """Make these calls, and wait until all of them are over; fails if that takes longer."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
        assert not thread.is_alive(), f"not over within {seconds} s"
