"""Sends notifications."""

from worker.notifications import vapid

__all__ = [
    "vapid",
]
