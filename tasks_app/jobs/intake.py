"""Takes jobs in: records them and wakes workers, many at a time. All new jobs come through here.

Group commit: the first caller that finds nobody writing becomes the writer; the next writer writes the jobs of all
callers that come while the first waits for Redis. An idle server adds no delay, a busy server takes one round trip for
many callers. A request that is too large for one write goes alone: tasks_app/jobs/staging.py. A caller's jobs are
checked before they join others: tasks_app/jobs/bounds.py.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, cast

import redis

from tasks_app.configuration import Settings
from tasks_app.errors import (
    IdempotencyConflictError,
    NotUniqueError,
    QueueFullError,
    StateUnavailableError,
    TooManyTypesError,
)
from tasks_app.jobs import new_job
from tasks_app.jobs.backpressure import Backpressure
from tasks_app.jobs.job import NewJob
from tasks_app.jobs.messages import HandOver, Wake
from tasks_app.jobs.staging import TAKING, Staging
from tasks_app.logs import within
from tasks_app.lua import job_script
from tasks_app.own_types import is_always_taken
from tasks_app.state import connections, keys
from tasks_app.traces import Traces

log = logging.getLogger(__name__)

JOBS_PER_WRITE, BYTES_PER_WRITE = new_job.JOBS_PER_WRITE, new_job.BYTES_PER_WRITE  # of all callers in one write


@dataclass(slots=True, eq=False)
class Ticket:
    """One caller's jobs, and the answer or error of their write."""

    jobs: Sequence[NewJob]
    part: new_job.Part
    answers: list[str] = field(default_factory=list)
    error: Exception | None = None
    leads: bool = False
    turn: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What happened to a job that was submitted."""

    id: str  # of the job that stands for it: its own, unless another job holds its unique key
    new: bool  # False: the same request came before
    conflict: str = ""  # "returned": the other stands for it as it is; "replaced": the other took its data


class Intake:
    """The group commit of one process."""

    def __init__(
        self,
        client: redis.Redis,
        hand_over: HandOver,
        options: Settings,
        on_write: Callable[[int], None] = lambda _: None,
        traces: Traces | None = None,
    ) -> None:
        """`on_write` gets the number of jobs that each write had. With `traces`, records carry what goes on of them."""
        self._traces = traces
        self._hand_over = hand_over
        self._on_write = on_write
        self._options = options
        self._lock = threading.Lock()
        self._waiting: list[Ticket] = []
        self._busy = False
        self._room = Backpressure(client)
        self._submit = client.register_script(job_script("submit", *TAKING, takes_in=True))
        self._staging = Staging(client, options)

    def submit(self, jobs: Sequence[NewJob]) -> list[Receipt]:
        """
        Record all of `jobs` or none, and wake workers for them. Returns what happened to each job.

        Raises StateUnavailableError (they may be recorded nevertheless: repeat with the same ids),
        IdempotencyConflictError, QueueFullError, TooManyTypesError, NotUniqueError (its context: `job` holds the unique
        key of the job at `place`); TypeError and ValueError for jobs that cannot be recorded: then none is, and other
        callers are not affected.
        """
        if not jobs:
            return []
        if self._traces is None:
            return self._take_in(jobs, "")
        about: dict[str, str | int] = {"messaging.system": "usher", "messaging.operation.type": "send"}
        about |= {"messaging.destination.name": jobs[0].type, "usher.jobs": len(jobs)}
        with self._traces.span(f"submit {jobs[0].type}", "producer", about) as span:
            receipts = self._take_in(jobs, self._traces.carried())
            if len(receipts) == 1:
                span.set("messaging.message.id", receipts[0].id)
            return receipts

    def _take_in(self, jobs: Sequence[NewJob], trace: str) -> list[Receipt]:
        parts = new_job.parts(jobs, self._options, trace)
        first = next(parts)
        if first.jobs < len(jobs):
            return _logged(jobs, self._submit_alone(jobs, chain((first,), parts)))
        ticket = Ticket(jobs, first)
        with self._lock:
            self._waiting.append(ticket)
            if not self._busy:
                self._busy = ticket.leads = True
        if not ticket.leads:
            try:
                ticket.turn.wait()
            except BaseException:  # this caller is being killed: the others must not wait for it
                self._leave(ticket)
                raise
        if ticket.leads:
            self._lead()
        if ticket.error is not None:
            if isinstance(ticket.error, StateUnavailableError):
                raise type(ticket.error)(str(ticket.error), away=True) from ticket.error
            raise ticket.error
        return _logged(jobs, _receipts(jobs, ticket.answers))

    def _submit_alone(self, jobs: Sequence[NewJob], parts: Iterable[new_job.Part]) -> list[Receipt]:
        with connections.translated():
            if self._room.is_scarce() and not _is_always_taken(jobs):
                raise QueueFullError
        return _receipts(jobs, self._staging.submit(jobs, parts, self._wake))

    def _lead(self) -> None:
        """Write the waiting jobs, then hand the lead to the first caller that came meanwhile."""
        group = self._take()
        try:
            self._write(group)
        except StateUnavailableError as error:
            # If the server does not answer, the groups that wait would each wait as long again, one after another.
            with self._lock:
                group, self._waiting = group + self._waiting, []
            for ticket in group:
                ticket.error = error
        except BaseException as error:  # the callers that wait are not affected: the next leader writes their jobs
            for ticket in group:
                ticket.error = error if isinstance(error, Exception) else StateUnavailableError(away=True)
            if not isinstance(error, Exception):
                raise
        finally:
            self._pass_on()
            for ticket in group:
                ticket.turn.set()

    def _pass_on(self) -> None:
        """Give the lead to the first caller that waits, or leave it to the next that comes."""
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._busy = heir is not None
            if heir:
                heir.leads = True
                heir.turn.set()

    def _leave(self, ticket: Ticket) -> None:
        """A caller leaves before its turn; if it just got the lead, the next caller gets it."""
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if ticket.leads:
            self._pass_on()

    def _take(self) -> list[Ticket]:
        with self._lock:
            jobs, size, count = 0, 0, 0
            for ticket in self._waiting:
                jobs += len(ticket.jobs)
                size += ticket.part.bytes
                if count and (jobs > JOBS_PER_WRITE or size > BYTES_PER_WRITE):
                    break
                count += 1
            group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    def _write(self, group: list[Ticket]) -> None:
        if group := self._with_room(group):
            self._record(group)

    def _with_room(self, group: list[Ticket]) -> list[Ticket]:
        """The tickets that may be written. While memory is scarce, those with new work get an error instead."""
        with connections.translated():
            if not self._room.is_scarce():
                return group
        for ticket in group:
            if not _is_always_taken(ticket.jobs):
                ticket.error = QueueFullError()
        return [ticket for ticket in group if ticket.error is None]

    def _record(self, group: list[Ticket]) -> None:
        options = self._options
        limits = (options.queue_limit, options.type_limit, new_job.JOBS_PER_PART)
        arguments: list[str | int] = [*limits, *(ticket.part.text for ticket in group)]
        with connections.translated():
            answers, wakes = cast(tuple[list[str], list[Any]], self._submit(keys=[keys.events()], args=arguments))
        at = 0
        for ticket in group:
            ticket.answers = answers[at : at + len(ticket.jobs)]
            at += len(ticket.jobs)
        self._on_write(at)
        self._wake([Wake(*wake) for wake in wakes])

    def _wake(self, wakes: list[Wake]) -> None:
        try:
            if wakes:
                self._hand_over(wakes)
        except Exception:  # the jobs are recorded, so the caller must not see this
            log.exception("handing over failed; the clock will wake workers")


def _logged(jobs: Sequence[NewJob], receipts: list[Receipt]) -> list[Receipt]:
    """Log which jobs a request became: their records do not have the request's id."""
    if log.isEnabledFor(logging.DEBUG):
        with within(jobs[0].type, [receipt.id for receipt in receipts]):
            log.debug("%d jobs taken in, %d of them new", len(jobs), sum(receipt.new for receipt in receipts))
    return receipts


def _is_always_taken(jobs: Sequence[NewJob]) -> bool:
    return all(is_always_taken(job.type) for job in jobs)


def _receipts(jobs: Sequence[NewJob], answers: list[str]) -> list[Receipt]:
    """A receipt for each job. Raises the error that refuses the whole request."""
    if "conflict" in answers:
        raise IdempotencyConflictError
    if "full" in answers:
        raise QueueFullError
    if "types" in answers:
        raise TooManyTypesError
    if answers[0].startswith("refused"):
        _, refused, other = answers[0].split(" ")
        raise NotUniqueError(job=other, place=next(place for place, job in enumerate(jobs) if job.id == refused))
    return [_receipt(job, answer) for job, answer in zip(jobs, answers, strict=True)]


def _receipt(job: NewJob, answer: str) -> Receipt:
    words = answer.split(" ")
    new = words[0] != "known"
    return Receipt(words[-1], new, words[-2]) if len(words) > 1 else Receipt(job.id, new)
