"""Whatever a handler raises, says or logs: one failed attempt with its name, no endless loop, no poison."""

import asyncio
import functools
import math

import pytest
import redis
from billiard.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLostError
from celery.exceptions import Ignore, Reject, Retry, WorkerShutdown, WorkerTerminate
from kombu.exceptions import OperationalError

from tasks_app.errors import (
    BrokerUnavailableError,
    LostJobError,
    QueueFullError,
    RetryLaterError,
    SnoozeError,
    StateUnavailableError,
    UnknownJobError,
)
from tasks_app.jobs.job import State
from tasks_app.state import connections, keys
from tests.integration.odd_errors import ExitingTextError, MuteError, OddTextError
from tests.jobs import TYPE, new, read, take_in
from worker.jobs.handlers import gradually, handler, together

RAISED = [
    (SystemExit(1), "SystemExit: 1"),
    (KeyboardInterrupt(), "KeyboardInterrupt"),
    (GeneratorExit(), "GeneratorExit"),
    (StopIteration(), "StopIteration"),
    (asyncio.CancelledError(), "CancelledError"),
    (BaseException("all"), "BaseException: all"),
    (BaseExceptionGroup("two", [SystemExit(1)]), "BaseExceptionGroup: two (1 sub-exception)"),
    (MuteError(), "MuteError: (its text cannot be read: ValueError)"),
    (ExitingTextError(), "ExitingTextError: (its text cannot be read: SystemExit)"),
    (OddTextError(), "OddTextError: (its text cannot be read: TypeError)"),
    (ValueError("x" * 3_000_000), "ValueError: xxx"),
    (ValueError("bad\udcff"), "ValueError: bad"),
    (LostJobError(), "LostJobError"),
    (StateUnavailableError(), "StateUnavailableError"),
    *[(error(), error.__name__) for error in (BrokerUnavailableError, UnknownJobError, QueueFullError)],
    *[(error(), error.__name__) for error in (Retry, Ignore, Reject, SoftTimeLimitExceeded, TimeLimitExceeded)],
    *[(error(), error.__name__) for error in (WorkerShutdown, WorkerTerminate, WorkerLostError, OperationalError)],
    *[(error("no"), f"{error.__name__}: no") for error in (redis.ConnectionError, redis.ReadOnlyError)],
    *[(SnoozeError("later", wait), "SnoozeError: later") for wait in (-5, None, "x", math.inf, math.nan, 10**400)],
    *[(RetryLaterError("later", wait), "later") for wait in (-5, None, "x", math.inf, math.nan, 10**400)],
]


@pytest.mark.parametrize(("error", "text"), RAISED, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("kind", ["one", "async", "together", "gradually"])
def test_any_exception_is_one_failed_attempt_with_its_name(state, work, kind, error, text):
    def do(_):
        raise error

    async def do_later(_):
        raise error

    if kind == "gradually":
        gradually(TYPE)(lambda jobs: do(jobs))
    else:
        {"one": handler, "async": handler, "together": together}[kind](TYPE)(do_later if kind == "async" else do)
    job = new(attempts=1)
    take_in(state, job)
    work(job.id)
    found = read(state, job.id)
    assert (found.state, found.attempts_made, found.stalls) == (State.FAILED, 1, 0)
    if not (kind == "together" and isinstance(error, StopIteration)):
        raised = "RuntimeError: coroutine raised StopIteration" if kind == "async" and text == "StopIteration" else text
        assert found.error["message"].startswith(raised)
    assert len(found.error["message"]) <= 2_000


def test_a_real_outage_costs_no_attempt(state, work):
    def do(_):
        with connections.translated():
            raise redis.ConnectionError

    handler(TYPE)(do)
    job = new(attempts=1)
    take_in(state, job)
    work(job.id)
    assert (read(state, job.id).state, read(state, job.id).attempts_made) == (State.DELAYED, 0)


async def later(job, factor=1):
    await asyncio.sleep(0)
    return job.data["n"] * factor


class Doubling:
    async def __call__(self, job):
        return await later(job, 2)


@pytest.mark.parametrize(
    ("function", "result"),
    [(later, 3), (functools.partial(later, factor=2), 6), (Doubling(), 6)],
    ids=["function", "partial", "object"],
)
def test_asynchronous_functions_and_callable_objects_run(state, work, function, result):
    handler(TYPE)(function)
    job = new(data={"n": 3})
    take_in(state, job)
    work(job.id)
    assert read(state, job.id).result == result


@pytest.mark.parametrize(
    ("line", "kept"), [("bad\udcff", "bad\\udcff"), (5, "5"), (None, "None"), (MuteError(), "(a MuteError whose")]
)
def test_anything_can_be_logged(state, work, line, kept):
    handler(TYPE)(lambda job: job.log(line))
    job = new()
    take_in(state, job)
    work(job.id)
    assert read(state, job.id).state is State.COMPLETE
    assert state.lrange(keys.log(job.id), 0, -1)[0].startswith(kept)


@pytest.mark.parametrize(
    ("done", "total"),
    [(math.nan, 1), (math.inf, 1), (1, math.nan), ("1", 2), (None, None), (10**400, 1), (1, 0), (-1, 9)],
)
def test_impossible_progress_fails_no_job(state, work, done, total):
    handler(TYPE)(lambda job: job.progress(done, total))
    job = new()
    take_in(state, job)
    work(job.id)
    assert read(state, job.id).state is State.COMPLETE
