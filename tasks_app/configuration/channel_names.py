"""The ways of sending a notification, by name: a module of worker/notifications/channels/ each."""

from typing import Literal, get_args

ChannelName = Literal["apprise", "console", "webhook", "webpush"]
CHANNELS: tuple[str, ...] = get_args(ChannelName)
DEFAULT_CHANNEL: ChannelName = "console"
