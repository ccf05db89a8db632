"""The routes of the course project."""

from api.classic import classic

__all__ = [
    "classic",
]
