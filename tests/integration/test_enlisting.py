"""Holds that a release without lists took are put into them by the clock, also while that release works beside it."""

import json

import pytest
import redis

from tasks_app.inventory import Wanted
from tasks_app.inventory.reservation_lists import ReservationLists
from tasks_app.state import inventory_keys
from tasks_app.usher import Usher
from tests.inventory_kit import SHOW, TimedInventory, events, on_sale, reserve, wish
from worker.inventory.agenda import Agenda

META, LIST = inventory_keys.inventory(SHOW, "meta"), inventory_keys.found("customer", "ada")


def as_before(state: redis.Redis, inventory: TimedInventory, *names: str) -> None:
    """Take these as the release before did: into no list, with the version of the ledger left behind."""
    listed = state.hget(META, "listed")
    inventory.reserve(SHOW, [wish(name, customer="ada") for name in names])
    state.zrem(LIST, *names)
    if listed is None:
        state.hdel(META, "listed")
    else:
        state.hset(META, "listed", listed)


def listed(state: redis.Redis) -> set[str]:
    return {str(one) for one in state.zrange(LIST, 0, -1)}


def look(state: redis.Redis, times: int = 1, at_once: int = 1_000) -> None:
    for _ in range(times):
        found = Agenda(state, enlisted_at_once=at_once)
        found.look_at_all()
        found.forget(10**12, 10_000)


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    """A show of the release before, with two holds."""
    inventory = on_sale(state, floor=10_000)
    state.hdel(META, "listed")
    as_before(state, inventory, "old1", "old2")
    return inventory


def test_the_clock_lists_what_was_there(state: redis.Redis, inventory: TimedInventory, usher: Usher) -> None:
    assert (listed(state), usher.auditor.audit(SHOW).ok) == (set(), True)
    look(state)
    assert listed(state) == {"old1", "old2"}
    assert state.zscore(LIST, "old1") == inventory.now_ms
    assert state.hmget(META, "listed", "enlisting") == [state.hget(META, "v"), None]


def test_what_comes_before_the_clock_has_looked_is_listed_at_once(
    state: redis.Redis, inventory: TimedInventory
) -> None:
    reserve(inventory, "new", customer="ada")
    assert listed(state) == {"new"}
    look(state)
    assert listed(state) == {"new", "old1", "old2"}


def test_a_large_show_is_listed_in_parts_and_old_and_new_work_meanwhile(
    state: redis.Redis, inventory: TimedInventory, usher: Usher
) -> None:
    # Given more holds than one part has
    names = [f"hold{number}" for number in range(900)]
    as_before(state, inventory, *names)
    # When the old release takes one more, and the new one too, after the first part
    look(state, at_once=100)
    assert 0 < len(listed(state)) < 900
    as_before(state, inventory, "late")
    reserve(inventory, "new", customer="ada")
    # Then in the end all are listed, and nothing is left to do
    looks = 0
    while state.hget(META, "listed") != state.hget(META, "v") or state.hexists(META, "enlisting"):
        look(state, at_once=100)
        looks += 1
        assert looks < 60
    assert listed(state) == {*names, "old1", "old2", "late", "new"}
    assert usher.auditor.audit(SHOW).differences == []


def test_the_agenda_goes_on_at_once_while_there_is_more_to_list(state: redis.Redis, inventory: TimedInventory) -> None:
    as_before(state, inventory, *(f"hold{number}" for number in range(900)))
    look(state, at_once=100)
    assert state.zscore(inventory_keys.agenda("forget"), SHOW) == 0
    look(state, 3)
    assert state.zscore(inventory_keys.agenda("forget"), SHOW) > 0


def test_a_show_of_this_release_is_never_walked(state: redis.Redis) -> None:
    inventory = on_sale(state)
    reserve(inventory, "r1", customer="ada")
    state.delete(LIST)
    look(state)
    assert listed(state) == set()


def test_the_audit_names_a_hold_that_its_list_lacks_or_has_at_another_time(state: redis.Redis, usher: Usher) -> None:
    inventory = on_sale(state)
    reserve(inventory, "r1", customer="ada")
    for change in (["ZADD", LIST, "5", "r1"], ["ZREM", LIST, "r1"]):
        state.execute_command(*change)
        report = usher.auditor.audit(SHOW)
        assert [one.startswith("I11 hold r1: taken at") for one in report.differences] == [True]


def test_a_list_of_a_wrong_type_fails_a_reservation_before_it_changes_anything(state: redis.Redis) -> None:
    inventory = on_sale(state)
    state.set(LIST, "x")
    with pytest.raises(redis.ResponseError):
        reserve(inventory, "r1", customer="ada")
    assert (state.hlen(inventory_keys.inventory(SHOW, "holds")), events(state)) == (0, ["created"])
    state.delete(LIST)
    assert reserve(inventory, "r1", customer="ada").status == "held"


def test_holds_of_the_old_form_and_of_the_new_are_read_alike(state: redis.Redis) -> None:
    inventory = on_sale(state)
    reserve(inventory, "new", customer="ada", metadata='{"a":[1.0,{}]}')
    kept = json.loads(state.hget(inventory_keys.inventory(SHOW, "holds"), "new"))
    assert kept[5:] == [None, '{"a":[1.0,{}]}']
    again = reserve(inventory, "new", customer="ada", metadata='{"a":[1.0,{}]}')
    assert again.status == "held"
    assert reserve(inventory, "new", customer="ada").code == "idempotency_key_reused"
    assert ReservationLists(state).page(Wanted(target=SHOW), "", 5).reservations[0].metadata == {"a": [1.0, {}]}
