"""Who watches what, and the one reader that tells them."""

from api.events.broadcaster import Broadcaster, Watcher

__all__ = ["Broadcaster", "Watcher"]
