"""The watchers of events, and the one reader that serves them."""

from api.events.broadcaster import Broadcaster, Told, Watcher
from api.events.digest import ALL_JOBS, Digest

__all__ = ["ALL_JOBS", "Broadcaster", "Digest", "Told", "Watcher"]
