"""The routes of bulk operations."""

from api.bulk import bulk

__all__ = [
    "bulk",
]
