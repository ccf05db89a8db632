"""
Which jobs get a row in Flower: those that ran for 100 ms and those that went wrong, and of quick ones as many as cost
little. Three of Celery's events, which a row takes, cost more than a quick job.
"""

from collections.abc import Container, Iterable
from itertools import islice, product

from tasks_app.events import Entry
from worker.flower.events import ENDS

SLOW_MS = 100
# Of the rate for quick jobs that go well: while many come, and after a quiet time, when the rest is for others.
QUICK_SHARE, QUICK_STORE = 0.02, 0.5
REMEMBERED_AT_MOST = 50_000  # jobs that began: more than all slots together claim
WRONG = frozenset({"retrying", "stalled", "failed"})
STOPS = WRONG | {"snoozed", "replayed", *ENDS.values()}


class Choice:
    """
    The choice of one feed. At most `jobs_per_second` get a row, after a quiet time a second's worth at once.

    Attribute: skipped, how many jobs that went wrong or were slow got none since somebody set it to 0.
    """

    def __init__(self, jobs_per_second: int) -> None:
        self.skipped = 0
        self._rate = jobs_per_second
        self._left, self._quick_left = float(jobs_per_second), jobs_per_second * QUICK_STORE  # rows
        self._filled = 0.0  # when that was counted
        # Job that began and has no row -> when, as the stream has it (ms), and when that was read (monotonic).
        self._running: dict[str, tuple[int, float]] = {}

    def forget(self) -> None:
        """A part of the stream was left out: how long anything ran nobody knows."""
        self._running.clear()

    def choose(self, entries: Iterable[Entry], shown: Container[str], now: float) -> tuple[list[str], list[str]]:
        """
        Of the jobs without a row, at `now` (s, monotonic): those of these entries that get one, and those that began
        before and run on, which get one too. What the rate leaves out of the latter comes with the next look.
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
            self._running.pop(job, None)  # from now on its row tells
        return [*chosen, *others], running

    def _fill(self, now: float) -> None:
        seconds, self._filled = now - self._filled, now
        self._left = min(float(self._rate), self._left + seconds * self._rate)
        self._quick_left = min(self._rate * QUICK_STORE, self._quick_left + seconds * self._rate * QUICK_SHARE)

    def _sorted(
        self, entries: Iterable[Entry], shown: Container[str], now: float
    ) -> tuple[dict[str, None], dict[str, None], dict[str, None]]:
        """Jobs that went wrong, that were slow, and all others, as they come. Keeps those that began and run on."""
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
                    self._running[job] = ms, now  # at the end, as its last attempt was popped
                elif event in STOPS:
                    began, _ = self._running.pop(job, (ms, now))
                    if event in WRONG:
                        wrong[job] = None
                    elif ms - began >= SLOW_MS:
                        slow[job] = None
        while len(self._running) > REMEMBERED_AT_MOST:
            del self._running[next(iter(self._running))]
        for job in wrong:
            slow.pop(job, None)
            others.pop(job, None)
        for job in slow:
            others.pop(job, None)
        return wrong, slow, others
