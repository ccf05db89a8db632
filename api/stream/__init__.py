"""The route of server-sent events."""

from api.stream import messages, stream

__all__ = [
    "messages",
    "stream",
]
