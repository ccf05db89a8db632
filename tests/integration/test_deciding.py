"""One script decides reservations, and the result is what their handlers would have made of them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tasks_app.jobs.job import State
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from tests.integration.both_ways import TYPES, BothWays
from tests.integration.reserving_scenarios import SHOW, STEPS, about, floor, take
from tests.inventory_kit import assert_true_numbers
from tests.jobs import assert_consistent, events_of, options, read, told
from tests.roots import Root
from worker.jobs.job_store import JobStore, Slot


def test_both_ways_come_to_the_same(both: BothWays) -> None:
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(some.lists(STEPS, min_size=3, max_size=14))
    def compare(steps: list[tuple[str, Any]]) -> None:
        both.compared(lambda same: [take(same, step) for step in [*steps, ("work", TYPES)]])

    compare()
    assert both.decided > 100  # and not all of them went one way; the examples are random, so it is 230 to 460


def test_a_reservation_is_decided_in_one_script(both: BothWays, state: redis.Redis) -> None:
    # Given reservations of three shows and products, and one that is refused
    jobs = [
        about("reserve_seat", f"r{n}", SHOW if n % 2 else "show:2", data=floor(2, customer=f"c{n}")) for n in range(12)
    ]
    both.submit(jobs)

    # When a turn is taken whose script the server knows
    both.work(["reserve_stock"])
    before = state.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert both.work(["reserve_seat"]) == 12

    # Then it took two scripts, the second of which saw that nothing was left, and all is written
    assert state.info("commandstats")["cmdstat_evalsha"]["calls"] - before == 2
    assert [read(state, f"r{n}").result for n in (0, 1, 11)] == [
        {"outcome": "held"},
        {"outcome": "held"},
        {"outcome": "refused", "code": "sold_out", "pools": {"floor": {"asked": 2, "available": 0}}},
    ]
    assert told(state, "r1") == ["queued", "active", "complete"]
    assert_consistent(state, TYPES)
    assert_true_numbers(state)


def test_the_moment_of_a_decision_is_kept_once_and_shown_as_begin_and_end(both: BothWays, state: redis.Redis) -> None:
    both.submit([about("reserve_seat", "r1")])
    both.advance(7)
    both.work()
    found = read(state, "r1")
    assert not state.hexists(keys.job("r1"), STORED["started"])
    assert (found.started_ms, found.finished_ms) == (found.created_ms + 7, found.created_ms + 7)
    assert found.attempts[0]["started_ms"] == found.started_ms


def test_the_line_is_decided_in_its_order(both: BothWays, usher: Root) -> None:
    # Given more requests than units; one among them is not decided like the others
    jobs = [about("reserve_seat", f"r{n:03}", data=floor(1)) for n in range(30)]
    jobs[4] = about("reserve_seat", "r004", data=floor(1), ttl_ms=60_000)
    jobs[20] = about("reserve_seat", "r020", data=floor(1), priority=-15)
    both.submit(jobs)
    both.work()

    # Then the first ten got the units, the urgent one before all others
    ledger = usher.inventories.ledger(SHOW, None, 100)
    assert [entry.about for entry in ledger if entry.event == "held"] == ["r020", *(f"r{n:03}" for n in range(9))]


def test_more_shows_than_one_script_looks_at_are_decided_by_the_next(both: BothWays, state: redis.Redis) -> None:
    both.submit([about("reserve_seat", f"r{n}", f"show:no-{n}") for n in range(120)])
    slot = Slot("reserve_seat", "reservations", "worker@test", 0, "0-1")
    assert [both.decide(slot, 200).count for _ in range(4)] == [50, 50, 20, 0]
    assert read(state, "r119").result == {"outcome": "refused", "code": "unknown_inventory"}


def test_a_confirmation_that_overtakes_its_reservation_waits_for_it(both: BothWays, state: redis.Redis) -> None:
    both.submit([about("reserve_seat", "r1"), about("confirm", "c1", data={"reservation": "r1"})])
    both.work(["confirm"])
    assert read(state, "c1").state is State.DELAYED
    both.work(["reserve_seat"])
    both.advance(501)
    both.store.promote(["confirm"])
    both.work(["confirm"])
    found = read(state, "c1")
    assert (found.result["outcome"], found.attempts_made) == ("refused", 1)  # the hold lived for 100 ms


def test_a_type_with_limits_is_not_decided_but_claimed(both: BothWays, state: redis.Redis) -> None:
    state.hset(keys.rules(), "reserve_seat", '{"at_once":2}')
    both.submit([about("reserve_seat", f"r{n}") for n in range(5)])
    assert both.work(["reserve_seat"]) == 5
    assert both.decided == 0
    assert read(state, "r4").result == {"outcome": "held"}


def test_a_turn_that_finds_nothing_writes_nothing(both: BothWays, state: redis.Redis) -> None:
    both.work()
    before = state.info("persistence")["rdb_changes_since_last_save"]
    both.decide(Slot("reserve_seat", "reservations", "worker@test", 0, "0-1"), 200)
    assert state.info("persistence")["rdb_changes_since_last_save"] == before


def test_begin_and_end_of_decided_jobs_are_one_entry_of_two_events_each(
    both: BothWays, state: redis.Redis, usher: Root
) -> None:
    both.submit([about("reserve_seat", f"r{n:02}", data=floor(1)) for n in range(12)])  # of ten units
    both.work()
    fields = [fields for _, fields in state.xrange(keys.events())]
    assert [(one["event"], len(one["job"].split(" "))) for one in fields] == [("q", 12), ("ac", 12)]
    assert int(state.get(f"{keys.events()}:beyond")) == 11 + 23

    # Each event is read by itself, in order, and a reader goes on after any of them
    whole = list(usher.events.past("type:reserve_seat", "0-0"))
    assert [one.event for one in whole] == ["queued"] * 12 + ["active"] * 12 + ["complete"] * 12
    assert [one.data["outcome"] for one in whole[24:]] == ["held"] * 10 + ["refused"] * 2
    assert [one.data for one in whole[:24]] == [{}] * 24
    for n, one in enumerate(whole):
        assert list(usher.events.past("type:reserve_seat", one.id)) == whole[n + 1 :]
    assert [one.event for one in usher.events.past("job:r03", whole[3].id)] == ["active", "complete"]

    # And the clock counts both when it trims the stream
    for many in range(40):
        both.submit([about("reserve_seat", f"s{many}-{n}", data=floor(1)) for n in range(50)])
        both.work()
    store = JobStore(state, options(keep_events=3_000))
    while store.forget()[1]:
        pass
    left = len(events_of(state))
    assert 3_000 <= left < 3_600  # whole nodes of the stream go
    assert int(state.get(f"{keys.events()}:beyond")) == left - state.xlen(keys.events())


def test_users_of_the_classic_routes_find_their_lines_in_the_log(
    both: BothWays, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for decides in (False, True):
        caplog.clear()
        both.lay_out(decides)
        both.submit([about("reserve_seat", f"r{n}", data=floor(4, strict=True, sell=True)) for n in range(3)])
        both.submit([about("reserve_stock", "s1", "product:1", data=floor(4, strict=True, sell=True))])
        both.work()
        lines = [record.message for record in caplog.records if "Seat reservation" in record.message]
        assert sorted(lines) == [
            "Seat reservation job r0 completed",
            "Seat reservation job r1 completed",
            "Seat reservation job r2 failed: Not enough seats available",
        ]


def test_a_wake_up_that_comes_twice_and_late_decides_each_once(both: BothWays, state: redis.Redis, usher: Root) -> None:
    # Given reservations, and two slots that hear the same wake-up at once
    both.submit([about("reserve_seat", f"r{n:02}", data=floor(1)) for n in range(40)])
    slot = Slot("reserve_seat", "reservations", "worker@test", 0, "0-1")
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda _: both.decide(slot, 7).count, range(8)))
    assert sum(counts) == 40

    # When it comes once more after all is done, and then for later jobs
    assert both.work(["reserve_seat"]) == 0
    both.submit([about("reserve_seat", "late", data=floor(1))])
    assert both.work(["reserve_seat"]) == 1

    # Then each has its events once, and the ten units were held once, by the first
    assert all(told(state, f"r{n:02}") == ["queued", "active", "complete"] for n in range(40))
    ledger = usher.inventories.ledger(SHOW, None, 100)
    assert [entry.about for entry in ledger if entry.event == "held"] == [f"r{n:02}" for n in range(10)]
    assert_consistent(state, TYPES)
