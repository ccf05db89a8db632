"""Stopping: whether this process was told to end. For handlers that hold more jobs than they have begun."""

import threading

_told = threading.Event()


def tell(**_: object) -> None:
    """Called by Celery as soon as the worker is told to stop, before it waits for its tasks."""
    _told.set()


def told() -> bool:
    """Should what has not begun be given back?"""
    return _told.is_set()
