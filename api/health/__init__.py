"""Whether the system is well, and how it went."""

from api.health import health, history
from api.health.health import stats_of

__all__ = [
    "health",
    "history",
    "stats_of",
]
