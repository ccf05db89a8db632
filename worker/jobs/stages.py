"""Stages: what a clock does for the jobs of some types, in a worker's maintenance and in a processor."""

import time
from collections.abc import Sequence

from tasks_app.jobs import Wake
from worker.jobs.job_store import JobStore

TICK_SECONDS = 0.4  # from one tick of a clock to the next
FORGET_SECONDS = 5.0


class Stages:
    """The stages for jobs of `types`. `handled`: types of which workers have handlers, for JobStore.forget to note."""

    def __init__(self, store: JobStore, types: Sequence[str], handled: Sequence[str] = ()) -> None:
        self._store, self._types, self._handled = store, list(types), list(handled)
        self._forgot = float("-inf")  # when, by time.monotonic

    def run(self) -> tuple[int, list[Wake]]:
        """
        Give the jobs of resumed groups their places back, queue those that are due or lost their worker, and forget
        what is past its retention. Returns how many jobs are queued by that, and the wake-ups to publish.
        """
        store = self._store
        moved = [store.reinstate(), store.promote(self._types), store.recover(self._types)]
        if time.monotonic() - self._forgot > FORGET_SECONDS:
            _, more = store.forget(self._handled)
            if not more:  # otherwise the next tick goes on: jobs may end faster than occasional looks forget them
                self._forgot = time.monotonic()
        return sum(count for count, _ in moved), [wake for _, wakes in moved for wake in wakes]
