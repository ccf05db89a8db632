"""The way of claimed jobs through a worker: hand them to the handler, settle."""

import logging
import time
from collections.abc import Iterator, Sequence

from tasks_app.errors import StateUnavailableError
from tasks_app.logs import within
from tasks_app.metrics import RUN
from tasks_app.usher import Usher
from worker.jobs import spans, stopping
from worker.jobs.chunk import Chunk
from worker.jobs.handlers import Answers, registry
from worker.jobs.job_store import Claim, JobStore, Settlement
from worker.jobs.leases import LeaseKeeper
from worker.jobs.raised import answer_to
from worker.jobs.verdicts import settlement

log = logging.getLogger(__name__)

# How long settling may take, with its last call. A worker that is told to stop while Redis hangs has 15 s for this, one
# call before it, and the 3 to 4 s that Celery takes to leave.
SETTLE_SECONDS = 4.0
REPEAT_SECONDS = 0.2  # between two attempts to settle


class Runner:
    """
    Does claimed jobs and settles them, for one Usher in one process. If the state is away, it retries to settle for
    `patience_seconds`, its last call included. Attribute: store, the job scripts.
    """

    def __init__(self, usher: Usher, patience_seconds: float = SETTLE_SECONDS) -> None:
        self._lease_seconds, self._patience_seconds = usher.settings.lease_seconds, patience_seconds
        self.store = JobStore(usher.connections.worker_state, usher.settings, usher.publisher.hand_over)
        self._keeper = LeaseKeeper(self.store, self._lease_seconds)
        self._observe = usher.meter.observe
        self._traces = usher.traces

    def carry_out(self, chunk: Chunk) -> list[Settlement]:
        """
        Do these jobs, and return the settlements that are not written yet: the latest, which the caller writes together
        with its next step. Jobs that began an effect are settled at once, as a kill would repeat it, and so are the
        answers of a handler for many. If a chunk takes longer than expected, the watchdog writes the settlements of
        finished jobs.

        Raises StateUnavailableError if the state cannot be reached: unsettled jobs come back when their leases end.
        """
        trouble: StateUnavailableError | None = None
        if self._traces is not None:
            for job in chunk.jobs.values():
                job.traces = self._traces
        with self._keeper.holding(chunk.claims):
            for group in attempt(chunk):
                self._note(chunk, group)
                chunk.done.extend(group)
                begun = any(chunk.jobs[one.claim.id].begun for one in group)
                if registry[chunk.type].alone and not begun:
                    continue
                outcomes = chunk.take_done()
                try:
                    self.settle(outcomes)
                except StateUnavailableError as error:  # some jobs are still being done: try again when they answer
                    chunk.done.extend(outcomes)
                    trouble = error
                else:
                    trouble = None
        if trouble:
            raise trouble
        return chunk.take_done()

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """
        Write the settlements, and retry for a while: the work is done and must not be repeated because of a hiccup. If
        this process would notice a stop, it retries for as long as the jobs may still be ours.
        """
        if not settlements:
            return
        first = time.monotonic()
        while True:
            started = time.monotonic()
            try:
                answers = self.store.settle(settlements)
                break
            except StateUnavailableError:
                call_seconds = time.monotonic() - started
                patience_seconds = self._lease_seconds if stopping.far() else self._patience_seconds
                # The next call might take as long.
                if time.monotonic() + REPEAT_SECONDS + call_seconds > first + patience_seconds:
                    raise
                time.sleep(REPEAT_SECONDS)
        for one, ours in zip(settlements, answers, strict=True):
            if not ours:
                log.warning("outcome of job %s not taken: it is no longer this worker's", one.claim.id)

    def _note(self, chunk: Chunk, settlements: Sequence[Settlement]) -> None:
        """For /metrics, how long the handler took for each job that it got; and the traces of jobs done together."""
        now = time.monotonic()
        for one in settlements:
            if one.verdict != "returned":
                self._observe(RUN, (chunk.type,), now - chunk.jobs[one.claim.id].handed)
        if self._traces is not None and not registry[chunk.type].alone:
            spans.note(self._traces, [(chunk.jobs[one.claim.id], one) for one in settlements])


def attempt(chunk: Chunk) -> Iterator[list[Settlement]]:
    """Hand claimed jobs to their handler; yields their settlements in groups, as it answers. Raises nothing itself."""
    answered: set[str] = set()
    answers: Iterator[Answers] | None = None
    while True:
        try:
            if answers is None:
                does = registry[chunk.type]
                answers = iter(does.do(chunk.singly() if does.alone else chunk.at_once()))
            if does.alone:  # then each job's lines are its own
                group = next(answers, None)
            else:
                with within(chunk.type, [*chunk.handed]):
                    group = next(answers, None)
            missing = chunk.handed.keys() - answered if group is None else ()
            if missing:
                raise RuntimeError(f"the handler gave no answer for {len(missing)} of {len(chunk.jobs)} jobs")
            settlements = [settlement(_due(chunk, job.id, answered), answer) for job, answer in group or ()]
        except BaseException as error:  # sys.exit() too: it fails one attempt, but must not end the worker
            left = [job for job_id, job in chunk.handed.items() if job_id not in answered]
            yield [*(settlement(job.claim, answer_to(error, job)) for job in left), *chunk.withdraw()]
            return
        if group is None:
            return
        answered.update(one.claim.id for one in settlements)
        yield settlements


def _due(chunk: Chunk, job_id: str, answered: set[str]) -> Claim:
    """The claim of a job without an answer so far. Raises KeyError for any other."""
    if job_id in answered:
        raise KeyError(job_id)
    return chunk.jobs[job_id].claim
