"""Shows and products: what is read of them, and how a reservation is asked for."""

from tasks_app.inventory import audit, queries, reservation_ids, reservations
from tasks_app.inventory.holds import MAX_UNITS, Hold, Line
from tasks_app.inventory.queries import Inventory, LedgerEntry, changes
from tasks_app.inventory.reservations import Reservation

__all__ = [
    "MAX_UNITS",
    "Hold",
    "Inventory",
    "LedgerEntry",
    "Line",
    "Reservation",
    "audit",
    "changes",
    "queries",
    "reservation_ids",
    "reservations",
]
