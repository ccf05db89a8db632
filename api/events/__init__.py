"""The watchers of events, and the one reader that serves them."""

from api.events.broadcaster import Broadcaster, Watcher

__all__ = ["Broadcaster", "Watcher"]
