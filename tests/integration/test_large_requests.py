"""Requests of many parts: taken whole or not at all, whoever is killed when, and others get in between."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tasks_app.errors import IdempotencyConflictError, QueueFullError, StateUnavailableError, TooManyTypesError
from tasks_app.jobs import new_job
from tasks_app.jobs.intake import Intake
from tasks_app.jobs.job import State
from tasks_app.jobs.staging import PATIENCE_MS, Staging
from tasks_app.state import keys
from tests.integration.large_requests import (
    BATCH,
    COUNT,
    assert_all_there,
    large,
    leftovers,
    make_overdue,
    stored,
    submit_and_die,
)
from tests.jobs import TYPE, events_of, new, options, read, take_in, told
from worker.jobs.job_store import JobStore
from worker.maintenance import Maintenance

PARTS = -(-COUNT // new_job.JOBS_PER_PART)
ROOT = Path(__file__).parents[2]


def test_a_large_request_is_taken_in_its_order(state):
    jobs = large()
    wakes = take_in(state, *jobs)
    assert_all_there(state, jobs)
    assert {wake.type for wake in wakes} == {TYPE}
    assert read(state, jobs[-1].id).state is State.QUEUED


def test_another_request_gets_in_between_the_parts_of_a_large_one(state):
    # Given somebody who submits a job whenever a part of the large request has been recorded
    intake, other = Intake(state, lambda _: None, options()), Intake(state, lambda _: None, options())
    script, small = intake._staging._fill, []

    def fill(**call):
        small.append(new(type="other"))
        other.submit([small[-1]])
        return script(**call)

    intake._staging._fill = fill

    # When the large request is taken in
    intake.submit(large())

    # Then each of theirs comes before a part, and no part is larger than it may be
    types = [event.type for event in events_of(state)]
    runs = "".join("o" if kind == "other" else "x" for kind in types).strip("o").split("o")
    assert len(small) == PARTS == len(runs)
    assert max(map(len, runs)) == new_job.JOBS_PER_PART


def test_a_large_request_without_a_batch_is_taken_whole_too(state):
    jobs = [replace(job, batch="") for job in large()]
    take_in(state, *jobs)
    assert state.zrange(keys.index(TYPE, "queued"), 0, -1) == [job.id for job in jobs]
    assert leftovers(state) == []


def test_what_is_staged_and_not_taken_is_seen_by_nobody_and_expires(state):
    jobs = large()
    staging = Staging(state, options())
    staging._stage("token a", new_job.parts(jobs, options()))
    assert stored(state) == [keys.staged("token a")]
    assert 0 < state.ttl(keys.staged("token a")) <= 60
    assert staging.fill_overdue() == []


def test_parts_that_expired_before_they_were_taken_are_not_half_a_request(state):
    intake = Intake(state, lambda _: None, options())
    script = intake._staging._commit

    def commit(**call):
        state.delete(*leftovers(state))
        return script(**call)

    intake._staging._commit = commit
    with pytest.raises(StateUnavailableError):
        intake.submit(large())
    assert stored(state) == []


@pytest.mark.parametrize("fills", [0, 1, PARTS - 1])
def test_what_was_taken_is_recorded_by_the_clock_when_its_caller_dies(state, fills, usher):
    # Given a caller that died after it had recorded some parts
    jobs = large()
    submit_and_die(state, jobs, fills)
    assert state.zcard(keys.index(TYPE, "queued")) == fills * new_job.JOBS_PER_PART
    clock = Maintenance(usher, [TYPE], [])
    assert {state.ttl(key) for key in leftovers(state)} == {-1}

    # When it could still be alive, nothing happens; later all the rest is recorded, once, and a slot woken if none is
    assert clock._staging.fill_overdue() == []
    make_overdue(state)
    assert bool(clock._staging.fill_overdue()) == (fills == 0)
    assert_all_there(state, jobs)
    assert clock._staging.fill_overdue() == []
    assert [told(state, job.id) for job in (jobs[0], jobs[-1])] == [["queued"], ["queued"]]


def test_the_clock_of_a_worker_does_so(state, monkeypatch, usher):
    jobs = large()
    submit_and_die(state, jobs, 1)
    make_overdue(state)
    Maintenance(usher, [TYPE], []).tick()
    assert_all_there(state, jobs)


def test_a_caller_and_the_clock_may_do_it_at_once(state):
    # Given a caller that was silent for so long that the clock went on in its place
    jobs = large()
    intake, clock = Intake(state, lambda _: None, options()), Staging(state, options())
    script = intake._staging._fill

    def fill(**call):
        make_overdue(state)
        if state.zcard(keys.index(TYPE, "queued")):
            clock.fill_overdue()
        return script(**call)

    intake._staging._fill = fill

    # When it wakes up again, then its request is there once, and it is told so
    assert intake.submit(jobs) == [True] * len(jobs)
    assert_all_there(state, jobs)


def test_a_step_back_of_the_time_delays_nothing(state):
    jobs = large()
    submit_and_die(state, jobs, 0)
    seconds, _ = state.time()
    for token in state.zrange(keys.filling(), 0, -1):
        state.zadd(keys.filling(), {token: (seconds + 86_400) * 1000 + PATIENCE_MS})
    Staging(state, options()).fill_overdue()
    assert_all_there(state, jobs)


DIE = """
import os, signal, sys
from tasks_app.state import connections
from tests.jobs import options
from tasks_app.jobs.intake import Intake
from tasks_app.jobs.staging import Staging
from tests.integration.large_requests import large
point, after = sys.argv[2], int(sys.argv[3])
intake, calls = Intake(connections.connect(sys.argv[1], 5), lambda _: None, options()), []
staging = intake._staging
call = getattr(staging, point)
def dies(*given, **named):
    calls.append(1)
    if len(calls) > after:
        os.kill(os.getpid(), signal.SIGKILL)
    return call(*given, **named)
setattr(staging, point, dies)
intake.submit(large("key"))
"""


@pytest.mark.parametrize(("point", "after"), [("_taken", 0), ("_commit", 0), ("_fill", 0), ("_fill", 2)])
def test_a_killed_process_leaves_all_or_nothing_and_its_repeat_finds_it(valkey, state, point, after):
    # Given a web process that is killed in the middle
    died = subprocess.run([sys.executable, "-c", DIE, valkey.url(), point, str(after)], cwd=ROOT, check=False)
    assert died.returncode == -9

    # When the caller repeats its request, before or after the clock has looked, then it is there as a whole, and once
    jobs = large("key")
    news = Intake(state, lambda _: None, options()).submit(jobs)
    assert news == [number >= after * new_job.JOBS_PER_PART for number in range(COUNT)]
    make_overdue(state)
    Staging(state, options()).fill_overdue()
    for key in leftovers(state):
        assert 0 < state.ttl(key) <= 60  # what the killed process had staged and nobody took
        state.delete(key)
    assert_all_there(state, jobs)


def test_a_large_request_that_comes_again_adds_nothing(state):
    jobs = large("key")
    intake = Intake(state, lambda _: None, options())
    assert [set(intake.submit(jobs)), set(intake.submit(jobs))] == [{True}, {False}]
    assert_all_there(state, jobs)


def test_a_large_request_under_a_key_of_another_is_refused_whole(state):
    # Given a key that a single job has
    take_in(state, new(id="0" * 26, fingerprint="single"))

    # When a large request comes under it, nothing of it is taken
    with pytest.raises(IdempotencyConflictError):
        take_in(state, *large("key"))
    assert state.zcard(keys.index(TYPE, "queued")) == 1
    assert (leftovers(state), state.exists(keys.batch(BATCH))) == ([], 0)


def test_a_job_in_the_middle_that_is_known_under_another_key_keeps_the_whole_request_out(state):
    jobs = large("key")
    take_in(state, replace(jobs[COUNT // 2], fingerprint="other", request="", batch=""))
    with pytest.raises(IdempotencyConflictError):
        take_in(state, *jobs)
    assert state.zcard(keys.index(TYPE, "queued")) == 1


def test_a_full_queue_refuses_a_large_request_whole_and_knows_a_repeated_one(state):
    # Given a queue that a large request has filled
    limits = options(queue_limit=COUNT)
    take_in(state, *large("key"), limits=limits)

    # When another comes, nothing of it is taken; the same one is known
    others = [new() for _ in range(COUNT)]
    with pytest.raises(QueueFullError):
        take_in(state, *others, limits=limits)
    assert not any(Intake(state, lambda _: None, limits).submit(large("key")))
    assert_all_there(state, large())


def test_jobs_that_are_taken_and_not_recorded_yet_count_as_waiting(state):
    submit_and_die(state, large(), 0)
    limits = options(queue_limit=COUNT)
    with pytest.raises(QueueFullError):
        take_in(state, new(), limits=limits)
    with pytest.raises(QueueFullError):
        take_in(state, *[new() for _ in range(COUNT)], limits=limits)
    take_in(state, new(type="other"), limits=limits)


def test_a_type_too_many_in_a_large_request_keeps_it_out_whole(state):
    limits = options(type_limit=2)
    jobs = [*large()[:-2], new(type="second"), new(type="third")]
    with pytest.raises(TooManyTypesError):
        take_in(state, *jobs, limits=limits)
    assert stored(state) == []
    take_in(state, *jobs[:-1], limits=limits)


def test_what_cannot_be_recorded_at_its_end_keeps_a_large_request_out(state):
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        take_in(state, *large(), new(title="\ud800"))
    assert stored(state) == []


def test_a_batch_is_not_finished_and_not_forgotten_while_parts_of_it_are_missing(state, monkeypatch, usher):
    # Given a batch of which the first part is recorded and done
    jobs = large(error='{"code":"suppressed","message":"no"}')
    submit_and_die(state, jobs, 1)
    found = usher.batches.read(BATCH)
    assert (found.total, found.counts["failed"], found.finished) == (new_job.JOBS_PER_PART,) * 2 + (False,)

    # When its time would be over, it stays
    state.zadd(keys.batches(), {BATCH: 1})
    JobStore(state, options()).forget()
    assert state.exists(keys.batch(BATCH))

    # Then it is finished with its last part
    make_overdue(state)
    Staging(state, options()).fill_overdue()
    assert (usher.batches.read(BATCH).finished, usher.batches.read(BATCH).total) == (True, COUNT)
