"""What a route stands on: the Usher of the application that answers this request, and who watches in its process."""

from typing import cast

from flask import Flask
from flask.globals import app_ctx

from api.events import Broadcaster
from tasks_app.usher import Usher

USHER, BROADCASTER = "usher", "broadcaster"  # extensions of the application


def attach(app: Flask, its: Usher) -> None:
    """Make this the application's Usher."""
    app.extensions[USHER] = its
    app.extensions[BROADCASTER] = Broadcaster(its.events)


def usher() -> Usher:
    """Its settings and parts. Only while a request is answered."""
    return cast(Usher, app_ctx.app.extensions[USHER])


def broadcaster() -> Broadcaster:
    """Who watches what. Only while a request is answered."""
    return cast(Broadcaster, app_ctx.app.extensions[BROADCASTER])


def end_streams(app: object) -> None:
    """End every stream of an application of ours; called when its process is told to stop."""
    if isinstance(app, Flask) and BROADCASTER in app.extensions:
        app.extensions[BROADCASTER].close()
