"""Changes stock and seats."""

from worker.inventory import seed
from worker.inventory.agenda import Agenda
from worker.inventory.archiving import Archiving, Archivist
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Definition

__all__ = [
    "Agenda",
    "Archiving",
    "Archivist",
    "Definition",
    "InventoryStore",
    "seed",
]
