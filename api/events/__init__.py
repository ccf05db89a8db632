"""Who watches what, and the one reader that tells them."""

from api.events.broadcaster import Watcher, broadcaster

__all__ = [
    "Watcher",
    "broadcaster",
]
