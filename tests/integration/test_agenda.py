"""The agenda: the clock looks only at shows and products where something is due, and misses no deadline."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tasks_app.state import inventory_keys
from tests.inventory_kit import (
    MINUTE,
    SHOW,
    TimedInventory,
    assert_true_numbers,
    definition,
    on_sale,
    reserve,
    wish,
)
from worker.inventory.requests import Confirmation, Extension, Release

pytestmark = pytest.mark.usefixtures("usher")

EXPIRE, FORGET = inventory_keys.agenda("expire"), inventory_keys.agenda("forget")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    return on_sale(state, floor=10)


def tick(inventory: TimedInventory, by_ms: int = 0) -> int:
    inventory.advance(by_ms)
    return inventory.agenda.expire(10)


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


@pytest.mark.parametrize("ending", ["expired", "released", "sold", "sold at once"])
def test_a_show_without_holds_leaves_the_agenda(inventory: TimedInventory, state: redis.Redis, ending: str) -> None:
    # Given a show with a hold that ends
    reserve(inventory, "r1", sell=ending == "sold at once")
    if ending == "released":
        inventory.release(SHOW, [Release("op", "r1")])
    if ending == "sold":
        inventory.confirm(SHOW, [Confirmation("op", "r1")])

    # When the clock has looked at it for the last time
    tick(inventory, 100)

    # Then an idle clock looks at nothing: one script, whatever exists
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


def test_a_show_is_looked_at_when_its_first_deadline_comes(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.reserve(SHOW, [wish("r1"), wish("r2", hold_ms=40), wish("r3", sell=True)])
    assert state.zscore(EXPIRE, SHOW) == inventory.now_ms + 40
    reserve(inventory, "r4", hold_ms=90)
    assert state.zscore(EXPIRE, SHOW) == inventory.now_ms + 40
    assert tick(inventory, 40) == 1
    assert state.zscore(EXPIRE, SHOW) == inventory.now_ms + 50


def test_the_clock_waits_for_a_later_deadline(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r1")
    inventory.extend(SHOW, [Extension("op", "r1", 240)])
    tick(inventory, 100)
    assert state.zscore(EXPIRE, SHOW) == inventory.now_ms + 140
    assert scripts_run(state, lambda: tick(inventory, 139)) == 1
    assert tick(inventory, 1) == 1


def test_more_holds_than_one_tick_frees_are_freed_with_the_next(inventory: TimedInventory) -> None:
    inventory.reserve(SHOW, [wish(f"r{number}") for number in range(5)])
    inventory.advance(100)
    assert [inventory.agenda.expire(2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_corrupt_inventory_does_not_keep_the_others_from_being_swept(
    inventory: TimedInventory, state: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    # Given one show with impossible numbers, and one in order
    inventory.create("show:0", definition())
    inventory.reserve("show:0", [wish("r1")])
    reserve(inventory, "r1")
    state.hset("{jobs}:show:0:pool", "floor:held", -5)

    # When both are due, then the other one is swept, and the damage is logged
    assert tick(inventory, 100) == 1
    assert "show:0 left out" in caplog.text

    # And once it is mended, it is swept too
    state.hset("{jobs}:show:0:pool", "floor:held", 1)
    assert tick(inventory, MINUTE) == 1


def test_a_show_that_was_deleted_leaves_the_agenda(inventory: TimedInventory, state: redis.Redis) -> None:
    state.zadd(EXPIRE, {"show:none": 0})
    assert tick(inventory) == 0
    assert state.exists(EXPIRE) == 0


def test_a_hold_made_during_a_look_is_swept_when_it_is_due(inventory: TimedInventory, state: redis.Redis) -> None:
    # Given a clock that has claimed a show whose hold is due, and a hold that comes before its look
    reserve(inventory, "r1")
    inventory.advance(100)
    inventory.agenda._claim([EXPIRE], [10, MINUTE])
    reserve(inventory, "r2", hold_ms=30)

    # When the look is over, or the clock was killed before it
    assert tick(inventory, 29) == 0
    assert tick(inventory, 1) == 1
    assert_true_numbers(state)


@pytest.mark.parametrize("key", [EXPIRE, inventory_keys.inventory(SHOW, "log"), inventory_keys.inventory(SHOW, "exp")])
@pytest.mark.parametrize("asked", ["reserve", "confirm", "extend", "release"])
def test_a_key_of_a_wrong_type_stops_before_anything_is_counted(
    inventory: TimedInventory, state: redis.Redis, key: str, asked: str
) -> None:
    # Given a hold, and a key that somebody wrote over
    reserve(inventory, "r1")
    state.delete(key)
    state.set(key, "not what was here")
    before = {name: state.dump(name) for name in state.keys("{jobs}:*")}

    # When a request has to write that key, then the script notices before its first write
    requests = {
        "reserve": [wish("r2")],
        "confirm": [Confirmation("op", "r1")],
        "extend": [Extension("op", "r1", 200)],
        "release": [Release("op", "r1")],
    }
    if key == EXPIRE and asked in ("confirm", "release"):
        getattr(inventory, asked)(SHOW, requests[asked])  # takes a deadline away, and leaves the agenda alone
        return
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        getattr(inventory, asked)(SHOW, requests[asked])
    assert {name: state.dump(name) for name in state.keys("{jobs}:*")} == before


def test_a_clock_killed_during_its_look_leaves_it_to_another(inventory: TimedInventory) -> None:
    reserve(inventory, "r1")
    inventory.advance(100)
    assert inventory.agenda._claim([EXPIRE], [10, 10_000]) == [SHOW]  # its last act
    assert tick(inventory) == 0  # it may still be looking
    assert tick(inventory, 10_001) == 1


def test_holds_past_their_retention_are_forgotten_in_turn(inventory: TimedInventory, state: redis.Redis) -> None:
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
    assert (state.exists("{jobs}:show:1:holds"), state.exists("{jobs}:show:2:holds")) == (0, 0)


def test_a_shorter_retention_takes_effect_within_the_hour(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r1")
    inventory.release(SHOW, [Release("op", "r1")])
    inventory.agenda.forget(30 * 24 * 60 * MINUTE, 100)
    inventory.advance(60 * MINUTE)
    assert inventory.agenda.forget(MINUTE, 100) == 1


def test_a_server_that_lost_its_scripts_gets_them_again(inventory: TimedInventory, state: redis.Redis) -> None:
    state.script_flush()
    assert reserve(inventory, "r1").status == "held"
    state.script_flush()
    assert tick(inventory, 100) == 1
