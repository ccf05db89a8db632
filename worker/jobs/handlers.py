"""The handlers: which function does the jobs of a type.

A user's module, named in USHER_HANDLERS, adds one with a decorator:

    @handler("resize_image")
    def resize(job: ActiveJob) -> dict:
        job.progress(1, 2)
        return {"path": ...}

What it returns is the job's result (JSON), or an answer that says more: Completed, Retry, Snooze, Failed, InDoubt. An
exception fails the attempt; PermanentError fails the job at once.
An `async def` is run to its end in an event loop of its own.
A job may be done twice if a worker dies in the middle: write handlers so that the second time is harmless.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tasks_app.configuration import Settings
from tasks_app.errors import InvalidJobError
from tasks_app.jobs import OWN_TYPES, bounds
from tasks_app.logs import within
from worker.jobs.active import ActiveJob
from worker.jobs.answers import Answer, as_answer
from worker.jobs.raised import answer_to
from worker.jobs.spans import attempting

Answers = list[tuple[ActiveJob, Answer]]
# It returns an Answer, or a plain JSON value as short for Completed; an `async def` is awaited first.
One = Callable[[ActiveJob], object]
Many = Callable[[Sequence[ActiveJob]], Iterable[object]]
Gradual = Callable[[Sequence[ActiveJob]], Iterable[Sequence[tuple[ActiveJob, object]]]]
OneT = TypeVar("OneT", bound=One)
ManyT = TypeVar("ManyT", bound=Many)
GradualT = TypeVar("GradualT", bound=Gradual)
Do = Callable[[Iterable[ActiveJob]], Iterable[Answers]]


@dataclass(frozen=True, slots=True)
class Handler:
    """
    Does all jobs that a slot claimed together: one after the other (`alone`), as many as their pace allows, or at most
    `most` at once. Answers that it yields for some of them are settled at once, so that no job waits for the slowest.
    """

    type: str
    do: Do
    time_limit_seconds: float | None  # for an attempt with all jobs that were claimed together; None = the setting's
    most: int  # 0 = one after the other

    def limit_ms(self, settings: Settings) -> int:
        """How long an attempt may take; Usher's own types have their own setting."""
        seconds = self.time_limit_seconds
        if seconds is None:
            is_own = self.type in OWN_TYPES
            seconds = settings.message_time_limit_seconds if is_own else settings.time_limit_seconds
        return int(seconds * 1000)

    @property
    def alone(self) -> bool:
        """Does its function get one job at a time?"""
        return self.most == 0


TOGETHER = 200  # jobs that a handler for many gets by default; one script settles them
MOST = 1_000

SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 31_536_000  # a year

registry: dict[str, Handler] = {}


def _register(job_type: str, do: Do, time_limit_seconds: float | None, most: int = 0) -> None:
    """
    Raises ValueError for a name that no job can have, or that another handler has, as the last would win unnoticed; and
    for an invalid limit or number of jobs.
    """
    try:
        bounds.type_name(job_type)
    except InvalidJobError as error:
        raise ValueError(f"{job_type!r} cannot be the type of a job: {error}") from None
    if job_type in registry:
        raise ValueError(f"there are two handlers for the type {job_type!r}")
    if isinstance(time_limit_seconds, bool) or not (
        time_limit_seconds is None
        or (isinstance(time_limit_seconds, int | float) and SHORTEST_SECONDS <= time_limit_seconds <= LONGEST_SECONDS)
    ):
        allowed = f"{SHORTEST_SECONDS} to {LONGEST_SECONDS} s"
        raise ValueError(f"the time limit of {job_type!r} must be {allowed}, not {time_limit_seconds!r}")
    registry[job_type] = Handler(job_type, do, time_limit_seconds, most)


def _several(job_type: str, most: int) -> int:
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST:
        raise ValueError(f"the handler of {job_type!r} may take 1 to {MOST} jobs at once, not {most!r}")
    return most


def handler(job_type: str, *, time_limit_seconds: float | None = None) -> Callable[[OneT], OneT]:
    """
    Register a function, or any callable object, that does one job of this type. A coroutine is awaited. An attempt that
    takes longer than `time_limit_seconds` (None = USHER_TIME_LIMIT_SECONDS) fails with the code time_limit.

    Raises ValueError for a generator, which would be made but never run, and for an invalid limit.
    """

    def register(function: OneT) -> OneT:
        _refuse(job_type, function, inspect.isgeneratorfunction, inspect.isasyncgenfunction)

        def do(jobs: Iterable[ActiveJob]) -> Iterator[Answers]:
            for job in jobs:
                yield [(job, _attempt(function, job))]

        _register(job_type, do, time_limit_seconds)
        return function

    return register


def together(
    job_type: str, *, most: int = TOGETHER, time_limit_seconds: float | None = None
) -> Callable[[ManyT], ManyT]:
    """
    Register a function that does up to `most` jobs at once; it returns an answer for each, in their order. An exception
    ends the attempt of all of them: to fail a single job, return Failed or Retry for it.
    """

    def register(function: ManyT) -> ManyT:
        _refuse(job_type, function, inspect.iscoroutinefunction, inspect.isasyncgenfunction)

        def do(jobs: Iterable[ActiveJob]) -> Iterator[Answers]:
            given = list(jobs)
            returned = list(function(given))
            if len(returned) != len(given):
                raise RuntimeError(f"the handler answered for {len(returned)} of {len(given)} jobs")
            yield _group(zip(given, returned, strict=True))

        _register(job_type, do, time_limit_seconds, _several(job_type, most))
        return function

    return register


def gradually(
    job_type: str, *, most: int = TOGETHER, time_limit_seconds: float | None = None
) -> Callable[[GradualT], GradualT]:
    """Register a function that takes up to `most` jobs and yields answers as they come, in any order."""

    def register(function: GradualT) -> GradualT:
        _refuse(job_type, function, inspect.iscoroutinefunction, inspect.isasyncgenfunction)

        def do(jobs: Iterable[ActiveJob]) -> Iterator[Answers]:
            return map(_group, function(list(jobs)))

        _register(job_type, do, time_limit_seconds, _several(job_type, most))
        return function

    return register


def _attempt(function: One, job: ActiveJob) -> Answer:
    """The handler's answer, or that to its exception: sys.exit() in a handler ends its attempt, not the worker."""
    with within(job.type, (job.id,), job.attempt):
        if job.traces is None:
            return _answered(function, job)
        with attempting(job) as tell:
            answer = _answered(function, job)
            tell(answer)
            return answer


def _answered(function: One, job: ActiveJob) -> Answer:
    try:
        returned = function(job)
        return as_answer(asyncio.run(returned) if inspect.iscoroutine(returned) else returned)
    except BaseException as error:
        return answer_to(error, job)


def _group(answered: Iterable[tuple[ActiveJob, object]]) -> Answers:
    return [(job, as_answer(returned)) for job, returned in answered]


def _refuse(job_type: str, function: object, *kinds: Callable[[object], bool]) -> None:
    """Raises ValueError for a function of these kinds; for a callable object, its `__call__` counts."""
    looked_at = (function, inspect.getattr_static(type(function), "__call__", None))
    if not callable(function):
        raise ValueError(f"the handler of {job_type!r} must be a function, and {function!r} is none")
    if any(kind(one) for kind in kinds for one in looked_at):
        raise ValueError(
            f"the handler of {job_type!r} is an asynchronous function or a generator, which cannot be run here; "
            "register a function that returns its results, or with @handler an `async def` without yield"
        )
