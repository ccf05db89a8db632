"""Sends Celery's task events of one job at a time, preceded by the events that Flower's counts need."""

from celery import Celery
from celery.events.dispatcher import EventDispatcher

from tasks_app.jobs import Job
from tasks_app.text import Json
from worker.flower.events import ENDS, NO_WORKER, TASK_EVENTS, fields_of

OF_AN_ATTEMPT = frozenset({"progress", "retrying", "snoozed", *ENDS.values()})  # none of these comes without a start


class Teller:
    """`name` is a worker's, used for events that come from no worker."""

    def __init__(self, app: Celery, name: str) -> None:
        self.app = app
        self._name = name
        self._dispatcher: EventDispatcher | None = None

    def announce(self, event: str, data: Json, job: Job, seconds: float, has_row: bool) -> None:
        """
        Send the event, at `seconds` (unix), and the events that must precede it: Flower counts receipts, less the
        starts and the tasks that were revoked before their start. Raises what the broker's client raises.
        """
        is_new = event in OF_AN_ATTEMPT and not has_row
        if event == "active" or is_new:
            self._send("received", None, job, seconds, event)
        if is_new and job.started_ms:
            self._send("active", None, job, seconds, event)
        self._send(event, data, job, seconds, event)

    def flush(self) -> None:
        """Send the gathered events. Raises what the broker's client raises."""
        if self._dispatcher:
            self._dispatcher.flush()

    def drop(self) -> None:
        """Forget the connection and the gathered events."""
        self._dispatcher = None

    def _send(self, event: str, data: Json, job: Job, seconds: float, told_by: str) -> None:
        """Send one Celery event about the job; `told_by` is the job's event behind it."""
        # Flower takes an event in a worker's name as a sign that the worker is alive.
        is_nobodys = told_by in NO_WORKER or (job.error or {}).get("code") == "poison"
        self._events().hostname = self._name if is_nobodys or not job.worker else job.worker
        self._events().send(TASK_EVENTS[event], **fields_of(event, data, job, seconds))

    def _events(self) -> EventDispatcher:
        if self._dispatcher is None:
            connection = self.app.connection_for_write()
            # It must raise while the broker is away, or it would buffer more and more; the feed reads the events again
            # later.
            options = {"hostname": self._name, "buffer_group": {"task"}, "buffer_while_offline": False}
            self._dispatcher = self.app.events.Dispatcher(connection, **options)
        return self._dispatcher
