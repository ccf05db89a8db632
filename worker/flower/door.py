"""Flower's door: it answers only what the web process sends on, and shows no button that would not work."""

import asyncio
from typing import Protocol

from flower import urls
from flower.api import BaseApiHandler
from flower.views import BaseHandler
from flower.views.monitor import Healthcheck
from flower.views.tasks import TaskView
from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from tasks_app.access import FLOWER_PASS, FlowerPass, now_ms
from tasks_app.errors import StateUnavailableError

CLOSED = "Flower has no door of its own: open /flower/ at the address of Usher's API, and sign in there."


class _Page(Protocol):
    """What Flower's pages have, with `acts`: whether its visitor may cancel jobs."""

    request: HTTPServerRequest
    acts: bool


class JobView(TaskView):  # type: ignore[misc]  # Flower has no types
    """
    The page of a row, with its button to revoke or terminate for whoever may cancel jobs: the web process takes it, and
    cancels the job. All other buttons are left out (`--read_only`): they act on messages and pools, not on jobs.
    """

    acts = False

    def render(self, *names: str, **values: object) -> None:
        """As Flower's."""
        super().render(*names, **{**values, "read_only": not self.acts})


def install(passes: FlowerPass) -> None:
    """Close Flower. It has a setting for users of its own, but none for this: only a method in each of its pages."""

    async def prepare(handler: _Page) -> None:
        if isinstance(handler, Healthcheck):
            return
        sent = handler.request.headers.get(FLOWER_PASS, "")
        try:
            rights = await asyncio.to_thread(passes.read, sent, now_ms())
        except StateUnavailableError as error:
            raise HTTPError(503, "The state does not answer") from error
        if rights is None:
            raise HTTPError(403, CLOSED)
        handler.acts = rights == "acts"

    BaseHandler.prepare = BaseApiHandler.prepare = prepare
    for one in urls.handlers:
        if getattr(one, "handler_class", None) is TaskView:
            one.handler_class = JobView
