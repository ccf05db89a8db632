"""Takes jobs in: records them and wakes workers, many at a time. The only door.

Group commit: the first caller that finds nobody writing becomes the writer; those that come while it waits for Redis
are written together by the next. An idle server adds no delay, a busy one pays one round trip for many.
A request that is too large for one write is taken by itself: tasks_app/jobs/staging.py.
Whatever can be wrong with a caller's jobs is found before they join others: tasks_app/jobs/bounds.py.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
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
from tasks_app.lua import job_script
from tasks_app.own_types import is_always_taken
from tasks_app.state import connections, keys

log = logging.getLogger(__name__)

JOBS_PER_WRITE, BYTES_PER_WRITE = new_job.JOBS_PER_WRITE, new_job.BYTES_PER_WRITE  # of all who are written together


@dataclass(slots=True, eq=False)
class Ticket:
    """One caller's jobs, and what became of the writing."""

    jobs: Sequence[NewJob]
    part: new_job.Part
    answers: list[str] = field(default_factory=list)
    error: Exception | None = None
    leads: bool = False
    turn: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a job that was submitted."""

    id: str  # of the job that stands for it: its own, unless another one holds its unique key
    new: bool  # False: the same request came before
    conflict: str = ""  # "returned" or "replaced": what became of the other one


class Intake:
    """The group commit of one process."""

    def __init__(self, client: redis.Redis, hand_over: HandOver, options: Settings) -> None:
        self._hand_over = hand_over
        self._options = options
        self._lock = threading.Lock()
        self._waiting: list[Ticket] = []
        self._busy = False
        self._room = Backpressure(client)
        self._submit = client.register_script(job_script("submit", *TAKING, takes_in=True))
        self._staging = Staging(client, options)

    def submit(self, jobs: Sequence[NewJob]) -> list[bool]:
        """As `receipts`; per job True if it is new, False if it was known already by its id."""
        return [receipt.new for receipt in self.receipts(jobs)]

    def receipts(self, jobs: Sequence[NewJob]) -> list[Receipt]:
        """
        Record all of `jobs` or none, and see that they are carried. Returns per job what became of it.

        Raises StateUnavailableError (they may be recorded all the same: repeat with the same ids),
        IdempotencyConflictError, QueueFullError, TooManyTypesError, NotUniqueError (in its context, `job` holds the key
        of the one at `place`); TypeError and ValueError for what cannot be recorded, and then nothing was, and nobody
        else notices.
        """
        if not jobs:
            return []
        parts = new_job.parts(jobs, self._options)
        first = next(parts)
        if first.jobs < len(jobs):
            return self._submit_alone(jobs, chain((first,), parts))
        ticket = Ticket(jobs, first)
        with self._lock:
            self._waiting.append(ticket)
            if not self._busy:
                self._busy = ticket.leads = True
        if not ticket.leads:
            try:
                ticket.turn.wait()
            except BaseException:  # this caller is being ended: the others must not wait for it
                self._leave(ticket)
                raise
        if ticket.leads:
            self._lead()
        if ticket.error is not None:
            if isinstance(ticket.error, StateUnavailableError):
                raise type(ticket.error)(str(ticket.error), away=True) from ticket.error
            raise ticket.error
        return _receipts(jobs, ticket.answers)

    def _submit_alone(self, jobs: Sequence[NewJob], parts: Iterable[new_job.Part]) -> list[Receipt]:
        with connections.translated():
            if self._room.is_scarce() and not _is_always_taken(jobs):
                raise QueueFullError
        return _receipts(jobs, self._staging.submit(jobs, parts, self._wake))

    def _lead(self) -> None:
        """Write what waits, then hand the lead to the first of those who came meanwhile."""
        group = self._take()
        try:
            self._write(group)
        except StateUnavailableError as error:
            # What waits behind a server that does not answer would only wait as long again, one group after another.
            with self._lock:
                group, self._waiting = group + self._waiting, []
            for ticket in group:
                ticket.error = error
        except BaseException as error:  # those who wait are none of its business: the next one writes them
            for ticket in group:
                ticket.error = error if isinstance(error, Exception) else StateUnavailableError(away=True)
            if not isinstance(error, Exception):
                raise
        finally:
            self._pass_on()
            for ticket in group:
                ticket.turn.set()

    def _pass_on(self) -> None:
        """Give the lead to the first who waits, or to whoever comes next."""
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._busy = heir is not None
            if heir:
                heir.leads = True
                heir.turn.set()

    def _leave(self, ticket: Ticket) -> None:
        """A caller goes before its turn; if it was just given the lead, the next one gets it."""
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
        """While memory is scarce, only those who change what is there already; the others are told."""
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
        self._wake([Wake(*wake) for wake in wakes])

    def _wake(self, wakes: list[Wake]) -> None:
        try:
            if wakes:
                self._hand_over(wakes)
        except Exception:  # they are recorded, so this is nobody's trouble
            log.exception("handing over failed; the clock will wake workers")


def _is_always_taken(jobs: Sequence[NewJob]) -> bool:
    return all(is_always_taken(job.type) for job in jobs)


def _receipts(jobs: Sequence[NewJob], answers: list[str]) -> list[Receipt]:
    """What became of each job. Raises what keeps the whole request out."""
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
