"""Whether the system is well, and how it went."""

from api.health import dead_messages, health, history, workers
from api.health.health import stats_of

__all__ = [
    "dead_messages",
    "health",
    "history",
    "stats_of",
    "workers",
]
