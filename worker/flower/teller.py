"""Tells Flower of one job at a time, in task events of Celery, after what must go before for its counts to be even."""

from celery import Celery
from celery.events.dispatcher import EventDispatcher

from tasks_app.jobs import Job
from tasks_app.text import Json
from worker.flower.events import ENDS, NO_WORKER, TASK_EVENTS, fields_of

OF_AN_ATTEMPT = frozenset({"progress", "retrying", "snoozed", *ENDS.values()})  # there is none without a start


class Teller:
    """`name` is a worker's, in whose name it tells what no worker has done."""

    def __init__(self, app: Celery, name: str) -> None:
        self.app = app
        self._name = name
        self._dispatcher: EventDispatcher | None = None

    def announce(self, event: str, data: Json, job: Job, seconds: float, has_row: bool) -> None:
        """
        The event, at `seconds` (unix), and what must go before it: Flower counts receipts, less the starts and what was
        revoked unstarted. Raises what the broker's client raises.
        """
        is_new = event in OF_AN_ATTEMPT and not has_row
        if event == "active" or is_new:
            self._send("received", None, job, seconds, event)
        if is_new and job.started_ms:
            self._send("active", None, job, seconds, event)
        self._send(event, data, job, seconds, event)

    def flush(self) -> None:
        """Send what is gathered. Raises what the broker's client raises."""
        if self._dispatcher:
            self._dispatcher.flush()

    def drop(self) -> None:
        """Forget the connection, and what is gathered."""
        self._dispatcher = None

    def _send(self, event: str, data: Json, job: Job, seconds: float, told_by: str) -> None:
        """One event of Celery's about the job; `told_by` is the job's event that it is told for."""
        # Flower takes what is told in a worker's name for a sign that it lives.
        is_nobodys = told_by in NO_WORKER or (job.error or {}).get("code") == "poison"
        self._events().hostname = self._name if is_nobodys or not job.worker else job.worker
        self._events().send(TASK_EVENTS[event], **fields_of(event, data, job, seconds))

    def _events(self) -> EventDispatcher:
        if self._dispatcher is None:
            connection = self.app.connection_for_write()
            # It raises while the broker is away: the feed reads again later, where this would keep more and more.
            options = {"hostname": self._name, "buffer_group": {"task"}, "buffer_while_offline": False}
            self._dispatcher = self.app.events.Dispatcher(connection, **options)
        return self._dispatcher
