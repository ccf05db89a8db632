"""What the model of the inventory is made of: its holds, sums of lines, refusals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks_app.inventory.holds import Hold, Line
from worker.inventory.requests import Decision


@dataclass
class Thing:
    """A hold of the model."""

    state: str
    at: int
    expires: int | None
    customer: str | None
    lines: list[Line]
    finished: int | None = None
    asked: list[Line] | None = None  # the lines of its request, once a part was given back

    @classmethod
    def of(cls, hold: Hold) -> "Thing":
        return cls(hold.state, hold.at_ms, hold.expires_ms, hold.customer, list(hold.lines), hold.finished_ms)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)


def summed(lines: Sequence[Line]) -> list[Line]:
    """One line per pool, in the order in which they are first named."""
    sums: Counter[str] = Counter()
    for pool, quantity in lines:
        sums[pool] += quantity
    return [Line(*line) for line in sums.items()]


def refused(own: str, code: str, numbers: dict[str, Any] | None = None) -> Decision:
    return Decision(own, "refused", code, numbers or {})
