"""Stopping: whether this process was told to end, and whether it would hear of it."""

import threading

_told = threading.Event()
_listening = threading.Event()


def listen(**_: object) -> None:
    """This is a worker's main process, which Celery tells."""
    _listening.set()


def turn_deaf(**_: object) -> None:
    """This is a process of a pool, whose parent alone is told."""
    _listening.clear()


def tell(**_: object) -> None:
    """Called by Celery as soon as the worker is told to stop, before it waits for its tasks."""
    _told.set()


def told() -> bool:
    """Should what has not begun be given back?"""
    return _told.is_set()


def far() -> bool:
    """May something take its time? Where nobody would tell, a stop may be waiting already."""
    return _listening.is_set() and not told()
