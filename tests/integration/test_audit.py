"""The audit sees every kind of damage; each test does one kind."""

import json

import pytest
import redis

from tasks_app.errors import UnknownInventoryError
from tasks_app.inventory.queries import Pool
from tasks_app.usher import Usher
from tests.inventory_kit import SHOW, TimedInventory, on_sale, reserve, wish
from worker.inventory.requests import Confirmation, Extension, Release

ONE, TWO = ([{"pool": "floor", "quantity": quantity}] for quantity in (1, 2))

pytestmark = pytest.mark.usefixtures("usher")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    """A show with a hold, a sale, a cancelled sale, an expired hold, one taken again, and a restock."""
    inventory = on_sale(state, limit=3, floor=10)
    inventory.reserve(SHOW, [wish(name, customer="one") for name in ("expired", "retaken")])
    inventory.advance(100)
    inventory.confirm(SHOW, [Confirmation("c1", "retaken", reacquire=True)])
    inventory.reserve(SHOW, [wish(name, customer="two") for name in ("held", "sold", "cancelled")])
    inventory.confirm(SHOW, [Confirmation("c2", "sold"), Confirmation("c3", "cancelled")])
    inventory.release(SHOW, [Release("c4", "cancelled")])
    inventory.extend(SHOW, [Extension("e1", "held", 150)])
    inventory.restock(SHOW, "s1", "floor", 5)
    return inventory


@pytest.mark.usefixtures("inventory")
def test_a_sound_inventory_has_no_differences_and_its_numbers_are_shown(usher: Usher) -> None:
    report = usher.auditor.audit(SHOW)
    assert (report.ok, report.differences) == (True, [])
    assert report.pools == {"floor": Pool(15, 1, 2)}
    assert report.holds == {"held": 1, "confirmed": 2, "released": 1, "expired": 1}
    assert (report.version, report.entries, report.customers) == (14, 14, 2)


def test_an_unknown_inventory_cannot_be_audited(state: redis.Redis, usher: Usher) -> None:
    with pytest.raises(UnknownInventoryError):
        usher.auditor.audit("show:9")


def hset(part: str, field: str, value: str) -> list[str]:
    return ["HSET", f"{{jobs}}:show:1:{part}", field, value]


DAMAGE = {
    "more held and sold than there is": (hset("pool", "floor:cap", "2"), "I1 pool floor"),
    "a counter below zero": (hset("pool", "floor:held", "-1"), "I1 pool floor"),
    "a held unit that no hold has": (hset("pool", "floor:held", "2"), "I2 pool floor: held 2"),
    "a sold unit that no sale has": (hset("pool", "floor:sold", "3"), "I2 pool floor: sold 3"),
    "a counter that is gone": (["HDEL", "{jobs}:show:1:pool", "floor:held"], "I1 pool floor"),
    "a hold of a pool that is not there": (
        hset("holds", "held", '["held",1000100,1000250,"two",[["cellar",1]]]'),
        "I2 pool cellar: there is none",
    ),
    "a hold that would never expire": (["ZREM", "{jobs}:show:1:exp", "held"], "I6 hold held"),
    "a wrong deadline": (["ZADD", "{jobs}:show:1:exp", "5", "held"], "I6 hold held"),
    "a sale that would expire": (["ZADD", "{jobs}:show:1:exp", "5", "sold"], "I6 hold sold"),
    "a deadline of nothing": (["ZADD", "{jobs}:show:1:exp", "5", "nothing"], "I6 hold nothing"),
    "a hold that lives too long": (hset("meta", "hold_max_ms", "120"), "I6 hold held: lives"),
    "a late sale": (
        hset("holds", "sold", '["confirmed",1000100,1000200,"two",[["floor",1]],1000200]'),
        "I6 hold sold: confirmed",
    ),
    "a wrong count of a customer": (hset("cust", "two", "3"), "I7 customer two"),
    "a customer who has nothing": (hset("cust", "three", "1"), "I7 customer three"),
    "a customer who is not counted": (["HDEL", "{jobs}:show:1:cust", "one"], "I7 customer one"),
    "a limit that was passed": (hset("meta", "max_per_customer", "1"), "I7 customer two: 2 units"),
    "a status nobody set": (hset("meta", "status", "closed"), "I9 status closed"),
    "a capacity nobody set": (hset("pool", "floor:cap", "16"), "I9 pools"),
    "a hold nobody made": (
        hset("holds", "new", '["released",1,2,"",[["floor",1]],2]'),
        "I9 hold new: kept",
    ),
    "a sale that is gone": (["HDEL", "{jobs}:show:1:holds", "sold"], "I9 hold sold"),
    "a hold whose customer changed": (
        hset("holds", "expired", '["expired",1000000,1000100,"two",[["floor",1]],1000100]'),
        "I9 hold expired",
    ),
    "an operation nobody did": (hset("ops", "s2", "{}"), "I9 operation s2"),
    "a version too many": (hset("meta", "v", "15"), "I10 ledger"),
}


@pytest.mark.usefixtures("inventory")
@pytest.mark.parametrize(("command", "difference"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_found(state: redis.Redis, command: list[str], difference: str, usher: Usher) -> None:
    state.execute_command(*command)
    report = usher.auditor.audit(SHOW)
    assert not report.ok
    assert any(found.startswith(difference) for found in report.differences), report.differences


@pytest.mark.parametrize(
    ("event", "about", "data", "difference"),
    [
        ("released", "sold", {"lines": ONE, "was": "held"}, "I9 entry 15: released from held"),
        ("confirmed", "nothing", {"lines": ONE, "was": "held"}, "I9 entry 15: confirmed"),
        ("released", "sold", {"lines": TWO, "was": "confirmed"}, "I9 entry 15: (Line"),
        ("held", "sold", {"lines": ONE, "customer": None, "expires_ms": 5}, "I9 entry 15: sold was taken"),
        ("vanished", "sold", {}, "I9 entry 15: unknown event"),
        ("sold", "extra", {"lines": [{"pool": "cellar", "quantity": 1}], "customer": None}, "I9 pools"),
    ],
)
def test_an_impossible_ledger_entry_is_found(
    inventory: TimedInventory,
    state: redis.Redis,
    event: str,
    about: str,
    data: dict[str, object],
    difference: str,
    usher: Usher,
) -> None:
    state.xadd("{jobs}:show:1:log", {"v": 15, "event": event, "id": about, "data": json.dumps(data)})
    found = usher.auditor.audit(SHOW).differences
    assert any(line.startswith(difference) for line in found), found


def test_a_gap_in_the_ledger_is_found(inventory: TimedInventory, state: redis.Redis, usher: Usher) -> None:
    reserve(inventory, "last", customer="three")
    entry_id, _ = state.xrevrange("{jobs}:show:1:log", count=2)[1]
    state.xdel("{jobs}:show:1:log", entry_id)
    assert any(line.startswith("I10 ledger") for line in usher.auditor.audit(SHOW).differences)
