"""Requests to an inventory, and its decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tasks_app.inventory import MAX_UNITS, Line
from tasks_app.text import JsonObject


@dataclass(frozen=True)
class Definition:
    """What a show or product is when it is created."""

    name: str
    pools: dict[str, int]  # name -> units; a product has one pool, `stock`
    hold_ms: int
    hold_max_ms: int  # the longest lifetime of a hold, with its extensions
    max_per_customer: int | None = None
    attributes: JsonObject = field(default_factory=dict)  # price and other things that users see

    def __post_init__(self) -> None:
        if not self.pools or not all(name and 0 <= units <= MAX_UNITS for name, units in self.pools.items()):
            raise ValueError(f"needs named pools of 0 to {MAX_UNITS} units: {self.pools}")
        if not 0 < self.hold_ms <= self.hold_max_ms:
            raise ValueError(f"needs 0 < hold_ms <= hold_max_ms: {self.hold_ms}, {self.hold_max_ms}")
        if self.max_per_customer is not None and not 0 < self.max_per_customer <= MAX_UNITS:
            raise ValueError(f"max_per_customer must be 1 to {MAX_UNITS}, or None: {self.max_per_customer}")


@dataclass(frozen=True, slots=True)
class ReservationRequest:
    """A request for units: all lines or none. `id` is that of the job and of the hold."""

    id: str
    lines: Sequence[Line]
    customer: str | None = None
    hold_ms: int | None = None  # None: the inventory's default
    sell: bool = False  # straight to sold, without a hold
    metadata: str = ""  # the text of a JSON object; "" = none

    def __post_init__(self) -> None:
        if not self.lines or not all(0 < line.quantity <= MAX_UNITS for line in self.lines):
            raise ValueError(f"needs lines of 1 to {MAX_UNITS} units: {self.lines}")
        if self.hold_ms is not None and self.hold_ms <= 0:
            raise ValueError(f"hold_ms must be above 0, or None: {self.hold_ms}")


class Confirmation(NamedTuple):
    """`reacquire`: an expired hold's units are taken again if they are still free."""

    operation_id: str
    hold_id: str
    reacquire: bool = False


class Extension(NamedTuple):
    """A new deadline, `extend_ms` from the moment of the change."""

    operation_id: str
    hold_id: str
    extend_ms: int


class Reduction(NamedTuple):
    """Give back a part of a hold or of a sale: these lines."""

    operation_id: str
    hold_id: str
    lines: Sequence[Line]


class Release(NamedTuple):
    """Give back a hold or a sale."""

    operation_id: str
    hold_id: str


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What an inventory decided about one request; a refusal is a decision, not an error.

    status: created, exists, held, sold, confirmed, extended, reduced, released, expired, restocked,
    capacity_changed, opened, closed, archived, cancelled, edited, deleted - or refused, and then `code` says why.
    `data` has JSON values: the hold, or the numbers.
    """

    id: str  # of the reservation, operation or, for create, the target
    status: str
    code: str | None
    data: JsonObject
