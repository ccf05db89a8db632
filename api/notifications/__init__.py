"""The routes of notifications, suppressions, subscriptions and the sandbox."""

from api.notifications import (
    channels,
    notification_lists,
    notifications,
    sandbox,
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
    "sandbox",
    "subscriptions",
    "suppression_lists",
    "suppressions",
]
