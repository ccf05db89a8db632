"""What becomes of a hold: confirmed, extended, released, expired; each once, each at the right moment."""

from collections.abc import Callable

import pytest
import redis

from tasks_app.errors import CorruptInventoryError
from tests.inventory_kit import (
    MINUTE,
    SHOW,
    TimedInventory,
    assert_true_numbers,
    counters,
    definition,
    events,
    reserve,
    wish,
)
from worker.inventory.agenda import Agenda
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Confirmation, Decision, Extension, Release

pytestmark = pytest.mark.usefixtures("usher")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    inventory = TimedInventory(state)
    inventory.create(SHOW, definition(limit=6, floor=10))
    reserve(inventory, "r1", ("floor", 6), customer="one")
    return inventory


def confirm(inventory: InventoryStore, reacquire: bool = False, hold: str = "r1") -> Decision:
    return inventory.confirm(SHOW, [Confirmation("confirm", hold, reacquire)])[0]


def extend(inventory: InventoryStore, extend_ms: int, operation: str = "extend") -> Decision:
    return inventory.extend(SHOW, [Extension(operation, "r1", extend_ms)])[0]


def release(inventory: InventoryStore, hold: str = "r1") -> Decision:
    return inventory.release(SHOW, [Release("release", hold)])[0]


def test_confirm_sells_what_was_held_once(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(99)
    outcome = confirm(inventory)
    assert (outcome.id, outcome.status, outcome.data["hold"]) == ("confirm", "confirmed", "r1")
    assert (outcome.data["state"], outcome.data["finished_ms"]) == ("confirmed", inventory.now_ms)
    assert counters(state) == (10, 0, 6)

    inventory.advance(1_000)
    assert confirm(inventory) == outcome
    assert inventory.expire(SHOW, 10) == (0, None)
    assert events(state) == ["created", "held", "confirmed"]
    assert_true_numbers(state)


def test_confirm_at_the_deadline_is_too_late_though_nobody_swept(inventory: TimedInventory, state: redis.Redis) -> None:
    deadline = inventory.now_ms + 100
    inventory.advance(100)
    outcome = confirm(inventory)
    assert (outcome.code, outcome.data) == ("hold_expired", {"expires_ms": deadline})
    assert confirm(inventory) == outcome
    assert counters(state) == (10, 0, 0)
    assert events(state) == ["created", "held", "expired"]
    assert_true_numbers(state)


@pytest.mark.parametrize("swept", [True, False])
def test_reacquire_takes_the_units_of_an_expired_hold_again(
    inventory: TimedInventory, state: redis.Redis, swept: bool
) -> None:
    inventory.advance(100)
    if swept:
        inventory.expire(SHOW, 10)
    assert confirm(inventory, reacquire=True).status == "confirmed"
    assert confirm(inventory).status == "confirmed"
    assert counters(state) == (10, 0, 6)
    assert events(state) == ["created", "held", "expired", "confirmed"]
    assert_true_numbers(state)


def test_reacquire_is_refused_when_the_units_are_gone(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(100)
    reserve(inventory, "r2", ("floor", 5), customer="two")
    outcome = confirm(inventory, reacquire=True)
    assert outcome.code == "hold_expired"
    assert outcome.data["reason"] == "sold_out"
    assert outcome.data["pools"] == {"floor": {"asked": 6, "available": 5}}
    assert_true_numbers(state)


def test_reacquire_keeps_the_limit(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(100)
    reserve(inventory, "r2", customer="one")
    outcome = confirm(inventory, reacquire=True)
    assert (outcome.code, outcome.data["reason"], outcome.data["present"]) == (
        "hold_expired",
        "limit_exceeded",
        1,
    )
    assert_true_numbers(state)


def test_reacquire_does_not_wait_for_other_dead_holds(inventory: TimedInventory) -> None:
    inventory.advance(100)
    reserve(inventory, "r2", ("floor", 5), customer="two")
    inventory.advance(100)
    assert confirm(inventory, reacquire=True).status == "confirmed"


def test_a_batch_that_retakes_one_hold_and_sweeps_for_another_counts_each_once(
    inventory: TimedInventory, state: redis.Redis
) -> None:
    # Given an expired hold of four units, and two more, past their deadline and not swept, that fill the pool
    reserve(inventory, "r2", ("floor", 4), customer="two", hold_ms=40)
    inventory.advance(50)
    inventory.expire(SHOW, 10)
    reserve(inventory, "r3", ("floor", 4), customer="three", hold_ms=40)
    inventory.advance(50)

    # When one of those two is taken again, and then the first, for which the other has to go
    outcomes = inventory.confirm(SHOW, [Confirmation("c1", "r1", True), Confirmation("c2", "r2", True)])
    assert [outcome.status for outcome in outcomes] == ["confirmed", "confirmed"]
    assert counters(state) == (10, 0, 10)
    assert_true_numbers(state)


def test_reacquire_is_refused_when_the_sale_is_closed(inventory: TimedInventory) -> None:
    inventory.advance(100)
    inventory.set_status(SHOW, "close", "closed")
    assert confirm(inventory, reacquire=True).data["reason"] == "not_on_sale"


def test_what_was_released_is_never_confirmed(inventory: TimedInventory, state: redis.Redis) -> None:
    release(inventory)
    assert confirm(inventory, reacquire=True).code == "already_released"
    assert counters(state) == (10, 0, 0)


@pytest.mark.parametrize("operation", [confirm, release, lambda inventory, hold: extend_of(inventory, hold)])
def test_an_unknown_hold_or_inventory_is_refused(
    inventory: TimedInventory, operation: Callable[..., Decision], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert operation(inventory, hold="r9").code == "hold_not_found"
    monkeypatch.setattr(f"{__name__}.SHOW", "show:9")
    assert operation(inventory, hold="r1").code == "unknown_inventory"


def extend_of(inventory: InventoryStore, hold: str) -> Decision:
    return inventory.extend(SHOW, [Extension("extend", hold, 10)])[0]


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


def test_release_gives_back_a_hold_once(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = release(inventory)
    assert (outcome.status, outcome.data["state"]) == ("released", "released")
    inventory.advance(1_000)
    assert release(inventory) == outcome
    assert counters(state) == (10, 0, 0)
    assert events(state) == ["created", "held", "released"]
    assert inventory.expire(SHOW, 10) == (0, None)
    assert_true_numbers(state)


def test_release_cancels_a_sale(inventory: TimedInventory, state: redis.Redis) -> None:
    confirm(inventory)
    assert [release(inventory).status for _ in range(2)] == ["released", "released"]
    assert counters(state) == (10, 0, 0)
    assert_true_numbers(state)


def test_release_of_an_expired_hold_has_nothing_to_do(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.advance(100)
    assert [release(inventory).status for _ in range(2)] == ["expired", "expired"]
    assert events(state) == ["created", "held", "expired"]
    assert_true_numbers(state)


def test_expire_frees_what_is_due_and_names_the_next_deadline(inventory: TimedInventory, state: redis.Redis) -> None:
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
def test_a_deadline_of_what_is_not_held_is_an_error(inventory: TimedInventory, state: redis.Redis, name: str) -> None:
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
