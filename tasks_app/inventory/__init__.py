"""Shows and products: reading them, and asking for reservations."""

from tasks_app.inventory import reservation_ids
from tasks_app.inventory.audit import Auditor
from tasks_app.inventory.holds import MAX_UNITS, Hold, Line
from tasks_app.inventory.queries import Inventory, InventoryQueries, LedgerEntry, Status, changes, parse_pools
from tasks_app.inventory.reservation_lists import ReservationLists, Wanted
from tasks_app.inventory.reservations import Reservation, Reservations, targets_of

__all__ = [
    "MAX_UNITS",
    "Auditor",
    "Hold",
    "Inventory",
    "InventoryQueries",
    "LedgerEntry",
    "Line",
    "Reservation",
    "ReservationLists",
    "Reservations",
    "Status",
    "Wanted",
    "changes",
    "parse_pools",
    "reservation_ids",
    "targets_of",
]
