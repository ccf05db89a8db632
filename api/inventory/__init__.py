"""The routes of shows, products and reservations."""

from api.inventory import products, reservation_lists, reservations, shows

__all__ = [
    "products",
    "reservation_lists",
    "reservations",
    "shows",
]
