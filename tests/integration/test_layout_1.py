"""Layout 0 to 1: queued jobs get their places, where they had times."""

import itertools

import redis

from tasks_app.state import keys
from tests.integration.migrating import migrated
from tests.jobs import TYPE, new, options, take_in
from worker.jobs.job_store import JobStore, Slot

NOW_MS = 1_790_000_000_000
SECOND_LOOK_MS = 30_000
NEVER = 253_402_300_799_000  # of a job that is held back, in that layout


def lay_out(state: redis.Redis) -> None:
    """As the release before turns wrote it: 500 jobs, 200 of them in a millisecond; some urgent, some held back."""
    state.sadd("{jobs}:types", TYPE, "empty")
    for n in range(500):
        came, priority = NOW_MS + n // 200, -15 if n % 100 == 99 else 0
        record = {"state": "queued", "type": TYPE, "data": "{}", "created": came, "max": 1}
        state.hset(f"{{jobs}}:job:job{n}", mapping=record | ({"priority": priority} if priority else {}))
        state.zadd(f"{{jobs}}:index:{TYPE}:queued", {f"job{n}": came + SECOND_LOOK_MS + (n % 200) / 1000})
    for n in range(3):
        state.hset(
            f"{{jobs}}:job:kept{n}", mapping={"state": "queued", "type": TYPE, "data": "{}", "created": NOW_MS + n}
        )
        state.zadd(f"{{jobs}}:index:{TYPE}:queued", {f"kept{n}": NEVER})
        state.rpush("{jobs}:parked:batch:b", f"kept{n}")
    state.sadd("{jobs}:parked", "batch:b")
    state.hset("{jobs}:closed", "batch:b", NOW_MS)


def test_all_are_claimed_in_the_order_in_which_they_came_the_urgent_ones_first(state, usher):
    migrated(state, 0, lay_out)
    store = JobStore(state, options())
    claimed = [claim.id for claim in claims_of(store)]
    urgent = [f"job{n}" for n in range(99, 500, 100)]
    assert claimed == urgent + [f"job{n}" for n in range(500) if n % 100 != 99]

    # Those held back come when the batch is resumed, and before what came later
    (later,) = (new(),)
    take_in(state, later)
    usher.controls.resume("batch:b")
    assert store.reinstate()[0] == 3
    assert [claim.id for claim in claims_of(store)] == ["kept0", "kept1", "kept2", later.id]


def claims_of(store: JobStore) -> list:
    found = iter(lambda: store.turn(Slot(TYPE, "jobs", "worker@test", 0, "test"), 200).claims, ())
    return list(itertools.chain.from_iterable(itertools.takewhile(bool, found)))


def test_jobs_that_have_a_place_keep_it(state):
    jobs = [new(priority=priority) for priority in (10, 0, -15)]
    take_in(state, *jobs)
    queued = state.zrange(keys.index(TYPE, "queued"), 0, -1, withscores=True)

    def as_it_is(again: redis.Redis) -> None:
        lay_out(again)
        again.zadd(keys.index(TYPE, "queued"), dict(queued))

    migrated(state, 0, as_it_is)
    places = dict(state.zrange(keys.index(TYPE, "queued"), 0, -1, withscores=True))
    assert {job_id: places[job_id] for job_id, _ in queued} == dict(queued)
