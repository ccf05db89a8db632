"""The routes of notifications, suppressions and subscriptions."""

from api.notifications import (
    channels,
    notification_lists,
    notifications,
    subscriptions,
    suppression_lists,
    suppressions,
)
from api.notifications.bodies import Message, Title
from api.notifications.channel_names import ChannelName

__all__ = [
    "ChannelName",
    "Message",
    "Title",
    "channels",
    "notification_lists",
    "notifications",
    "subscriptions",
    "suppression_lists",
    "suppressions",
]
