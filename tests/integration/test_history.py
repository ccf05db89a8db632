"""The history by the minute: exact, bounded, with gaps where nothing was recorded."""

import json
from collections.abc import Callable

import pytest
import redis

from tasks_app.jobs import State
from tasks_app.lua import job_script
from tasks_app.metrics import History, HistoryQueries
from tasks_app.metrics.history import NUMBERS
from tasks_app.state import history_keys, keys, worker_keys
from tests.inventory_kit import definition, wish
from tests.jobs import TYPE, new, options, take_in
from tests.roots import Root
from worker.census import Sampler
from worker.inventory.inventory_store import InventoryStore
from worker.jobs.job_store import JobStore

CLOCK = "{jobs}:test:sampled"
START = 1_795_683_600_000  # the beginning of a minute, and of a quarter of an hour
MINUTE = 60_000
Sample = Callable[[float], None]


def timed(name: str) -> str:
    """A script that reads the test's time."""
    return job_script(name).replace("redis.call('TIME')", f"redis.call('MGET', '{CLOCK}:s', '{CLOCK}:us')")


@pytest.fixture
def sample(state: redis.Redis) -> Sample:
    """Have a new process sample, so many minutes after the start of the test's time."""

    def run(minutes: float) -> None:
        now_ms = round(START + minutes * MINUTE)
        state.mset({f"{CLOCK}:s": now_ms // 1000, f"{CLOCK}:us": now_ms % 1000 * 1000})
        Sampler(state, timed).go_on()

    return run


def row(state: redis.Redis, minute: int) -> dict[str, list[int]] | None:
    """The types in the row of the minute that begins so many minutes after the start."""
    text = state.hget(history_keys.history_minutes(), str(START // MINUTE + minute))
    return json.loads(text)["t"] if text else None


def count(state: redis.Redis, job_type: str = TYPE, **numbers: int) -> None:
    state.sadd(keys.types(), job_type)
    for name, number in numbers.items():
        state.hincrby(worker_keys.meters(job_type), name, number)


def test_a_row_has_what_was_counted_since_the_last_one(state: redis.Redis, sample: Sample) -> None:
    # Given what was counted before the first sample, and more after it
    count(state, complete=100)
    sample(0.5)
    count(state, submitted=5, complete=3, failed=2, retrying=1, snoozed=4)

    # When two processes sample in the next minute, and again in the one after that
    sample(1.001)
    count(state, complete=7)
    sample(1.5)
    sample(2.001)

    # Then each minute has its own, once
    assert row(state, 0) == {TYPE: [5, 3, 2, 1, 4, 0, 0, 0]}
    assert row(state, 1) == {TYPE: [0, 7, 0, 0, 0, 0, 0, 0]}
    assert row(state, 2) is None


def test_the_scripts_counters_and_backlogs_are_what_is_sampled(usher: Root, state: redis.Redis) -> None:
    # Given a job that waits, one that runs and one that is done, and a sample of the minute before
    Sampler(state).go_on()
    first, _ = new(), take_in(state, new())
    store = JobStore(state, options())
    store.claim(TYPE, "worker@test", 1)
    take_in(state, first)
    seconds, _ = state.time()
    state.set(history_keys.history_sampled(), str((seconds // 60 - 1) * MINUTE))

    # When the next sample comes, Then it has them
    Sampler(state).go_on()
    course = usher.history.read("hour").types[TYPE]
    told = {name: [one for one in numbers if one is not None] for name, numbers in course.items()}
    assert (told["created"], told["waiting"], told["running"], len(told["oldest_ms"])) == ([2], [1], [1], 1)
    assert usher.jobs.counts([TYPE])[TYPE][State.ACTIVE] == 1


def test_a_gap_is_null_and_what_was_counted_in_it_comes_after_it(
    usher: Root, state: redis.Redis, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(0.001)
    count(state, complete=1)
    sample(1.001)
    count(state, complete=20)
    sample(4.001)  # nobody sampled for three minutes
    found = read_at(usher, monkeypatch, 5)
    assert found.types[TYPE]["completed"][-5:] == [1, None, None, 20, None]
    assert found.recorded_ms[-5:] == [MINUTE, None, None, 3 * MINUTE, None]
    assert found.queues["jobs"]["completed"][-2] == 20
    assert (found.start_ms, len(found.recorded_ms)) == (START - 55 * MINUTE, 60)


def test_rates_are_of_the_last_full_minute_and_of_this_one(state: redis.Redis, sample: Sample) -> None:
    # Given a minute with 60 new jobs, and half a minute with 30 more, and a type that does nothing
    history = HistoryQueries(state, timed)
    count(state, "idle", complete=5)
    sample(0)
    assert history.rates() == {}
    count(state, submitted=60, complete=15)
    sample(1)
    count(state, submitted=30)
    state.set(f"{CLOCK}:s", START // 1000 + 90)
    assert history.rates() == {
        TYPE: {"created": 60.0, "completed": 10.0, "failed": 0.0, "retried": 0.0, "snoozed": 0.0}
    }


def read_at(usher: Root, monkeypatch: pytest.MonkeyPatch, minutes: float, span: str = "hour", **which: str) -> History:
    """The history as it is so many minutes after the start."""
    pipeline = redis.client.Pipeline
    at_s = int(START / 1000 + minutes * 60)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "time", lambda self: self.eval(f"return {{{at_s}, 0}}", 0))
        return usher.history.read(span, which.get("job_type"), which.get("queue"))  # type: ignore[arg-type]


def test_a_day_has_the_sums_of_its_quarters(
    usher: Root, state: redis.Redis, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(0)
    for minute in range(1, 32):
        count(state, complete=minute)
        sample(minute)
    day = read_at(usher, monkeypatch, 31, "day")
    assert day.types[TYPE]["completed"][-3:] == [sum(range(1, 16)), sum(range(16, 31)), 31]
    assert day.recorded_ms[-4:] == [None, 15 * MINUTE, 15 * MINUTE, MINUTE]
    assert (len(day.recorded_ms), day.step_ms) == (96, 900_000)


def test_old_rows_go(state: redis.Redis, sample: Sample) -> None:
    for minute in range(62):
        sample(minute)
    assert state.hlen(history_keys.history_minutes()) == 60
    assert row(state, 0) is None
    assert row(state, 60) is not None
    for day_minute in range(100, 100 + 97 * 15, 15):
        sample(day_minute)
    assert state.hlen(history_keys.history_quarters()) == 96


def test_a_type_that_ended_and_came_again_counts_from_zero(state: redis.Redis, sample: Sample) -> None:
    # Given a type whose counters ended, by a script that told it and by one of an older release that did not
    store = JobStore(state, options())
    count(state, complete=10)
    count(state, "other", complete=10)
    sample(0)
    store.forget()
    assert state.hkeys(history_keys.history_counted()) == []
    state.hset(history_keys.history_counted(), "other", "0 10 0 0 0")

    # When they come again
    count(state, complete=12)
    count(state, "other", complete=4)
    sample(1)

    # Then all that is new counts
    assert row(state, 0) == {TYPE: [0, 12, 0, 0, 0, 0, 0, 0], "other": [0, 4, 0, 0, 0, 0, 0, 0]}


def test_time_that_steps_back_counts_nothing_twice(state: redis.Redis, sample: Sample) -> None:
    sample(10)
    count(state, complete=1)
    sample(11)
    count(state, complete=2)
    sample(5)  # the clock is set back
    count(state, complete=4)
    sample(6)
    assert row(state, 10) is None
    assert row(state, 5) == {TYPE: [0, 6, 0, 0, 0, 0, 0, 0]}


def test_a_row_is_bounded_and_says_what_it_leaves_out(
    usher: Root, state: redis.Redis, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more types than a row has room for, with the longest names and large numbers
    names = [f"{number:0>3}".ljust(64, "x") for number in range(260)]
    sample(0)
    count(state, names[0], complete=1)
    sample(1)
    for minute in range(2, 4):
        for place, name in enumerate(names):
            count(
                state, name, **dict.fromkeys(("submitted", "complete", "failed", "retrying", "snoozed"), 10**7 + place)
            )
        sample(minute)

    # Then those with most to tell are there, the others unknown, and the queue has all
    found = read_at(usher, monkeypatch, 3)
    assert set(found.types) == {names[0], *names[60:]}
    assert found.types[names[0]]["completed"][-3:] == [1, None, None]
    assert found.queues["jobs"]["completed"][-1] == 260 * 10**7 + sum(range(260))
    sizes = [
        state.hstrlen(history_keys.history_minutes(), field) for field in state.hkeys(history_keys.history_minutes())
    ]
    assert max(sizes) * (60 + 96) < 5 * 2**20


def test_types_and_queues_are_chosen(
    usher: Root, state: redis.Redis, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(0)
    count(state, complete=1)
    count(state, "other", complete=2)
    count(state, "reserve_seat", complete=3)
    sample(1)
    one = read_at(usher, monkeypatch, 1, job_type="other")
    assert (set(one.types), one.queues, one.types["other"]["completed"][-1]) == ({"other"}, {}, 2)
    lane = read_at(usher, monkeypatch, 1, queue="reservations")
    assert (set(lane.types), set(lane.queues)) == ({"reserve_seat"}, {"reservations"})
    assert set(NUMBERS) == set(lane.queues["reservations"])


def test_shows_on_sale_that_move_have_their_units(usher: Root, state: redis.Redis) -> None:
    # Given a show that moved, one that did not since the last sample, and one that is closed
    inventory = InventoryStore(state)
    for name in ("moves", "rests", "closed"):
        inventory.create(f"show:{name}", definition(hold_ms=60_000, floor=10))
        inventory.reserve(f"show:{name}", [wish(f"{name}-1", ("floor", 2))])
    state.hset("{jobs}:show:closed:meta", "status", "closed")
    seconds, _ = state.time()
    state.set(history_keys.history_sampled(), str((seconds // 60 - 1) * MINUTE))
    entry = state.xrange("{jobs}:show:rests:log")[-1]
    state.delete("{jobs}:show:rests:log")
    state.xadd("{jobs}:show:rests:log", entry[1], id="1000-0")

    # When a sample is taken
    Sampler(state).go_on()

    # Then it has the units of the first
    found = usher.history.read("hour").inventories
    assert {
        name: {part: [one for one in course if one is not None] for part, course in its.items()}
        for name, its in found.items()
    } == {"show:moves": {"available": [8], "held": [2], "sold": [0]}}
