"""One reservation over several shows and products: in all of them, or in none."""

import random
import threading

import pytest
import redis

from tasks_app.errors import CorruptInventoryError, LostJobError
from tasks_app.inventory import InventoryQueries
from tasks_app.inventory.holds import Line
from tasks_app.state import inventory_keys
from tests.inventory_kit import TimedInventory, assert_true_numbers, confirm, deadlines, definition, extend, release
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Decision, Definition, Release, ReservationRequest

pytestmark = pytest.mark.usefixtures("usher")

FESTIVAL, PARKING = "show:festival", "product:parking"
BOTH = (FESTIVAL, PARKING)


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    """A festival of ten places, held for 100 ms, at most 250; and three parking places, held for 80 ms, at most 120."""
    inventory = TimedInventory(state)
    inventory.create(FESTIVAL, definition(floor=10))
    inventory.create(PARKING, Definition("Parking", {"stock": 3}, hold_ms=80, hold_max_ms=120, max_per_customer=2))
    return inventory


def both(
    inventory: InventoryStore,
    name: str = "r1",
    places: int = 2,
    parked: int = 1,
    hold_ms: int | None = None,
    customer: str = "ada",
) -> Decision:
    wanted = {FESTIVAL: Line("floor", places), PARKING: Line("stock", parked)}
    return inventory.reserve_together(
        {target: ReservationRequest(name, [line], customer, hold_ms) for target, line in wanted.items()}
    )


def taken(state: redis.Redis) -> list[tuple[int, int]]:
    """Held and sold, of each."""
    found = [InventoryQueries(state).read(target).pools for target in BOTH]
    return [(pool.held, pool.sold) for pools in found for pool in pools.values()]


def assert_true(state: redis.Redis) -> None:
    for target in BOTH:
        assert_true_numbers(state, target)


def everything(state: redis.Redis) -> dict[str, bytes | None]:
    return {key: state.dump(key) for key in state.keys("*") if not key.endswith("clock")}


def test_it_holds_all_until_the_deadline_of_the_shortest(inventory, state):
    decision = both(inventory)
    assert (decision.status, decision.data["hold"]) == ("held", "r1")
    assert taken(state) == [(2, 0), (1, 0)]
    assert [deadlines(state, target) for target in BOTH] == [{"r1": inventory.now_ms + 80}] * 2
    assert InventoryQueries(state).hold(FESTIVAL, "r1").others == (PARKING,)
    assert InventoryQueries(state).hold(PARKING, "r1").others == ()
    assert_true(state)


@pytest.mark.parametrize(
    ("changes", "code", "target"),
    [
        ({"places": 11}, "sold_out", FESTIVAL),
        ({"parked": 3, "customer": "bob"}, "limit_exceeded", PARKING),
        ({"customer": ""}, "customer_required", PARKING),
        ({"hold_ms": 200}, "hold_too_long", PARKING),
    ],
)
def test_a_refusal_of_any_takes_nothing_of_all(inventory, state, changes, code, target):
    before = everything(state)
    decision = both(inventory, **changes)
    assert (decision.status, decision.code, decision.data["target"]) == ("refused", code, target)
    assert everything(state) == before


def test_what_is_not_there_is_named(inventory, state):
    wanted = {target: ReservationRequest("r1", [Line("floor", 1)]) for target in (FESTIVAL, "show:nowhere")}
    decision = inventory.reserve_together(wanted)
    assert (decision.code, decision.data["target"]) == ("unknown_inventory", "show:nowhere")
    assert taken(state) == [(0, 0), (0, 0)]


def test_repeated_it_takes_nothing_more(inventory, state):
    first, again = both(inventory), both(inventory)
    assert (again.status, again.data) == (first.status, first.data)
    assert taken(state) == [(2, 0), (1, 0)]
    assert both(inventory, places=3).code == "idempotency_key_reused"


def test_all_are_sold_in_one_step_and_given_back_in_one(inventory, state):
    both(inventory)
    assert confirm(inventory, target=BOTH).status == "confirmed"
    assert taken(state) == [(0, 2), (0, 1)]
    assert confirm(inventory, target=BOTH).status == "confirmed"
    assert release(inventory, target=BOTH).status == "released"
    assert release(inventory, target=BOTH).status == "released"
    assert taken(state) == [(0, 0), (0, 0)]
    assert_true(state)


def test_a_late_confirmation_sells_none_and_retakes_all_or_none(inventory, state):
    # Given a reservation that expired in both, and parking places that others took meanwhile
    both(inventory)
    inventory.advance(80)
    inventory.reserve(PARKING, [ReservationRequest("other", [Line("stock", 2)], "bob")])
    inventory.reserve(PARKING, [ReservationRequest("more", [Line("stock", 1)], "eve")])
    before = everything(state)

    # When it is confirmed, with and without taking it anew, then nothing is sold
    assert (confirm(inventory, target=BOTH).code, everything(state)) == ("hold_expired", before)
    late = confirm(inventory, True, target=BOTH)
    assert (late.code, late.data["reason"], late.data["target"]) == ("hold_expired", "sold_out", PARKING)
    assert everything(state) == before

    # When the parking place is free again, then both are sold
    inventory.release(PARKING, [Release("release", "more")])
    assert confirm(inventory, True, target=BOTH).status == "confirmed"
    assert taken(state) == [(0, 2), (2, 1)]
    assert_true(state)


def test_it_is_extended_in_all_to_the_moment_that_all_allow(inventory, state):
    both(inventory)
    inventory.advance(50)
    made_ms = inventory.now_ms - 50
    assert extend(inventory, 40, target=BOTH).status == "extended"
    assert [deadlines(state, target) for target in BOTH] == [{"r1": inventory.now_ms + 40}] * 2
    decision = extend(inventory, 200, "later", target=BOTH)
    assert decision.data["expires_ms"] == made_ms + 120  # parking allows no more
    assert [deadlines(state, target) for target in BOTH] == [{"r1": made_ms + 120}] * 2
    assert extend(inventory, 200, "later", target=BOTH).data["expires_ms"] == made_ms + 120
    assert_true(state)


def test_it_expires_in_all(inventory, state):
    both(inventory)
    inventory.advance(80)
    for target in BOTH:
        assert inventory.expire(target, 10)[0] == 1
    assert release(inventory, target=BOTH).status == "expired"
    assert taken(state) == [(0, 0), (0, 0)]
    assert_true(state)


@pytest.mark.parametrize("part", ["pool", "log", "exp", "cust"])
def test_impossible_numbers_of_one_change_none(inventory, state, part):
    key = inventory_keys.inventory(PARKING, part)
    state.delete(key)
    state.set(key, "of a wrong type")
    before = everything(state)
    with pytest.raises((CorruptInventoryError, redis.ResponseError)):
        both(inventory)
    assert everything(state) == before


def test_too_late_it_changes_nothing(inventory, state):
    with pytest.raises(LostJobError):
        both(inventory.before(inventory.now_ms))
    assert taken(state) == [(0, 0), (0, 0)]


def test_many_at_once_in_any_order_never_take_a_part(inventory, state):
    # Given threads that each want one of both, in any order, and others that want only a parking place
    store, answers = InventoryStore(state), []
    store.create("product:few", definition(hold_ms=60_000, stock=7))
    store.create("show:few", definition(hold_ms=60_000, floor=12))

    def want(number: int) -> None:
        targets = random.Random(number).sample(["product:few", "show:few"], 2)
        pools = {"product:few": "stock", "show:few": "floor"}
        wanted = {one: ReservationRequest(f"r{number}", [Line(pools[one], 1)]) for one in targets}
        answers.append((number, store.reserve_together(wanted).status))

    # When they ask
    threads = [threading.Thread(target=want, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Then seven have both, and nobody has a part
    held = {f"r{number}" for number, status in answers if status == "held"}
    assert len(held) == 7
    for target in ("product:few", "show:few"):
        assert set(state.hkeys(inventory_keys.inventory(target, "holds"))) == held
        assert_true_numbers(state, target)
