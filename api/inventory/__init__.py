"""The routes of shows, products and reservations."""

from api.inventory import products, reservations, shows

__all__ = [
    "products",
    "reservations",
    "shows",
]
