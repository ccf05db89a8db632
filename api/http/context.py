"""What a route works with: the Usher of the application that answers, and the broadcaster of its process."""

from contextlib import suppress
from functools import partial
from typing import cast

from flask import Flask
from flask.globals import app_ctx

from api.events import Broadcaster
from api.server import LeanFlask
from tasks_app.errors import StateUnavailableError
from tasks_app.metrics import HTTP
from tasks_app.usher import Usher

USHER, BROADCASTER = "usher", "broadcaster"  # extensions of the application
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # others are one for /metrics


def attach(app: Flask, its: Usher) -> None:
    """Make this the application's Usher."""
    app.extensions[USHER] = its
    app.extensions[BROADCASTER] = watched = Broadcaster(its.events, its.jobs.counts)
    its.meter.show(watched.numbers)
    if isinstance(app, LeanFlask):
        app.answered = partial(_note, its)


def _note(its: Usher, route: str, method: str, status: int, seconds: float) -> None:
    labels = (route or "none", method if method in METHODS else "other", str(status))
    its.meter.observe(HTTP, labels, seconds)


def usher() -> Usher:
    """The Usher of the application that answers this request. Only while a request is answered."""
    return cast(Usher, app_ctx.app.extensions[USHER])


def broadcaster() -> Broadcaster:
    """The broadcaster of the application that answers this request. Only while a request is answered."""
    return cast(Broadcaster, app_ctx.app.extensions[BROADCASTER])


def end_streams(app: object) -> None:
    """End every event stream of one of our applications; called when its process is told to stop."""
    if isinstance(app, Flask) and BROADCASTER in app.extensions:
        app.extensions[BROADCASTER].close()


def tell_numbers(app: object) -> None:
    """Add what this process counted to what all did; called when it ends."""
    if isinstance(app, Flask) and USHER in app.extensions:
        with suppress(StateUnavailableError):
            app.extensions[USHER].meter.flush()
        if traces := app.extensions[USHER].traces:
            traces.close()
