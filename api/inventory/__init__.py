"""The routes of shows, products and reservations."""

from api.inventory import products, reservation_lists, reservations, shows
from api.inventory.schemas import Target

__all__ = [
    "Target",
    "products",
    "reservation_lists",
    "reservations",
    "shows",
]
