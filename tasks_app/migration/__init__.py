"""Brings data of an older layout to the present layout."""

from tasks_app.migration import migration

__all__ = [
    "migration",
]
