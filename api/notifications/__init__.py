"""The routes of notifications, suppressions and subscriptions."""

from api.notifications import notifications, subscriptions, suppressions

__all__ = [
    "notifications",
    "subscriptions",
    "suppressions",
]
