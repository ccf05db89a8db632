"""The measurements of notifications, and their table."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Carried:
    """One system, once, with all its recipients."""

    taken_in_seconds: float
    web_mebibytes: float | None  # by which the web process grew meanwhile
    per_second: float  # from the beginning of the request to the last call at the provider
    cpu_us: float  # of all processes but the provider's, per recipient


def table(options: argparse.Namespace, ours: Sequence[Carried], theirs: Sequence[Carried]) -> str:
    """Medians side by side; the peer's intake is scaled to as many recipients."""
    scale = options.recipients / max(1, options.recipients // options.plain_divisor)
    grown = [one.web_mebibytes for one in ours if one.web_mebibytes is not None]
    rows: list[tuple[str, float, float, int, bool]] = [
        (
            f"taking in {options.recipients:,}, seconds",
            median(one.taken_in_seconds for one in ours),
            median(one.taken_in_seconds for one in theirs) * scale,
            2,
            False,
        ),
        (
            "recipients carried per second",
            median(one.per_second for one in ours),
            median(one.per_second for one in theirs),
            0,
            True,
        ),
        (
            "CPU time per recipient, us",
            median(one.cpu_us for one in ours),
            median(one.cpu_us for one in theirs),
            0,
            False,
        ),
    ]
    lines = [f"{'':36}{'Usher':>12}{'plain':>12}{'ratio':>9}"]
    for title, own, other, digits, more in rows:
        ratio = own / other if more else other / own
        lines.append(f"{title:36}{own:>12,.{digits}f}{other:>12,.{digits}f}{ratio:>8.1f}x")
    lines.append(f"{'memory of the web process, growth, MiB':36}{median(grown):>10,.0f}{'-':>12}")
    return "\n".join(lines)
