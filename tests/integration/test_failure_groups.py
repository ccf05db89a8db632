"""Failed jobs are counted by type and kind of error, exactly, whatever becomes of them."""

import json
from collections.abc import Callable

import pytest
import redis

from tasks_app.jobs import FailureGroup, FailureQueries, Failures, JobControls, State, WantedJobs
from tasks_app.jobs.failures import kind_of
from tasks_app.jobs.job_lists import JobLists
from tasks_app.state import keys
from tests.jobs import TYPE, assert_consistent, claim, new, options, take_in
from worker.census.regrouping import Regrouping
from worker.jobs.job_store import JobStore, Settlement

DAY_MS = 86_400_000


@pytest.fixture
def store(state: redis.Redis) -> JobStore:
    return JobStore(state, options())


def fail(state: redis.Redis, store: JobStore, code: str = "permanent", message: str = "no", **fields: object) -> str:
    """A job that failed so; its id."""
    job = new(**fields)
    take_in(state, job)
    error = json.dumps({"code": code, "message": message})
    store.settle([Settlement(one, "permanent", error) for one in claim(store, job.id)])
    return job.id


def read(state: redis.Redis, span: str = "hour", **wanted: object) -> Failures:
    return FailureQueries(state).read(span, **wanted)  # type: ignore[arg-type]


def counts(state: redis.Redis) -> dict[tuple[str, str], int]:
    return {(one.type, one.kind): one.count for one in read(state).groups}


def replay(state: redis.Redis, job_id: str) -> None:
    JobControls(state, lambda _: None).replay(job_id)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("time_limit", "It took longer than its time limit", "time_limit"),
        ("error", "ValueError: 5: no", "error:ValueError"),
        ("error", "TimeoutError", "error:TimeoutError"),
        ("error", "the shop is closed: sorry", "error"),
        ("error", f"{'E' * 101}: no", "error"),
        ("error", f"{'E' * 100}: no", f"error:{'E' * 100}"),
        ("error", "", "error"),
        ("error", "ValueError\nsecond line: x", "error"),
        ("permanent", "ValueError: no", "permanent"),
        ("né\u2028 \n:", "x", "né\u2028 \n:"),
    ],
)
def test_scripts_and_python_see_the_same_kind(
    state: redis.Redis, store: JobStore, code: str, message: str, kind: str
) -> None:
    fail(state, store, code, message)
    assert kind_of({"code": code, "message": message}) == kind
    assert counts(state) == {(TYPE, kind): 1}


def test_a_group_has_its_times_its_course_an_example_and_what_it_says(state: redis.Redis, store: JobStore) -> None:
    # Given six jobs that failed alike, one a day ago, and one that failed otherwise
    ids = [fail(state, store, "error", f"ValueError: bad\n  path {n}") for n in range(6)]
    fail(state, store, "time_limit")
    name = keys.failed_alike(TYPE, "error:ValueError")
    last_ms = int(state.zscore(name, ids[5]) or 0)
    state.zadd(name, {ids[0]: last_ms - DAY_MS})

    # Then the larger group comes first, with all of it
    found = read(state)
    one = found.groups[0]
    assert (found.count, found.ungrouped, found.groups_count, len(found.groups)) == (7, 0, 2, 2)
    assert (one.type, one.kind, one.count) == (TYPE, "error:ValueError", 6)
    assert (one.first_ms, one.last_ms) == (last_ms - DAY_MS, last_ms)
    assert one.message == f"ValueError: bad path {ids.index(one.jobs[0])}"
    assert len(set(one.jobs)) == 5
    assert ids[0] not in one.jobs
    assert (len(one.course), sum(one.course)) == (60, 5)
    assert found.start_ms + 60 * found.step_ms > last_ms

    # And fewer, or those of one type, if that is asked for
    assert [[group.count for group in read(state, most=most).groups] for most in (1, 0)] == [[6], []]
    assert read(state, job_type="other").groups == []
    assert len(read(state, "day").groups[0].course) == 96


def test_a_job_leaves_its_group_whatever_becomes_of_it(state: redis.Redis, store: JobStore) -> None:
    # Given jobs that failed alike
    replayed, forgotten, old, left = (fail(state, store) for _ in range(4))
    both = {(TYPE, "permanent"): 4}
    assert counts(state) == both

    # When one is replayed, one is forgotten, and one is past its retention
    replay(state, replayed)
    assert counts(state) == {(TYPE, "permanent"): 3}
    JobControls(state, lambda _: None).forget(forgotten)
    state.zadd(keys.index(TYPE, State.FAILED), {old: 1})
    store.forget([])

    # Then one is left; and the group goes with it
    assert (counts(state), read(state).groups[0].jobs) == ({(TYPE, "permanent"): 1}, [left])
    replay(state, left)
    assert (counts(state), state.smembers(keys.failure_kinds(TYPE))) == ({}, set())
    assert not state.exists(keys.failed_alike(TYPE, "permanent"))
    assert_consistent(state)

    # And a replayed job that fails in another way is in another group
    error = '{"code":"time_limit","message":"x"}'
    store.settle([Settlement(one, "permanent", error) for one in claim(store, replayed)])
    assert counts(state) == {(TYPE, "time_limit"): 1}


def test_a_job_that_failed_before_it_started_is_counted(state: redis.Redis) -> None:
    take_in(state, new(error='{"code":"suppressed","message":"It is on a list"}'))
    assert counts(state) == {(TYPE, "suppressed"): 1}


def test_a_type_has_a_hundred_kinds_and_the_rest_together(state: redis.Redis, store: JobStore) -> None:
    # Given 103 codes
    ids = [fail(state, store, f"code{n:03}") for n in range(103)]
    assert counts(state)[TYPE, ""] == 3
    assert len(counts(state)) == 50
    assert read(state).groups_count == 101

    # When jobs of the rest and of the others are replayed, then each leaves its own group
    for one in (ids[0], ids[102]):
        replay(state, one)
    assert counts(state)[TYPE, ""] == 2
    assert read(state).count == 101
    assert_consistent(state)


def test_the_list_of_jobs_takes_a_kind_as_code(state: redis.Redis, store: JobStore) -> None:
    fail(state, store, "error", "KeyError: 1")
    wanted = fail(state, store, "error", "ValueError: 1")

    def listed(code: str) -> list[str]:
        return [one.id for one in JobLists(state).page(WantedJobs(State.FAILED, TYPE, code=code), "", 10).jobs]

    assert listed("error:ValueError") == [wanted]
    assert len(listed("error")) == 2


def regroup(state: redis.Redis) -> None:
    found = Regrouping(state, at_once=50)
    for _ in range(20):
        found.go_on()


def group(state: redis.Redis) -> FailureGroup:
    [one] = read(state).groups
    return one


@pytest.mark.parametrize(
    "hurt",
    [
        lambda state, _: state.delete(keys.failure_kinds(TYPE), keys.failed_alike(TYPE, "permanent")),
        lambda state, ids: state.zrem(keys.failed_alike(TYPE, "permanent"), ids[7]),
        lambda state, _: state.zadd(keys.failed_alike(TYPE, "permanent"), {"gone": 1}),
        lambda state, ids: (
            state.sadd(keys.failure_kinds(TYPE), "x"),
            state.zadd(keys.failed_alike(TYPE, "x"), {ids[0]: 1}),
        ),
    ],
    ids=["none are grouped", "one is left out", "one is left behind", "one is in another group"],
)
def test_what_an_earlier_release_left_is_put_right(
    state: redis.Redis, store: JobStore, hurt: Callable[[redis.Redis, list[str]], None]
) -> None:
    # Given more failed jobs than one script looks at
    ids = [fail(state, store) for _ in range(200)]
    before = group(state)

    # When a program that knows no groups changes some, then the number that is missing is told
    hurt(state, ids)
    assert read(state).ungrouped == 200 - min(200, sum(counts(state).values()))

    # And the census puts it right
    regroup(state)
    assert group(state) == before
    assert read(state).ungrouped == 0
    assert_consistent(state)


def test_where_all_is_right_nothing_is_looked_at(state: redis.Redis, store: JobStore) -> None:
    fail(state, store)
    found = Regrouping(state)
    found.go_on()
    assert found._walks == []
