"""How counts are stored: the fields of the hashes, and the bounds of the histograms."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# Histograms. WAIT is written by tasks_app/lua/jobs/meters.lua alone, the others by Meter.
WAIT, RUN, HTTP, PROVIDER, INTAKE = "wait", "run", "http", "provider", "intake"
# Plain counts with one label; the scripts write OUTCOME and CHANGE.
RATE_WAIT, OUTCOME, CHANGE, TOO_MANY = "rate_wait", "outcome", "change", "too_many"
CHANNEL_FAILED = "channel_failed"  # a call of PROVIDER in which the channel's own code raised an error
LEFT_OUT = "left_out"  # counts that found no room: tasks_app/lua/jobs/count.lua
OTHER = "other"  # stands for labels beyond SERIES
SERIES = 5_000  # in one process
SEPARATOR = "|"
MILLIONTHS = "us"  # the sum of all values of a histogram, in millionths of its unit

_JOB_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600)
_CALL_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# Name -> the highest value of each bucket; above the last one is one more.
BOUNDS: Mapping[str, tuple[float, ...]] = {
    WAIT: _JOB_SECONDS,  # in ms in meters.lua
    RUN: _JOB_SECONDS,
    HTTP: _CALL_SECONDS,
    PROVIDER: _CALL_SECONDS,
    INTAKE: (1, 2, 5, 10, 20, 50, 100, 200, 500),
}


@dataclass(slots=True)
class Histogram:
    """Counts of one series: how many values each bucket has, and the sum of all values."""

    counts: list[int] = field(default_factory=list)
    total: float = 0.0


class Series:
    """One series, as a process adds it up. The first label of RUN is the type of the jobs: those have other hashes."""

    def __init__(self, name: str, labels: Sequence[str]) -> None:
        self.type, own = (labels[0], labels[1:]) if name == RUN else ("", labels)
        self._prefix = SEPARATOR.join((name, *(label.replace(SEPARATOR, "_") for label in own)))
        self._bounds = BOUNDS.get(name, ())
        self._counts = [0] * (len(self._bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        """Another value; of a plain count, how much more."""
        self._total += value
        if self._bounds:
            self._counts[bisect_left(self._bounds, value)] += 1

    def taken(self) -> list[tuple[str, int]]:
        """By field what was added since the last call."""
        total, counts = self._total, self._counts
        self._total, self._counts = 0.0, [0] * len(counts)
        if not self._bounds:
            return [(self._prefix, round(total))]
        found = [(f"{self._prefix}{SEPARATOR}{at}", count) for at, count in enumerate(counts) if count]
        return [*found, (f"{self._prefix}{SEPARATOR}{MILLIONTHS}", round(1e6 * total))]


def histograms(name: str, fields: Mapping[str, int]) -> dict[tuple[str, ...], Histogram]:
    """Labels -> histogram, of all series of this name."""
    found: dict[tuple[str, ...], Histogram] = {}
    for labels, last, number in _of(name, fields):
        one = found.setdefault(labels, Histogram([0] * (len(BOUNDS[name]) + 1)))
        if last == MILLIONTHS:
            one.total = number / 1e6
        elif last.isdecimal() and int(last) < len(one.counts):
            one.counts[int(last)] += number
    return found


def counts(name: str, fields: Mapping[str, int]) -> dict[str, int]:
    """The only label -> count, of all series of this name."""
    return {last: number for _, last, number in _of(name, fields)}


def _of(name: str, fields: Mapping[str, int]) -> list[tuple[tuple[str, ...], str, int]]:
    found = []
    for text, number in fields.items():
        first, *labels, last = text.split(SEPARATOR) if SEPARATOR in text else ("", "")
        if first == name:
            found.append((tuple(labels), last, number))
    return found
