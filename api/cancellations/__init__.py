"""The route that cancels a show: it releases reservations, and tells customers."""

from api.cancellations import cancellations

__all__ = [
    "cancellations",
]
