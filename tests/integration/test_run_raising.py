"""Whatever a handler raises or says: one failed attempt with its name, no endless loop, no poison."""

import asyncio
import functools
import json
import math
import re
import sys

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
from tests.jobs import TYPE, new, read, slot_works, take_in
from worker.jobs import run
from worker.jobs.handlers import gradually, handler, registry, together


@pytest.fixture
def work(usher):
    """Do a message's jobs as a worker would, on the test's own server."""
    kept = dict(registry)
    yield lambda *ids: slot_works(TYPE, *ids)
    registry.clear()
    registry.update(kept)


class MuteError(Exception):
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class ExitingTextError(Exception):
    def __str__(self):
        sys.exit(3)


class OddTextError(Exception):
    def __str__(self):
        return 5


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
def test_whatever_is_raised_is_one_failed_attempt_with_its_name(state, work, kind, error, text):
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
def test_progress_that_is_no_share_fails_nothing(state, work, done, total):
    handler(TYPE)(lambda job: job.progress(done, total))
    job = new()
    take_in(state, job)
    work(job.id)
    assert read(state, job.id).state is State.COMPLETE


def test_a_complete_job_has_no_error_of_an_earlier_attempt(state, work):
    def do(job):
        if job.attempt == 1:
            raise ValueError("once")
        return job.attempt

    handler(TYPE)(do)
    job = new(attempts=2)
    take_in(state, job)
    work(job.id)
    assert read(state, job.id).error["message"] == "ValueError: once"
    state.zadd(keys.index(TYPE, "delayed"), {job.id: 1})
    run.store().promote([TYPE])
    work(job.id)
    assert (read(state, job.id).result, read(state, job.id).error) == (2, None)


def deep(depth):
    if depth:
        deep(depth - 1)
    raise ValueError("x" * 5_000 + "\udcff")


def test_each_failed_attempt_is_kept_with_a_bounded_traceback(state, work):
    # Given a handler that fails twelve times in different ways, and then succeeds
    def do(job):
        if job.attempt == 12:
            raise MuteError
        if job.attempt < 12:
            deep(900 if job.attempt > 10 else 3)

    handler(TYPE)(do)
    job = new(attempts=20)
    take_in(state, job)
    for _ in range(13):
        work(job.id)
        state.zadd(keys.index(TYPE, "delayed"), {job.id: 1}, xx=True)
        run.store().promote([TYPE])

    # Then the last ten attempts are told, the one that succeeded too
    found = read(state, job.id)
    assert (found.state, found.error, found.attempts_made) == (State.COMPLETE, None, 13)
    *failed, last = found.attempts
    assert (len(failed), last["error"], last["worker"]) == (9, None, "worker@test")
    assert all(one["started_ms"] <= one["finished_ms"] for one in found.attempts)
    assert all(len(one["error"]["traceback"]) <= 4_100 for one in failed)
    assert "in deep\n" in failed[0]["error"]["traceback"]
    assert "test_run_raising.py" in failed[-1]["error"]["traceback"]
    assert "MuteError" in failed[-1]["error"]["traceback"]
    assert failed[-1]["error"]["code"] == "error"


def test_a_job_that_succeeds_at_once_keeps_nothing_of_its_attempts(state, work):
    handler(TYPE)(lambda job: None)
    job = new()
    take_in(state, job)
    work(job.id)
    assert not any(name.startswith("try:") for name in state.hkeys(keys.job(job.id)))
    assert len(read(state, job.id).attempts) == 1


def raise_in_a_group():
    try:
        deep(1)
    except ValueError as cause:
        raise ExceptionGroup("several", [cause, OSError("b")]) from cause


@pytest.mark.parametrize("fail", [lambda: deep(3), raise_in_a_group, lambda: json.loads("{")])
def test_a_traceback_names_files_without_their_folders_and_no_local_values(state, work, fail):
    # Given a handler that fails while it holds a secret
    def do(job):
        secret = "".join(("hunter", "2"))
        fail()
        return secret

    handler(TYPE)(do)
    job = new(attempts=1)
    take_in(state, job)
    work(job.id)

    # Then every frame names its file, and nothing tells where that is or what the secret was
    text = read(state, job.id).attempts[-1]["error"]["traceback"]
    files = re.findall(r'File "(.*?)", line', text)
    assert "test_run_raising.py" in files
    assert not [file for file in files if "/" in file]
    assert "hunter2" not in text
