"""The agenda: the clock looks at shows and products where something is due, at no others, and loses no deadline."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tasks_app import keys
from tests.inventory_kit import (
    MINUTE,
    SHOW,
    TimedInventory,
    assert_true_numbers,
    counters,
    definition,
    reserve,
    wish,
)
from worker.inventory_requests import Extension, Release

pytestmark = pytest.mark.usefixtures("state_is_shared")

LEASE_MS = 1_000
EXPIRE, FORGET = keys.agenda("expire"), keys.agenda("forget")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    inventory = TimedInventory(state)
    inventory.create(SHOW, definition(floor=10))
    return inventory


def tick(inventory: TimedInventory, by_ms: int = 0) -> int:
    inventory.advance(by_ms)
    return inventory.agenda.expire(10, LEASE_MS)


def scripts_run(state: redis.Redis, call: Callable[[], Any]) -> int:
    before = state.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"]
    call()
    return int(state.info("commandstats")["cmdstat_evalsha"]["calls"]) - int(before)


def test_every_show_and_product_is_swept_where_holds_are_due(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.create("product:1", definition(stock=5))
    inventory.reserve("product:1", [wish("p1", ("stock", 2)), wish("p2", ("stock", 2))])
    reserve(inventory, "r1")
    assert tick(inventory, 99) == 0
    assert tick(inventory, 1) == 3
    assert tick(inventory) == 0
    assert_true_numbers(state)
    assert_true_numbers(state, "product:1")


@pytest.mark.parametrize("ending", ["expired", "released", "sold at once"])
def test_a_show_without_holds_leaves_the_agenda(inventory: TimedInventory, state: redis.Redis, ending: str) -> None:
    # Given a show with a hold that ends
    reserve(inventory, "r1", sell=ending == "sold at once")
    tick(inventory)
    if ending == "released":
        inventory.release(SHOW, [Release("op", "r1")])

    # When the clock has looked at it for the last time
    for _ in range(3):
        tick(inventory, LEASE_MS + 100)

    # Then an idle clock looks at nothing: one script, whatever there is
    assert state.exists(EXPIRE) == 0
    assert scripts_run(state, lambda: tick(inventory)) == 1


def test_an_idle_clock_does_the_same_work_for_one_show_and_for_many(
    inventory: TimedInventory, state: redis.Redis
) -> None:
    for number in range(200):
        inventory.create(f"product:{number}", definition(stock=5))
    assert inventory.agenda.forget(MINUTE, 10) == 0
    idle = scripts_run(state, lambda: (tick(inventory), inventory.agenda.forget(MINUTE, 10)))
    assert idle == 2


def test_a_later_deadline_is_waited_for(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r1")
    inventory.extend(SHOW, [Extension("op", "r1", 240)])
    tick(inventory, 100)
    assert state.zscore(EXPIRE, SHOW) == inventory.now_ms + 140
    assert scripts_run(state, lambda: tick(inventory, 139)) == 1
    assert tick(inventory, 1) == 1


def test_more_than_one_tick_frees_goes_on_with_the_next(inventory: TimedInventory) -> None:
    inventory.reserve(SHOW, [wish(f"r{number}") for number in range(5)])
    inventory.advance(100)
    assert [inventory.agenda.expire(2, LEASE_MS) for _ in range(4)] == [2, 2, 1, 0]


def test_a_corrupt_inventory_does_not_keep_the_others_from_being_swept(
    inventory: TimedInventory, state: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    # Given one show whose numbers cannot be true, and one in order
    inventory.create("show:0", definition())
    inventory.reserve("show:0", [wish("r1")])
    reserve(inventory, "r1")
    state.hset("{show:0}:pool", "floor:held", -5)

    # When both are due, then the other one is swept, and the damage is told
    assert tick(inventory, 100) == 1
    assert "show:0 left out" in caplog.text

    # And once it is mended, it is swept too
    state.hset("{show:0}:pool", "floor:held", 1)
    assert tick(inventory, MINUTE) == 1


def test_a_worker_killed_before_its_hold_costs_a_look_and_no_more(
    inventory: TimedInventory, state: redis.Redis
) -> None:
    state.zadd(EXPIRE, {SHOW: 0})
    assert [tick(inventory, LEASE_MS + 1) for _ in range(3)] == [0, 0, 0]
    assert state.exists(EXPIRE) == 0


def test_a_mark_without_an_inventory_leaves_the_agenda(inventory: TimedInventory, state: redis.Redis) -> None:
    assert inventory.reserve("show:none", [wish("r1")])[0].code == "unknown_inventory"
    assert [tick(inventory, LEASE_MS + 1) for _ in range(3)] == [0, 0, 0]
    assert state.exists(EXPIRE) == 0


def test_a_worker_killed_after_its_hold_loses_no_deadline(inventory: TimedInventory) -> None:
    reserve(inventory, "r1")  # the last thing that it did
    assert tick(inventory, 100) == 1


@pytest.mark.parametrize("ticks_before", [1, 2, 3])
@pytest.mark.parametrize("other_hold", [True, False])
def test_looks_between_a_mark_and_its_hold_lose_no_deadline(
    inventory: TimedInventory, state: redis.Redis, ticks_before: int, other_hold: bool
) -> None:
    # Given a worker that has written its mark and is frozen, within its lease, while the clock goes on
    if other_hold:
        reserve(inventory, "other", hold_ms=10)
    state.zadd(EXPIRE, {SHOW: 0})
    for _ in range(ticks_before):
        tick(inventory, LEASE_MS // 4)

    # When it goes on, makes its hold and is killed
    kept = state.zscore(EXPIRE, SHOW)
    reserve(inventory, "r1", hold_ms=200)
    state.zadd(EXPIRE, {SHOW: kept})  # as if the hold's own mark had not been: that was the one above
    assert counters(state)[1] > 0

    # Then its hold is swept all the same, at the latest a lease after its deadline
    freed = sum(tick(inventory, LEASE_MS // 4) for _ in range(8))
    assert freed == 1
    assert counters(state)[1] == 0
    assert_true_numbers(state)


def test_a_mark_that_comes_during_a_look_stays(
    inventory: TimedInventory, state: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a clock that has looked and not yet noted the next look
    look = inventory.agenda._look

    def interrupted(*arguments: Any) -> Any:
        answers = look(*arguments)
        reserve(inventory, "r1")
        return answers

    state.zadd(EXPIRE, {SHOW: 0})
    monkeypatch.setattr(inventory.agenda, "_look", interrupted)

    # When a hold comes in between, then the note does not cover it
    assert tick(inventory) == 0
    assert state.zscore(EXPIRE, SHOW) == 0
    monkeypatch.undo()
    assert tick(inventory, 100) == 1


def test_a_clock_killed_during_its_look_leaves_it_to_another(
    inventory: TimedInventory, state: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    reserve(inventory, "r1")
    monkeypatch.setattr(inventory.agenda, "_look", killed)
    with pytest.raises(KeyboardInterrupt):
        tick(inventory, 100)
    monkeypatch.undo()
    assert tick(inventory) == 0  # it may still be at it
    assert tick(inventory, 10_001) == 1


def test_what_is_past_its_retention_is_forgotten_in_its_turn(inventory: TimedInventory, state: redis.Redis) -> None:
    # Given two shows with holds that ended, the first look at which is over
    inventory.create("show:2", definition())
    for target in (SHOW, "show:2"):
        inventory.reserve(target, [wish("r1"), wish("r2")])
        inventory.release(target, [Release("op1", "r1"), Release("op2", "r2")])
    assert inventory.agenda.forget(MINUTE, 100) == 0

    # When their retention is over, then both are emptied, some entries of the ledger at a time, and not looked at again
    inventory.advance(MINUTE + 1)
    assert sum(inventory.agenda.forget(MINUTE, 2) for _ in range(4)) == 4
    assert scripts_run(state, lambda: inventory.agenda.forget(MINUTE, 2)) == 1
    assert (state.exists("{show:1}:holds"), state.exists("{show:2}:holds")) == (0, 0)


def test_a_shorter_retention_is_heeded_within_the_hour(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r1")
    inventory.release(SHOW, [Release("op", "r1")])
    inventory.agenda.forget(30 * 24 * 60 * MINUTE, 100)
    inventory.advance(60 * MINUTE)
    assert inventory.agenda.forget(MINUTE, 100) == 1


def test_a_server_that_lost_its_scripts_gets_them_again(inventory: TimedInventory, state: redis.Redis) -> None:
    state.script_flush()
    assert reserve(inventory, "r1").status == "held"
    assert state.zscore(EXPIRE, SHOW) == 0
    state.script_flush()
    assert tick(inventory, 100) == 1
