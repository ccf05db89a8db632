"""Feeds Flower with the events of jobs, as Celery task events under the jobs' own ids, from the stream of job events.

Celery's own events would describe messages, which may lead to 200 jobs or to none, and which succeed however their jobs
end. The feed uses the records instead, so it does not depend on how a job was carried.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import cast

import redis
from celery import Celery

from tasks_app.events import ENTRIES_PER_READ, Entry, Event, EventReader
from tasks_app.jobs import FINAL, Job, JobQueries, State
from tasks_app.state import Outage, keys, translated, worker_keys
from tasks_app.text import Json
from worker.flower.choice import QUICK_STORE, Choice
from worker.flower.events import ENDS, TASK_EVENTS
from worker.flower.teller import Teller

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
KEPT_SECONDS = 86_400  # a new feed goes on where the last one stopped, if that was not longer ago


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one look of a feed does, and how long a feed waits for what."""

    lead_ms: int = 3_000  # one process feeds; another takes over when it was silent for so long
    unheard_seconds: float = 3.0  # after so long without an event, it reads the record of a job shown as running
    caught_up: int = 200  # records in one look
    shown: int = 10_000  # jobs; Flower itself keeps no more rows (its --max-tasks)
    read: int = 20_000  # events in one look, more than a server makes in that time; the next look reads on
    entries_per_read: int = ENTRIES_PER_READ
    said_seconds: float = 60.0  # how often the log says that jobs have no row
    quick_store: float = QUICK_STORE  # see choice.py


class FlowerFeed:
    """
    The feed of one process; only one of all processes feeds. It shows at most `jobs_per_second`, chosen by choice.py,
    but it brings every job that it shows as started to its end. `name` is a worker's, used for events that come from no
    worker.
    """

    def __init__(
        self,
        client: redis.Redis,
        app: Celery,
        name: str,
        jobs_per_second: int,
        bounds: Bounds = Bounds(),
    ) -> None:
        self._client, self._name = client, name
        self._bounds = bounds
        self._jobs, self._events = JobQueries(client), EventReader(client, client)
        self._teller = Teller(app, name)
        self._choice = Choice(jobs_per_second, bounds.quick_store)
        self._said = float("-inf")  # when the log last said that jobs have no row
        self._after = ""  # id of the last event that was read; "" while another process feeds
        # Job that is shown as not ended -> when its last event came, by time.monotonic(); the oldest first.
        self._shown: dict[str, float] = {}
        self._begun: set[str] = set()  # those of them that the state does not have yet
        self._ended: set[str] = set()
        self._outage = Outage(log)

    def run(self, stopped: threading.Event) -> None:
        """Feed until `stopped` is set."""
        while not stopped.wait(LOOK_SECONDS):
            try:
                self.look()
                self._outage.end()
            except Exception as error:  # Flower's view is a courtesy: nothing else may suffer from it
                self._outage.tell("Flower is told nothing for now: %s", f"{type(error).__name__}: {error}")
                self._teller.drop()
                self._after = ""  # begin again from the state's place: everything before it was surely sent

    def look(self) -> None:
        """Read new events, and send them. Raises UsherError, and what the broker's client raises."""
        if not self._leads():
            self._after = ""
            return
        if not self._after:
            self._go_on()
        self._tell(self._read())
        self._catch_up()
        self._teller.flush()
        self._keep_place()
        if self._choice.skipped and time.monotonic() - self._said > self._bounds.said_seconds:
            text = "Flower was not told of %d jobs that failed or were slow: USHER_FLOWER_JOBS_PER_SECOND bounds it"
            log.warning(text, self._choice.skipped)
            self._choice.skipped, self._said = 0, time.monotonic()

    def _read(self) -> list[Entry]:
        """The entries since the last look that matter to Flower."""
        found, count = [], 0
        while entries := self._events.entries_from(keys.events(), f"({self._after}", self._bounds.entries_per_read):
            self._after = entries[-1].id
            found += [entry for entry in entries if any(event in TASK_EVENTS for event in entry.events)]
            count += sum(len(entry.jobs) for entry in entries)
            if count >= self._bounds.read or len(entries) < self._bounds.entries_per_read:
                break
        return found

    def _keep_place(self) -> None:
        """Store the place reached, for the next look or the next feeder. Call it only after the events were sent."""
        with translated():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.set(worker_keys.flower_feed(), self._name, px=self._bounds.lead_ms)
            pipeline.set(worker_keys.flower_place(), self._after, ex=KEPT_SECONDS)
            if self._begun:
                pipeline.sadd(worker_keys.flower_shown(), *self._begun)
            if self._ended:
                pipeline.srem(worker_keys.flower_shown(), *self._ended)
            pipeline.expire(worker_keys.flower_shown(), KEPT_SECONDS)
            pipeline.execute()
        self._begun.clear()
        self._ended.clear()

    def _leads(self) -> bool:
        with translated():
            if self._client.set(worker_keys.flower_feed(), self._name, nx=True, px=self._bounds.lead_ms):
                return True
            return self._client.get(worker_keys.flower_feed()) == self._name

    def _go_on(self) -> None:
        """Start where the last feed stopped, or with new events; take over jobs that it showed as not ended."""
        with translated():
            shown = cast(set[str], self._client.smembers(worker_keys.flower_shown()))
            place = str(self._client.get(worker_keys.flower_place()) or "")
        self._shown = dict.fromkeys(shown, 0.0)
        self._begun.clear()
        self._ended.clear()
        self._choice.forget()
        self._after = place or self._events.last_id(keys.events())

    def _show(self, job_id: str) -> None:
        self._shown.pop(job_id, None)  # to the end: the jobs that wait longest are looked at first
        self._shown[job_id] = time.monotonic()
        self._begun.add(job_id)
        self._ended.discard(job_id)
        if len(self._shown) > self._bounds.shown:
            self._end(next(iter(self._shown)))

    def _end(self, job_id: str) -> None:
        self._shown.pop(job_id, None)
        self._begun.discard(job_id)
        self._ended.add(job_id)

    def _tell(self, entries: Sequence[Entry]) -> None:
        """Send events of jobs with a row and of newly chosen ones: first jobs that still run, then in order."""
        heard = {job_id for entry in entries for job_id in entry.jobs if job_id in self._shown}
        chosen, running = self._choice.choose(entries, self._shown, time.monotonic())
        records = {job.id: job for job in self._jobs.read_many([*heard, *chosen, *running])}
        for job_id in running:
            job = records.get(job_id)
            # A job that was given back waits; a job that is over by now gets its end at the next look.
            if job and job.started_ms and (job.state is State.ACTIVE or job.state in FINAL):
                self._announce("active", None, job, job.started_ms / 1000)
                if job.progress and job.state is State.ACTIVE:
                    self._announce("progress", {"progress": job.progress}, job, job.started_ms / 1000)
        told = {job_id for job_id in records if job_id in self._shown} | {*chosen}
        for event in (one for entry in entries for one in entry.of(told & records.keys())):
            if isinstance(event, Event):
                self._announce(event.event, event.data, records[event.job], int(event.id.partition("-")[0]) / 1000)

    def _catch_up(self) -> None:
        """End silent jobs that are shown as running: they may have ended in a part of the stream that was left out."""
        before = time.monotonic() - self._bounds.unheard_seconds
        silent = [*islice(takewhile(lambda one: self._shown[one] <= before, self._shown), self._bounds.caught_up)]
        records = {job.id: job for job in self._jobs.read_many(silent)}
        for job_id in silent:
            job = records.get(job_id)
            if job is None:
                self._end(job_id)
            elif job.state in FINAL:
                self._announce(ENDS[job.state], None, job, (job.finished_ms or 0) / 1000)
            else:
                self._show(job_id)

    def _announce(self, event: str, data: Json, job: Job, seconds: float) -> None:
        self._teller.announce(event, data, job, seconds, job.id in self._shown)
        if event in ENDS.values():
            self._end(job.id)
        else:
            self._show(job.id)
