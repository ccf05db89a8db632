"""What the buyers' pages ask: to reserve without a key of the shop, and how things are, live."""

from api.buyers import buyers

__all__ = [
    "buyers",
]
