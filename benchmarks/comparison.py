"""The table of one part: systems side by side, medians over rounds, and the ratios round by round."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from benchmarks.parts import Part, Seen
from benchmarks.systems import ROLES

CARRIED = 0.95  # below this a system did not keep up with the offered load


def table(part: Part, rounds: Mapping[str, Sequence[Seen]]) -> str:
    """`rounds`: system -> its measurements, Usher first."""
    asked = f"answers at {part.per_second} requests/s"
    lines = [
        part.title,
        f"{'':22}{'per second':>12}   {'CPU us of one: ' + ' '.join(ROLES):^32}{'(load)':>8}   {asked}",
    ]
    for name, seen in rounds.items():
        cpu = "".join(f"{median(one.cpu_us[role] for one in seen):>10,.0f}" for role in ROLES)
        load = median(one.cpu_us["load"] for one in seen)
        p50, p99 = median(one.p50_ms for one in seen), median(one.p99_ms for one in seen)
        carried = median(one.carried for one in seen)
        behind = "" if carried >= CARRIED else f", kept up with {carried:.0%}"
        rate = median(one.per_second for one in seen)
        lines.append(f"{name:22}{rate:>12,.0f}   {cpu:^32}{load:>8.0f}   p50 {p50:.1f} ms, p99 {p99:.1f} ms{behind}")
    ours, *others = rounds.items()
    for name, theirs in others:
        pairs = list(zip(ours[1], theirs, strict=True))
        lines.append(
            f"{ours[0]} : {name}, by round: rate {_ratios(own.per_second / other.per_second for own, other in pairs)};"
            f" p99 {_ratios(own.p99_ms / other.p99_ms for own, other in pairs)}"
        )
    return "\n".join(lines)


def _ratios(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
