"""Flower's page *Broker* and its API count jobs, which wait in the state, instead of the broker's wake-ups."""

import asyncio
from collections.abc import Iterable

from flower.views import BaseHandler
from tornado.web import HTTPError

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs import JobQueries


class Lanes:
    """Replaces Flower's client of a broker (flower.utils.broker.BrokerBase): a queue has the jobs of its types."""

    def __init__(self, jobs: JobQueries) -> None:
        self._jobs = jobs

    async def queues(self, names: Iterable[str]) -> list[dict[str, str | int]]:
        """For each queue its queued jobs, and its active jobs as unacknowledged. Raises HTTPError."""
        try:
            counted = await asyncio.to_thread(self._jobs.by_queue)
        except StateUnavailableError as error:
            raise HTTPError(503, "The state does not answer") from error
        return [_row(name, counted.get(name, {})) for name in names]


def _row(name: str, counts: dict[str, int]) -> dict[str, str | int]:
    queued, active = counts.get("queued", 0), counts.get("active", 0)
    return {"name": name, "messages": queued, "messages_ready": queued, "messages_unacknowledged": active}


def install(jobs: JobQueries) -> None:
    """Make Flower ask `Lanes`. It has no setting for that, only a method in each of its pages."""
    BaseHandler.get_broker = lambda _: Lanes(jobs)
