"""Whether the system is well, and how it went."""

from api.health import health, history

__all__ = [
    "health",
    "history",
]
