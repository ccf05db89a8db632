"""
Hold: units taken for one customer; and the form in which the scripts store it.

    [state, at, expires, customer, [[pool, quantity], ...], finished, metadata, others]

`at`, `expires`, `finished` are unix ms. `expires` is 0 for a sale that never was a hold. `customer` is "" when the
request named nobody. `finished` is absent or null while held; for an expired hold it is the deadline, not the time of
the sweep. `metadata` is the text of a JSON object, absent or "" when none was given. `others` is absent where a
reservation is of one show or product; in the first hold of several it names the others, in those it names nothing. An
item [pool, quantity] has how many units were given back as a third element, once some were; its quantity may then be 0.
It may one day have its seats as a fourth; code that reads it takes those that it knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from tasks_app.text import decoded

HoldState = Literal["held", "confirmed", "released", "expired"]

MAX_UNITS = 1_000_000_000  # of one line or pool: sums stay exact in the scripts, whose numbers are doubles


class Line(NamedTuple):
    """A number of units of one pool."""

    pool: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold; a sale is a confirmed hold."""

    id: str
    state: HoldState
    at_ms: int
    expires_ms: int | None
    customer: str | None
    lines: tuple[Line, ...]
    finished_ms: int | None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ()  # the other shows and products of its reservation
    is_first: bool = True  # of its reservation: the one under whose show or product it is listed

    @classmethod
    def parse(cls, hold_id: str, stored: list[Any]) -> "Hold":
        """From the form above, already decoded."""
        state, at, expires, customer, lines = stored[:5]
        finished = stored[5] if len(stored) > 5 else None
        kept = tuple(Line(line[0], line[1]) for line in lines if line[1])
        metadata = decoded(stored[6]) if len(stored) > 6 and stored[6] else {}
        others = tuple(stored[7]) if len(stored) > 7 else None
        return cls(
            *(hold_id, state, at, expires or None, customer or None, kept, finished),
            *(metadata, others or (), others != ()),
        )

    @classmethod
    def loads(cls, hold_id: str, text: str) -> "Hold":
        """From the form above, as JSON."""
        return cls.parse(hold_id, decoded(text))

    def as_of(self, now_ms: int) -> "Hold":
        """The hold at this time: past its deadline it is expired, whether or not it was swept."""
        if self.state == "held" and self.expires_ms is not None and now_ms >= self.expires_ms:
            return replace(self, state="expired", finished_ms=self.expires_ms)
        return self

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """The hold in the words of the API; `lines` is a list of {"pool", "quantity"}."""
        return {
            "state": self.state,
            "at_ms": self.at_ms,
            "expires_ms": self.expires_ms,
            "customer": self.customer,
            "lines": [line._asdict() for line in self.lines],
            "finished_ms": self.finished_ms,
            "metadata": dict(self.metadata),
        }
