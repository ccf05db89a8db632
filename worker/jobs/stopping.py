"""Stopping: whether this process was told to end, and whether it would be told."""

import threading

_told = threading.Event()
_listening = threading.Event()


def listen(**_: object) -> None:
    """This is a worker's main process, which Celery tells to stop."""
    _listening.set()


def turn_deaf(**_: object) -> None:
    """This is a pool process: Celery tells only its parent."""
    _listening.clear()


def tell(**_: object) -> None:
    """Celery calls this as soon as the worker is told to stop, before it waits for its tasks."""
    _told.set()


def is_stopping() -> bool:
    """Should jobs that have not started be given back?"""
    return _told.is_set()


def far() -> bool:
    """May work take its time? False where nobody tells of a stop: it may be waiting already."""
    return _listening.is_set() and not is_stopping()
