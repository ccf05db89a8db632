"""EventListener: follows a program's jobs, with one reader of the event stream for all of them."""

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from tasks_app.events import Entry, Event, EventFollower, EventReader
from tasks_app.jobs import JobQueries
from tasks_app.queue.created_job import CreatedJob
from tasks_app.state import keys

log = logging.getLogger(__name__)

BLOCK_MS = 250  # of one read; closing waits no longer than this
LOOKED_UP = 500  # records read at once


class EventListener:
    """
    Follows each job from the moment before it is submitted until it is over. When Redis was away, the reader goes on
    where it stopped; for events that were trimmed meanwhile, it reads the record of each job that was silent for
    `look_seconds`.
    """

    def __init__(self, reader: EventReader, jobs: JobQueries, look_seconds: float = 10.0) -> None:
        self._follower = EventFollower(reader, log, "events wait: %s", BLOCK_MS)
        self._queries = jobs
        self._look_seconds = look_seconds
        self._jobs: dict[str, list[CreatedJob]] = {}  # several objects may stand for one unique job
        self._heard: dict[str, float] = {}  # job id -> when its last event came, by time.monotonic
        self._closed = False
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def follow(self, jobs: Iterable[CreatedJob], is_old: bool = False) -> None:
        """
        Follow these jobs from now on. `is_old`: they existed before, so they may be over. Raises StateUnavailableError;
        then it follows none of them.
        """
        with self._changed:
            if self._thread is None:
                self._follower.after.clear()  # nobody followed what happened meanwhile
                self._follower.join(keys.events())
                self._closed = False
            for job in jobs:
                own = self._jobs.setdefault(job.id, [])
                if job not in own:
                    own.append(job)
                self._heard[job.id] = float("-inf") if is_old else time.monotonic()
            if self._thread is None and self._jobs:
                run, arguments = self._follower.run, (self._places, self._take)
                self._thread = threading.Thread(target=run, args=arguments, name="event-listener", daemon=True)
                self._thread.start()

    def drop(self, jobs: Iterable[CreatedJob]) -> None:
        """Stop following these jobs."""
        with self._changed:
            for job in jobs:
                left = [one for one in self._jobs.get(job.id, []) if one is not job]
                if left:
                    self._jobs[job.id] = left
                else:
                    self._jobs.pop(job.id, None)
                    self._heard.pop(job.id, None)
            self._changed.notify_all()

    def followed(self) -> list[CreatedJob]:
        """The jobs that are not over."""
        with self._changed:
            return [job for own in self._jobs.values() for job in own]

    def wait(self, jobs: Sequence[CreatedJob], seconds: float | None) -> bool:
        """Wait until these jobs are over and their callbacks have run; False if that takes longer than `seconds`."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a callback cannot wait for a job: no event could arrive meanwhile")
        unfinished = list(jobs)

        def over() -> bool:
            while unfinished and unfinished[-1].over:
                unfinished.pop()
            return not unfinished

        with self._changed:
            return self._changed.wait_for(over, seconds)

    def close(self) -> None:
        """End the reader; the jobs go on without it."""
        thread = self._thread
        self._closed = True
        if thread and thread is not threading.current_thread():
            thread.join()
        self.drop(self.followed())

    def _places(self) -> Mapping[str, str]:
        """
        What to read. At the end of the stream it looks up records first; not before, since an event that is still to
        come tells more than a record.
        """
        if self._has_ended():
            return {}
        if self._follower.at_end:
            self._look_up()
            if self._has_ended():
                return {}
        return self._follower.after

    def _has_ended(self) -> bool:
        """Is there nothing left to follow? Then the next `follow` starts another thread."""
        with self._changed:
            if self._closed or not self._jobs:
                self._thread = None
                return True
            return False

    def _take(self, entry: Entry) -> None:
        for event in entry.of(self._jobs):
            if isinstance(event, Event):
                self._deliver(event)

    def _deliver(self, event: Event) -> None:
        for job in self._following(event.job):
            self._heard[job.id] = time.monotonic()
            job.receive(event)
            if job.over:
                self.drop([job])

    def _following(self, job_id: str) -> list[CreatedJob]:
        with self._changed:
            return list(self._jobs.get(job_id, ()))

    def _look_up(self) -> None:
        """Read the records of silent jobs."""
        with self._changed:
            now = time.monotonic()
            silent = (job_id for job_id, heard in self._heard.items() if now - heard > self._look_seconds)
            ids = list(islice(silent, LOOKED_UP))
            self._heard.update(dict.fromkeys(ids, now))
        if not ids:
            return
        records = {record.id: record for record in self._queries.read_many(ids)}
        for job_id in ids:
            for job in self._following(job_id):
                job.catch_up(records.get(job_id))
                if job.over:
                    self.drop([job])
