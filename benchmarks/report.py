"""From measurements to a table: medians, their spread, and the ratios."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Round:
    """One system, once."""

    accepted_per_second: float
    finished_per_second: float  # first request to last outcome
    cpu_us: float  # of all processes, Redis included, per reservation
    accept_p50_ms: float
    accept_p99_ms: float
    idle_held_p50_ms: float  # POST to held, one reservation at a time
    idle_wait_p50_ms: float | None  # the same by `Prefer: wait`, for a system that has it
    bytes_per_reservation: float
    bytes_by_family: dict[str, float]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    title: str
    value: Callable[[Round], float | None]
    digits: int
    more_is_better: bool


ROWS = (
    Row("accepted (202) per second", lambda one: one.accepted_per_second, 0, True),
    Row("first request to last outcome, per second", lambda one: one.finished_per_second, 0, True),
    Row("CPU time per reservation, all processes, us", lambda one: one.cpu_us, 0, False),
    Row("POST -> 202 under load, p50, ms", lambda one: one.accept_p50_ms, 1, False),
    Row("POST -> 202 under load, p99, ms", lambda one: one.accept_p99_ms, 1, False),
    Row("POST -> held when idle, polled, p50, ms", lambda one: one.idle_held_p50_ms, 1, False),
    Row("POST -> held when idle, Prefer: wait, p50, ms", lambda one: one.idle_wait_p50_ms, 1, False),
    Row("bytes of Redis per finished reservation", lambda one: one.bytes_per_reservation, 0, False),
)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(names: Sequence[str], rounds: Sequence[Sequence[Round]]) -> str:
    """Two systems side by side, and how many times better the first is."""
    lines = [("", *names, "ratio")]
    for row in ROWS:
        cells = [_cell(row, one) for one in rounds]
        ratio = _ratio(row, rounds)
        lines.append((row.title, *cells, "" if ratio is None else f"{ratio:.1f}x"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    rendered = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([rendered[0], "-" * len(rendered[1]), *rendered[1:]])


def memory_table(name: str, rounds: Sequence[Round]) -> str:
    """Which keys have a finished reservation's bytes."""
    families = {family: median(one.bytes_by_family[family] for one in rounds) for family in rounds[0].bytes_by_family}
    return f"{name}, bytes by kind of key: " + ", ".join(f"{kind} {size:.0f}" for kind, size in families.items())


def conclusion(names: Sequence[str], rounds: Sequence[Sequence[Round]]) -> str:
    """The one sentence to take away."""
    accepted, finished, p99 = (_ratio(ROWS[position], rounds) or 0.0 for position in (0, 1, 4))
    size = median(one.bytes_per_reservation for one in rounds[0])
    return (
        f"On this machine {names[0]} accepts {accepted:.1f} and finishes {finished:.1f} times as many reservations a"
        f" second as {names[1]}, with a p99 {p99:.1f} times better, and keeps {size:.0f} bytes of each."
    )


def as_json(names: Sequence[str], rounds: Sequence[Sequence[Round]]) -> dict[str, Any]:
    """Every round and the ratios of the medians, for a program to read."""
    return {
        "rounds": {name: [vars(one) for one in own] for name, own in zip(names, rounds, strict=True)},
        "ratios": {row.title: _ratio(row, rounds) for row in ROWS},
    }


def _values(row: Row, rounds: Sequence[Round]) -> list[float]:
    return [value for one in rounds if (value := row.value(one)) is not None]


def _cell(row: Row, rounds: Sequence[Round]) -> str:
    values = _values(row, rounds)
    if not values:
        return "-"
    text = f"{median(values):,.{row.digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):,.{row.digits}f}-{max(values):,.{row.digits}f})"


def _ratio(row: Row, rounds: Sequence[Sequence[Round]]) -> float | None:
    """How many times better the first system's median is than the second's."""
    ours, theirs = (_values(row, one) for one in rounds)
    if not ours or not theirs:
        return None
    quotient = median(ours) / median(theirs)
    return quotient if row.more_is_better else 1 / quotient
