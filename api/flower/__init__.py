"""Flower, behind the same door as the API."""

from api.flower import flower

__all__ = [
    "flower",
]
