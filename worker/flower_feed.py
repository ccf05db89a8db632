"""Tells Flower what becomes of jobs, as Celery task events under the jobs' own ids; read from the stream of job events.

Celery's own events would tell of messages, which may carry 200 jobs or a job that is over, and end well whatever became
of their jobs. This is told from the record instead, so it knows nothing of how a job was carried.
"""

import logging
import threading
import time
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Any

import redis
from celery import Celery
from celery.events.dispatcher import EventDispatcher

from tasks_app import events, keys, queries
from tasks_app.connections import translated
from tasks_app.events import Entry, Event
from tasks_app.jobs import FINAL, Job
from worker.flower_events import ENDS, NO_WORKER, TASK_EVENTS, fields_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
LEAD_MS = 3_000  # one process feeds; another goes on when it was silent for so long
KEPT_SECONDS = 86_400  # a feed that begins goes on where the last one stopped, if that is not longer ago
UNHEARD_SECONDS = 3.0  # of a job that is shown as running: then its record is looked at
CAUGHT_UP_AT_MOST = 200  # records in one look
SHOWN_AT_MOST = 10_000  # Flower itself keeps no more rows (its --max-tasks)
READ_AT_MOST = 1_000  # events in one look
WRONG = ("retrying", "stalled", "failed")  # what is told rather than others


class FlowerFeed:
    """
    The feed of one process; of all that run, one feeds. It tells of at most `jobs_per_second`: when there are more it
    shows a part of them, but what it shows as begun it brings to its end. `name` is a worker's, in whose name it tells
    what no worker has done.
    """

    def __init__(self, client: redis.Redis, app: Celery, name: str, jobs_per_second: int) -> None:
        self._client, self._app, self._name = client, app, name
        self._most = max(1, int(jobs_per_second * LOOK_SECONDS))  # jobs that one look tells of
        self._after = ""  # id of the last event that was read; "" while another process feeds
        # Job that is shown as not ended -> when it was last heard of, by time.monotonic(); the longest ago first.
        self._shown: dict[str, float] = {}
        self._begun: set[str] = set()  # of these, those that the state does not know yet
        self._ended: set[str] = set()
        self._dispatcher: EventDispatcher | None = None
        self._quiet = True

    def run(self, stopped: threading.Event) -> None:
        """Feed until `stopped` is set."""
        while not stopped.wait(LOOK_SECONDS):
            try:
                self.look()
                self._quiet = True
            except Exception as error:  # Flower's view is a courtesy: nothing else may suffer from it
                if self._quiet:  # once an outage
                    log.warning("Flower is told nothing for now: %s: %s", type(error).__name__, error)
                self._quiet = False
                self._dispatcher = None
                self._after = ""  # begin again from what the state holds: all that was told for sure

    def look(self) -> None:
        """Read what is new, and tell it. Raises UsherError, and what the broker's client raises."""
        if not self._leads():
            self._after = ""
            return
        if not self._after:
            self._go_on()
        with translated():
            entries = events.entries_from(keys.events(), f"({self._after}", READ_AT_MOST)
        count, some = 0, []
        for entry in entries:
            if count < READ_AT_MOST and entry.fields["event"] in TASK_EVENTS:
                some.append(entry)
                count += len(entry.jobs)
        if entries:
            self._tell(some)
            self._after = entries[-1].id
        if max(count, len(entries)) >= READ_AT_MOST:
            self._after = events.last_id(keys.events())  # too much to read all of it
        self._catch_up()
        if self._dispatcher:
            self._dispatcher.flush()
        self._keep_place()

    def _keep_place(self) -> None:
        """What was told until now, for the next look and for whoever goes on. Only after it was told."""
        with translated():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.set(keys.flower_feed(), self._name, px=LEAD_MS)
            pipeline.set(keys.flower_place(), self._after, ex=KEPT_SECONDS)
            if self._begun:
                pipeline.sadd(keys.flower_shown(), *self._begun)
            if self._ended:
                pipeline.srem(keys.flower_shown(), *self._ended)
            pipeline.expire(keys.flower_shown(), KEPT_SECONDS)
            pipeline.execute()
        self._begun.clear()
        self._ended.clear()

    def _leads(self) -> bool:
        with translated():
            if self._client.set(keys.flower_feed(), self._name, nx=True, px=LEAD_MS):
                return True
            return self._client.get(keys.flower_feed()) == self._name

    def _go_on(self) -> None:
        """Where the last one stopped, else with what is new from now on; and with what it showed as not ended."""
        with translated():
            shown: Any = self._client.smembers(keys.flower_shown())
            place = str(self._client.get(keys.flower_place()) or "")
        self._shown = dict.fromkeys(shown, 0.0)
        self._begun.clear()
        self._ended.clear()
        self._after = place or events.last_id(keys.events())

    def _show(self, job_id: str) -> None:
        self._shown.pop(job_id, None)  # to the end of the line: those that wait longest are looked at first
        self._shown[job_id] = time.monotonic()
        self._begun.add(job_id)
        self._ended.discard(job_id)
        if len(self._shown) > SHOWN_AT_MOST:
            self._end(next(iter(self._shown)))

    def _end(self, job_id: str) -> None:
        self._shown.pop(job_id, None)
        self._begun.discard(job_id)
        self._ended.add(job_id)

    def _tell(self, entries: Sequence[Entry]) -> None:
        """All of those that are shown already; of more others than it may tell of, first those that went wrong."""
        went_wrong: dict[str, bool] = {}
        told_of = [(job_id, entry.fields["event"] in WRONG) for entry in entries for job_id in entry.jobs]
        for job_id, wrong in told_of:
            if job_id not in self._shown:
                went_wrong[job_id] = wrong or went_wrong.get(job_id, False)
        others = sorted(went_wrong, key=lambda job_id: not went_wrong[job_id])[: self._most]
        chosen = [*{job_id for job_id, _ in told_of if job_id in self._shown}, *others]
        records = {job.id: job for job in queries.jobs(chosen)}
        for event in (one for entry in entries for one in entry.of(records)):
            if not isinstance(event, Event):
                continue
            self._announce(event.event, event.data, records[event.job], int(event.id.partition("-")[0]) / 1000)
            if event.event in ENDS.values():
                self._end(event.job)
            else:
                self._show(event.job)

    def _catch_up(self) -> None:
        """What is shown as running and was not heard of may have ended in a part of the stream that was left out."""
        before = time.monotonic() - UNHEARD_SECONDS
        silent = [*islice(takewhile(lambda one: self._shown[one] <= before, self._shown), CAUGHT_UP_AT_MOST)]
        records = {job.id: job for job in queries.jobs(silent)}
        for job_id in silent:
            job = records.get(job_id)
            if job is None:
                self._end(job_id)
            elif job.state in FINAL:
                self._announce(ENDS[job.state], job.result or job.error, job, (job.finished_ms or 0) / 1000)
                self._end(job_id)
            else:
                self._show(job_id)

    def _announce(self, event: str, data: Any, job: Job, seconds: float) -> None:
        """
        The event, and what must go before it: Flower counts receipts, less the starts and what was revoked unstarted.
        """
        is_new_end = event in ENDS.values() and job.id not in self._shown
        if event == "active" or (is_new_end and job.started_ms) or (event == "cancelled" and not job.started_ms):
            self._send("received", None, job, seconds, event)
        if is_new_end and job.started_ms:
            self._send("active", None, job, seconds, event)
        self._send(event, data, job, seconds, event)

    def _send(self, event: str, data: Any, job: Job, seconds: float, told_by: str) -> None:
        """One event of Celery's about the job; `told_by` is the job's event that it is told for."""
        # Flower takes what is told in a worker's name for a sign that it lives.
        is_nobodys = told_by in NO_WORKER or (job.error or {}).get("code") == "poison"
        self._events().hostname = self._name if is_nobodys or not job.worker else job.worker
        self._events().send(TASK_EVENTS[event], **fields_of(event, data, job, seconds))

    def _events(self) -> EventDispatcher:
        if self._dispatcher is None:
            connection = self._app.connection_for_write()
            # It raises while the broker is away: this reads the same again later, where it would keep more and more.
            options = {"hostname": self._name, "buffer_group": {"task"}, "buffer_while_offline": False}
            self._dispatcher = self._app.events.Dispatcher(connection, **options)
        return self._dispatcher
