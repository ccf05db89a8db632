"""Processor: does jobs of one type in a user's own program, several at a time, as Kue's `process` does.

It needs no Celery worker and no wake-ups: it claims the next jobs as every worker does, and runs maintenance
for its type. Workers that know the type leave it to processors as long as any is alive, and resume when none is.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import FrameType
from uuid import uuid4

from tasks_app.errors import LayoutError, StateUnavailableError
from tasks_app.events import Entry, EventFollower
from tasks_app.logs import set_up_if_nobody_did, within_worker
from tasks_app.program import own_usher
from tasks_app.state import keys
from tasks_app.usher import Usher
from worker.jobs.chunk import Chunk
from worker.jobs.handlers import One, handler, registry
from worker.jobs.run import Runner
from worker.jobs.stages import TICK_SECONDS, Stages

log = logging.getLogger(__name__)

REST_SECONDS = 0.5  # after a failed call
MARK_SECONDS = 5.0  # after so long a silence of its processors, workers take the type over; renewed each tick


def process(job_type: str, concurrency: int, function: One, *, time_limit_seconds: float | None = None) -> None:
    """
    Do jobs of this type until SIGTERM or Ctrl-C, then finish the jobs that have started. For the main thread.

    An attempt that takes longer than `time_limit_seconds` (None = USHER_TIME_LIMIT_SECONDS) fails. Its thread cannot be
    stopped: it is free when the function returns, and job.progress and job.log raise LostJobError meanwhile.

    Raises StateUnavailableError if Redis is away at the start; later it waits. Raises SystemExit with a sentence if the
    data have a layout on which this release cannot work. A second signal ends it at once, and its jobs come back when
    their leases end.
    """
    usher = own_usher()
    set_up_if_nobody_did(usher.settings, "processor")
    processor = Processor(usher, job_type, concurrency, function, time_limit_seconds)

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        processor.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        usher.enter(log.warning)
        processor.run()
        with suppress(StateUnavailableError):
            usher.meter.flush()
        if usher.traces:
            usher.traces.close()
    except LayoutError as error:
        raise SystemExit(f"usher: {error}") from None


class Processor:
    """A number of threads, each of which takes a job when it has none."""

    def __init__(
        self, usher: Usher, job_type: str, concurrency: int, function: One, time_limit_seconds: float | None = None
    ) -> None:
        registry.pop(job_type, None)  # the program's own handler replaces one that came with Usher
        handler(job_type, time_limit_seconds=time_limit_seconds)(function)
        self._usher, self._runner = usher, usher.part(Runner)
        self._limit_ms = registry[job_type].limit_ms(usher.settings)
        self._type = job_type
        self._name = f"processor@{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        self._concurrency = concurrency
        self._stopping = False
        self._came = threading.Condition()
        self._arrivals = 0  # counts arrivals, so that none is missed between a look and a wait
        # A read takes a tick at most; that is also how late a job without an event may be noticed.
        self._follower = EventFollower(usher.events, log, "jobs wait: %s", int(TICK_SECONDS * 1000))
        self._stages = Stages(self._runner.store, [job_type])
        self._ticked = float("-inf")  # when, by time.monotonic
        self._has_news = False  # there was an event of this type in the last read

    def run(self) -> None:
        """
        Work until `stop`; returns when the last job is done. Raises StateUnavailableError only at the start. Raises
        LayoutError, after the last job is done, if the server's data are no longer for this release.
        """
        self._attend(MARK_SECONDS)
        self._follower.join(keys.events())  # before the first look of a thread, so that none comes between the two
        threads = [threading.Thread(target=self._work, name=f"processor-{n}") for n in range(self._concurrency)]
        for thread in threads:
            thread.start()
        refusal: LayoutError | None = None
        try:
            self._follower.run(self._places, self._take, fatal=(LayoutError,))
        except LayoutError as error:  # the server came back with other data
            refusal = error
            self._stopping = True
        self._wake()
        try:  # before the last jobs are done, which may take long: workers take over the rest at once
            self._attend(0)
        except StateUnavailableError:
            log.warning("workers leave %s alone for %g s more", self._type, MARK_SECONDS)
        for thread in threads:
            thread.join()
        if refusal:
            raise refusal

    def stop(self) -> None:
        """Take no more jobs. Takes no lock, so a signal handler may call it."""
        self._stopping = True

    def _attend(self, seconds: float) -> None:
        self._runner.store.attend(self._type, self._name, seconds)

    def _places(self) -> Mapping[str, str]:
        """What to read. Between two reads it ticks, and wakes the threads if there was news."""
        if self._stopping:
            return {}
        if self._has_news:
            self._has_news = False
            self._wake()
        self._tick()
        return self._follower.after

    def _take(self, entry: Entry) -> None:
        self._has_news = self._has_news or f"type:{self._type}" in entry.topics()

    def _tick(self) -> None:
        """A worker's maintenance, without messages: the threads look at the index themselves."""
        now = time.monotonic()
        if now - self._ticked < TICK_SECONDS:
            return
        self._ticked = now
        self._attend(MARK_SECONDS)
        moved, wakes = self._stages.run()
        if wakes:  # of other types, whose jobs were held back
            self._usher.publisher.hand_over(wakes)
        if moved:
            self._wake()

    def _work(self) -> None:
        within_worker(self._name)
        store = self._runner.store
        while not self._stopping:
            arrivals = self._arrivals
            try:
                if claims := store.claim(self._type, self._name, 1, self._limit_ms):
                    self._runner.settle(self._runner.carry_out(Chunk(self._type, claims, store)))
                    continue
            except StateUnavailableError:  # claimed jobs come back when their leases end
                time.sleep(REST_SECONDS)
            except Exception:
                log.exception("a job of type %s could not be carried out", self._type)
                time.sleep(REST_SECONDS)
            with self._came:
                if self._arrivals == arrivals and not self._stopping:
                    self._came.wait(2 * TICK_SECONDS)

    def _wake(self) -> None:
        with self._came:
            self._arrivals += 1
            self._came.notify_all()
