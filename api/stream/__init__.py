"""The route of server-sent events."""

from api.stream import stream

__all__ = [
    "stream",
]
