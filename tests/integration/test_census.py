"""The census adds up the units of all shows and products, and the memory by kind of key; one worker takes it."""

import pytest
import redis

from tasks_app.state import inventory_keys, keys, worker_keys
from tests.inventory_kit import TimedInventory, definition, wish
from tests.jobs import new, take_in
from worker.census import Census, memory


def census(state: redis.Redis) -> Census:
    """Each of its looks is a step, and each round may follow the last one."""
    return Census(state, step_seconds=0.0, round_seconds=0.0)


def taken(one: Census, state: redis.Redis) -> dict[str, int]:
    """What a round of this census publishes."""
    state.delete(worker_keys.census())
    while not state.exists(worker_keys.census()):
        one.go_on()
    return {name: int(number) for name, number in state.hgetall(worker_keys.census()).items()}


def test_the_units_of_all_shows_and_products_are_added_up(state: redis.Redis) -> None:
    # Given more shows than a step looks at, and a product; of two shows some units are held or sold
    inventory = TimedInventory(state)
    for number in range(600):
        inventory.create(f"show:{number}", definition(floor=10))
    inventory.create("product:1", definition(stock=5))
    inventory.reserve("show:1", [wish("a", ("floor", 3))])
    inventory.reserve("show:2", [wish("b", ("floor", 2), sell=True)])

    # When the census is taken, Then the totals are true
    found = taken(census(state), state)
    assert (found["count:show"], found["count:product"]) == (600, 1)
    units = {state_: found[f"units:show:{state_}"] for state_ in ("available", "held", "sold")}
    assert units == {"available": 5_995, "held": 3, "sold": 2}
    assert found["units:product:available"] == 5


def test_a_show_with_impossible_numbers_is_left_out_and_stops_nothing(state: redis.Redis) -> None:
    inventory = TimedInventory(state)
    inventory.create("show:1", definition(floor=10))
    inventory.create("show:2", definition(floor=10))
    state.hset(inventory_keys.inventory("show:1", "pool"), "floor:cap", "ten")
    assert taken(census(state), state)["units:show:available"] == 10


def test_one_worker_takes_the_census(state: redis.Redis) -> None:
    first, second = census(state), Census(state)
    taken(first, state)
    state.delete(worker_keys.census())
    for _ in range(5):
        second.go_on()
    assert not state.exists(worker_keys.census())
    state.delete(worker_keys.census_taker())  # as if the first had fallen silent
    assert taken(second, state)["at_ms"] > 0


def test_memory_is_told_by_kind_and_near_the_truth(state: redis.Redis) -> None:
    # Given many jobs, and a show with holds
    inventory = TimedInventory(state)
    inventory.create("show:1", definition(floor=1_000))
    inventory.reserve("show:1", [wish(f"hold-{number}") for number in range(500)])
    take_in(state, *(new(id=f"job-{number}") for number in range(2_000)))
    true = dict.fromkeys(memory.KINDS, 0)
    for key in state.scan_iter(count=1_000):
        kind = memory.kind_of(key) or {"log": memory.LEDGERS}.get(key.rpartition(":")[2])
        if kind is None:
            lines = "index" in key or "complete" in key
            kind = memory.LINES if lines else memory.EVENTS if key == keys.events() else memory.SHOWS
        true[kind] += state.memory_usage(key)

    # When the census is taken, Then what is measured is exact, and what is sampled is near
    found = taken(census(state), state)
    for kind in (memory.LINES, memory.EVENTS, memory.SHOWS, memory.LEDGERS):
        assert found[f"bytes:{kind}"] == pytest.approx(true[kind], rel=0.02), kind
    assert found[f"bytes:{memory.JOBS}"] == pytest.approx(true[memory.JOBS], rel=0.2)
