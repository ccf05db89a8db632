"""What Celery carries: wake-ups. Each makes one slot take a turn at a type; what it does then, the records decide."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tasks_app.own_types import CANARY, JOBS, NOTIFICATIONS, OWN_TYPES, QUEUES, RESERVATIONS, OwnType, queue_of

__all__ = [
    "CANARY",
    "JOBS",
    "LEVELS",
    "NOTIFICATIONS",
    "OWN_TYPES",
    "QUEUES",
    "RESERVATIONS",
    "HandOver",
    "Wake",
    "level_of",
    "queue_of",
]

# By these names routes and handlers call the types of Usher's own.
RESERVE_SEAT: str = OwnType.RESERVE_SEAT
RESERVE_STOCK: str = OwnType.RESERVE_STOCK
CONFIRM: str = OwnType.CONFIRM
EXTEND: str = OwnType.EXTEND
RELEASE: str = OwnType.RELEASE
CREATE_INVENTORY: str = OwnType.CREATE_INVENTORY
RESTOCK: str = OwnType.RESTOCK
SET_CAPACITY: str = OwnType.SET_CAPACITY
SET_STATUS: str = OwnType.SET_STATUS
PUSH_NOTIFICATION: str = OwnType.PUSH_NOTIFICATION

# Levels of priority on the broker, 0 first; within one, first come first served. Numbers between two of Kue's names
# count as the less urgent one.
LEVELS = (-15, -10, -5, 0)  # line.lua has them too, and the queues


@dataclass(frozen=True, slots=True)
class Wake:
    """A wake-up that a script has counted, to be published."""

    type: str
    level: int  # of the most urgent job that waits
    token: str  # by which the turn that it begins is known


HandOver = Callable[[Iterable[Wake]], None]  # has wake-ups published soon; raises nothing


def level_of(priority: int) -> int:
    """0 critical, 1 high, 2 medium, 3 normal, 4 low."""
    return next((level for level, bound in enumerate(LEVELS) if priority <= bound), len(LEVELS))
