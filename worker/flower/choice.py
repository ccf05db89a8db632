"""
Which jobs get a row in Flower: jobs that ran for 100 ms, jobs that went wrong, and as many quick jobs as cost little. A
row takes three of Celery's events, which cost more than a quick job.
"""

from collections.abc import Container, Iterable
from itertools import islice, product

from tasks_app.events import Entry
from worker.flower.events import ENDS

SLOW_MS = 100
# The share of the rate for quick jobs that go well, while many come; and their share of what has been saved up in a
# quiet time.
QUICK_SHARE, QUICK_STORE = 0.02, 0.5
REMEMBERED_AT_MOST = 50_000  # jobs that have started: more than all slots together claim
WRONG = frozenset({"retrying", "stalled", "failed"})
STOPS = WRONG | {"snoozed", "replayed", *ENDS.values()}


class Choice:
    """
    The choice of one feed. At most `jobs_per_second` get a row; after a quiet time, as many at once. `quick_store` is
    the share of these that quick jobs may have; it remembers `remembered` jobs that have begun.

    Attribute: skipped, how many jobs that went wrong or were slow got no row since it was last set to 0.
    """

    def __init__(
        self, jobs_per_second: int, quick_store: float = QUICK_STORE, remembered: int = REMEMBERED_AT_MOST
    ) -> None:
        self.skipped = 0
        self._rate = jobs_per_second
        self._quick_most, self._remembered = jobs_per_second * quick_store, remembered
        self._left, self._quick_left = float(jobs_per_second), self._quick_most  # rows
        self._filled = 0.0  # when those were counted
        # Job that has started and has no row -> when, by the stream (ms), and when that was read (monotonic).
        self._running: dict[str, tuple[int, float]] = {}

    def forget(self) -> None:
        """A part of the stream was left out: it is unknown how long the jobs in it ran."""
        self._running.clear()

    def choose(self, entries: Iterable[Entry], shown: Container[str], now: float) -> tuple[list[str], list[str]]:
        """
        The jobs that get a row at `now` (s, monotonic): those from these entries, and those that started before and
        still run. If the rate leaves out some of the latter, they come at the next look.
        """
        self._fill(now)
        wrong, slow, quick = self._sorted(entries, shown, now)
        overdue = [job for job, (_, read) in self._running.items() if (now - read) * 1000 >= SLOW_MS]
        chosen = [*wrong, *slow][: int(self._left)]
        self.skipped += len(wrong) + len(slow) - len(chosen)
        running = overdue[: int(self._left) - len(chosen)]
        others = [*islice(quick, int(min(self._left - len(chosen) - len(running), self._quick_left)))]
        self._left -= len(chosen) + len(running) + len(others)
        self._quick_left -= len(others)
        for job in (*chosen, *running, *others):
            self._running.pop(job, None)  # from now on it has a row
        return [*chosen, *others], running

    def _fill(self, now: float) -> None:
        seconds, self._filled = now - self._filled, now
        self._left = min(float(self._rate), self._left + seconds * self._rate)
        self._quick_left = min(self._quick_most, self._quick_left + seconds * self._rate * QUICK_SHARE)

    def _sorted(
        self, entries: Iterable[Entry], shown: Container[str], now: float
    ) -> tuple[dict[str, None], dict[str, None], dict[str, None]]:
        """Jobs that went wrong, slow jobs, and all others, in order. Remembers those that started and still run."""
        wrong: dict[str, None] = {}
        slow: dict[str, None] = {}
        others: dict[str, None] = {}
        for entry in entries:
            ms = int(entry.id.partition("-")[0])
            for event, job in product(entry.events, entry.jobs):
                if job in shown:
                    continue
                others[job] = None
                if event == "active":
                    self._running[job] = ms, now  # at the end of the dict, as its last attempt was popped
                elif event in STOPS:
                    started, _ = self._running.pop(job, (ms, now))
                    if event in WRONG:
                        wrong[job] = None
                    elif ms - started >= SLOW_MS:
                        slow[job] = None
        while len(self._running) > self._remembered:
            del self._running[next(iter(self._running))]
        for job in wrong:
            slow.pop(job, None)
            others.pop(job, None)
        for job in slow:
            others.pop(job, None)
        return wrong, slow, others
