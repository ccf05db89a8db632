"""What is kept of each attempt of a job: its error, its times, and a bounded traceback without secrets."""

import json
import re

import pytest

from tasks_app.jobs.job import State
from tasks_app.state import keys
from tests.integration.odd_errors import MuteError
from tests.jobs import TYPE, new, read, take_in
from worker.jobs.handlers import handler
from worker.jobs.run import Runner


def test_a_complete_job_has_no_error_of_an_earlier_attempt(state, usher, work):
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
    usher.part(Runner).store.promote([TYPE])
    work(job.id)
    assert (read(state, job.id).result, read(state, job.id).error) == (2, None)


def deep(depth):
    if depth:
        deep(depth - 1)
    raise ValueError("x" * 5_000 + "\udcff")


def test_each_failed_attempt_is_kept_with_a_bounded_traceback(state, usher, work):
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
        usher.part(Runner).store.promote([TYPE])

    # Then the job shows the last ten attempts, the successful one too
    found = read(state, job.id)
    assert (found.state, found.error, found.attempts_made) == (State.COMPLETE, None, 13)
    *failed, last = found.attempts
    assert (len(failed), last["error"], last["worker"]) == (9, None, "worker@test")
    assert all(one["started_ms"] <= one["finished_ms"] for one in found.attempts)
    assert all(len(one["error"]["traceback"]) <= 4_100 for one in failed)
    assert "in deep\n" in failed[0]["error"]["traceback"]
    assert "test_run_attempts.py" in failed[-1]["error"]["traceback"]
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

    # Then every frame names its file, and nothing shows its folder or the secret
    text = read(state, job.id).attempts[-1]["error"]["traceback"]
    files = re.findall(r'File "(.*?)", line', text)
    assert "test_run_attempts.py" in files
    assert not [file for file in files if "/" in file]
    assert "hunter2" not in text
