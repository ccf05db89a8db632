"""A batch outlives the records of its jobs: a repeated request does nothing twice, and one cut short goes on."""

import pytest
import redis

from tasks_app.state import keys
from tests.jobs import TYPE, end_long_ago, new, options, slot_claims, take_in
from tests.jobs import read as read_job
from worker.jobs.job_store import JobStore, Settlement

BATCH = "b" * 26


def wanted(*names: str, fingerprint: str = "f") -> list:
    """Jobs of one keyed request."""
    return [
        new(id=name.ljust(26, "x"), fingerprint=fingerprint, batch=BATCH, request="r", title=name) for name in names
    ]


def complete_and_forget(state: redis.Redis, store: JobStore, *jobs: object) -> None:
    """Do these jobs, and let the clock forget them."""
    claims = slot_claims(store, [job.id for job in jobs])
    store.settle([Settlement(claim, "complete", "1") for claim in claims])
    for job in jobs:
        end_long_ago(state, job.id)
    assert store.forget()[0] == len(jobs)


@pytest.mark.parametrize("forgotten", [[0], [1], [0, 1], [1, 2], [0, 2], [0, 1, 2]])
def test_a_repeated_request_finds_forgotten_jobs(state: redis.Redis, store: JobStore, forgotten: list[int]) -> None:
    # Given a batch of which the clock has forgotten some jobs
    jobs = wanted("a", "b", "c")
    take_in(state, *jobs)
    complete_and_forget(state, store, *[jobs[place] for place in forgotten])

    # When its request comes again, then none of them is new
    before = state.hgetall(keys.batch(BATCH))
    assert take_in(state, *jobs) == []
    assert state.hgetall(keys.batch(BATCH)) == before
    assert state.llen(keys.batch_jobs(BATCH)) == 3


def test_lines_that_go_on_after_a_day_are_taken_from_where_they_ended(state: redis.Redis, store: JobStore) -> None:
    # Given the first part of a stream of lines, done and forgotten
    first, rest = wanted("a", "b"), wanted("c", "d")
    take_in(state, *first)
    complete_and_forget(state, store, *first)

    # When the whole comes again, cut into other parts, then only the rest is new
    for number, part in enumerate([(*first, rest[0]), (rest[1],)], 1):
        take_in(state, *part)
        assert state.zcard(keys.index(TYPE, "queued")) == number
    assert state.lrange(keys.batch_jobs(BATCH), 0, -1) == [job.id for job in (*first, *rest)]


def test_a_large_batch_is_searched_quickly(state: redis.Redis, store: JobStore) -> None:
    # Given a forgotten batch of many parts
    parts = [wanted(*(f"p{part}j{number}" for number in range(500))) for part in range(20)]
    for part in parts:
        take_in(state, *part)
        complete_and_forget(state, store, *part)

    # When all of it comes again, then nothing is new, and the server was not busy with it for long
    before = state.info("cpu")
    for part in parts:
        take_in(state, *part)
    assert state.zcard(keys.index(TYPE, "queued")) == 0
    after = state.info("cpu")
    assert sum(after[name] - before[name] for name in ("used_cpu_user", "used_cpu_sys")) < 5


def test_a_forgotten_batch_takes_its_pause_with_it(state: redis.Redis) -> None:
    # Given an old batch that is over, which was never resumed
    store = JobStore(state, options(keep_complete_seconds=0, keep_failed_seconds=0, keep_cancelled_seconds=0))
    jobs = wanted("a")
    take_in(state, *jobs)
    complete_and_forget(state, store, *jobs)
    state.hset(keys.pauses(), mapping={f"batch:{BATCH}": 1, "type:resize": 1})
    state.zadd(keys.batches(), {BATCH: 1})

    # When the clock forgets it, then that pause goes too
    store.forget()
    assert not state.exists(keys.batch(BATCH))
    assert state.hkeys(keys.pauses()) == ["type:resize"]


def test_a_job_outside_a_batch_leaves_no_mark(state: redis.Redis, store: JobStore) -> None:
    job = new()
    take_in(state, job)
    assert read_job(state, job.id).batch == ""
    complete_and_forget(state, store, job)
    assert not list(state.scan_iter(f"{keys.JOBS}:batch*"))
