"""The deadline of a hold: moved within its longest life, swept when it is due, by the server's own clock."""

from collections.abc import Callable

import pytest
import redis

from tasks_app.errors import CorruptInventoryError
from tests.inventory_kit import (
    MINUTE,
    SHOW,
    TimedInventory,
    assert_true_numbers,
    confirm,
    counters,
    definition,
    events,
    extend,
    held_show,
    release,
    reserve,
    wish,
)
from worker.inventory.agenda import Agenda
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Extension

pytestmark = pytest.mark.usefixtures("usher")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    return held_show(state)


def test_extend_counts_from_now_and_never_shortens(inventory: TimedInventory, state: redis.Redis) -> None:
    start = inventory.now_ms
    inventory.advance(50)
    assert extend(inventory, 10, "short").data["expires_ms"] == start + 100
    outcome = extend(inventory, 80)
    assert (outcome.status, outcome.data["expires_ms"]) == ("extended", start + 130)
    assert events(state) == ["created", "held", "extended"]

    inventory.advance(79)
    assert inventory.expire(SHOW, 10) == (0, start + 130)
    assert confirm(inventory).status == "confirmed"
    assert_true_numbers(state)


def test_extend_stops_at_the_longest_life_of_a_hold(inventory: TimedInventory, state: redis.Redis) -> None:
    start = inventory.now_ms
    inventory.advance(90)
    assert extend(inventory, MINUTE).data["expires_ms"] == start + 250
    assert_true_numbers(state)


def test_extend_delivered_twice_counts_from_the_first_time(inventory: TimedInventory, state: redis.Redis) -> None:
    first = extend(inventory, 150)
    inventory.advance(60)
    assert extend(inventory, 150) == first
    more, most = Extension("more", "r1", 150), Extension("most", "r1", 180)
    outcomes = inventory.extend(SHOW, [more, most, more])
    assert outcomes[0] == outcomes[2] != outcomes[1]
    assert events(state) == ["created", "held", "extended", "extended", "extended"]
    assert_true_numbers(state)


def test_extend_is_refused_once_the_hold_has_ended(inventory: TimedInventory, state: redis.Redis) -> None:
    reserve(inventory, "r2", customer="two")
    confirm(inventory)
    assert extend(inventory, 10).code == "already_confirmed"
    release(inventory)
    assert extend(inventory, 10).code == "already_released"
    inventory.advance(100)
    outcome = inventory.extend(SHOW, [Extension("late", "r2", 10)])[0]
    assert (outcome.code, outcome.data) == ("hold_expired", {"expires_ms": inventory.now_ms})
    assert_true_numbers(state)


def test_expire_frees_due_holds_and_names_the_next_deadline(inventory: TimedInventory, state: redis.Redis) -> None:
    # Given holds due at 100, 110, 120, 200 ms
    start = inventory.now_ms
    inventory.reserve(SHOW, [wish(f"h{ms}", customer=f"c{ms}", hold_ms=ms) for ms in (110, 120, 200)])
    assert inventory.expire(SHOW, 10) == (0, start + 100)

    # Then a sweep with a limit takes the oldest first, and says that more is due
    inventory.advance(120)
    assert inventory.expire(SHOW, 2) == (2, start + 120)
    assert inventory.expire(SHOW, 2) == (1, start + 200)
    inventory.advance(1_000)
    assert inventory.expire(SHOW, 2) == (1, None)
    assert events(state)[-4:] == ["expired"] * 4
    assert counters(state) == (10, 0, 0)
    assert_true_numbers(state)


def test_a_hold_ends_at_its_deadline_and_not_when_it_was_swept(inventory: TimedInventory) -> None:
    deadline = inventory.now_ms + 100
    inventory.advance(5_000)
    assert release(inventory).data["finished_ms"] == deadline


@pytest.mark.parametrize("name", ["sold", "nothing"])
def test_a_deadline_of_an_ended_hold_is_an_error(inventory: TimedInventory, state: redis.Redis, name: str) -> None:
    reserve(inventory, "sold", customer="two", sell=True)
    state.zadd("{jobs}:show:1:exp", {name: 5})
    with pytest.raises(CorruptInventoryError, match=f"{name} is in the expiry index but not held"):
        inventory.expire(SHOW, 10)
    assert counters(state) == (10, 6, 1)


def test_the_servers_own_clock_ends_a_hold(state: redis.Redis, eventually: Callable[..., None]) -> None:
    # Given the scripts as they run outside the tests
    inventory = InventoryStore(state)
    inventory.create(SHOW, definition(hold_ms=30))
    before_ms = int(state.time()[0]) * 1000
    outcome = reserve(inventory, "r1")
    assert before_ms < outcome.data["expires_ms"] < before_ms + MINUTE

    # When its time has come, then it is swept
    eventually(lambda: Agenda(state).expire(10) == 1)
    assert confirm(inventory).code == "hold_expired"
    assert_true_numbers(state)
