"""What Celery carries: wake-ups. Each makes a slot take one turn at a type; the records decide which jobs it does."""

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

# The names by which routes and handlers use Usher's own types.
RESERVE_SEAT: str = OwnType.RESERVE_SEAT
RESERVE_STOCK: str = OwnType.RESERVE_STOCK
RESERVE_TOGETHER: str = OwnType.RESERVE_TOGETHER
CONFIRM: str = OwnType.CONFIRM
EXTEND: str = OwnType.EXTEND
REDUCE: str = OwnType.REDUCE
RELEASE: str = OwnType.RELEASE
CREATE_INVENTORY: str = OwnType.CREATE_INVENTORY
RESTOCK: str = OwnType.RESTOCK
SET_CAPACITY: str = OwnType.SET_CAPACITY
SET_STATUS: str = OwnType.SET_STATUS
EDIT_INVENTORY: str = OwnType.EDIT_INVENTORY
ARCHIVE_INVENTORY: str = OwnType.ARCHIVE_INVENTORY
DELETE_INVENTORY: str = OwnType.DELETE_INVENTORY
CANCEL_INVENTORY: str = OwnType.CANCEL_INVENTORY
FORGET_CUSTOMER: str = OwnType.FORGET_CUSTOMER
BULK_OPERATION: str = OwnType.BULK_OPERATION
PUSH_NOTIFICATION: str = OwnType.PUSH_NOTIFICATION

# Priority levels on the broker, 0 first; within a level, first come, first served. A number between two of Kue's names
# counts as the less urgent of them.
LEVELS = (-15, -10, -5, 0)  # places.lua has them too, and so have the queues


@dataclass(frozen=True, slots=True)
class Wake:
    """A wake-up that a script has counted and that is to be published."""

    type: str
    level: int  # the level of the most urgent job that waits
    token: str  # identifies the turn that it starts


HandOver = Callable[[Iterable[Wake]], None]  # publishes wake-ups soon; raises nothing


def level_of(priority: int) -> int:
    """0 critical, 1 high, 2 medium, 3 normal, 4 low."""
    return next((level for level, bound in enumerate(LEVELS) if priority <= bound), len(LEVELS))
