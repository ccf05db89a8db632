"""The routes of notifications, suppressions and subscriptions."""

from api.notifications import notification_lists, notifications, subscriptions, suppressions

__all__ = [
    "notification_lists",
    "notifications",
    "subscriptions",
    "suppressions",
]
