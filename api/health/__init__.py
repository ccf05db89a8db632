"""Whether the system is well."""

from api.health import health

__all__ = [
    "health",
]
