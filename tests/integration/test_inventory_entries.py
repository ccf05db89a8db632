"""When a script changes many holds: few entries of the ledger and few members of the index, and no change is lost."""

import pytest
import redis

from tasks_app.inventory import queries as inventory_queries
from tasks_app.state import inventory_keys
from tasks_app.usher import Usher
from tests.inventory_kit import SHOW, TimedInventory, assert_true_numbers, deadlines, ledger, on_sale, wish
from worker.inventory.requests import Confirmation, Extension, Release

pytestmark = pytest.mark.usefixtures("usher")

LOG, EXP = inventory_keys.inventory(SHOW, "log"), inventory_keys.inventory(SHOW, "exp")


@pytest.fixture
def inventory(state: redis.Redis) -> TimedInventory:
    return on_sale(state, floor=2_000, balcony=100)


def hold(inventory: TimedInventory, count: int, **options: object) -> list[str]:
    names = [f"r{n}" for n in range(count)]
    inventory.reserve(SHOW, [wish(name, customer=f"of {name}", **options) for name in names])
    return names


def sizes(state: redis.Redis) -> tuple[int, int]:
    return state.xlen(LOG), state.zcard(EXP)


def test_holds_of_one_moment_are_one_entry_and_few_members(inventory: TimedInventory, state: redis.Redis) -> None:
    names = hold(inventory, 40)
    assert sizes(state) == (2, 2)
    assert deadlines(state) == dict.fromkeys(names, inventory.now_ms + 100)
    inventory.confirm(SHOW, [Confirmation(f"c{name}", name) for name in names])
    assert sizes(state) == (3, 0)
    assert [(one.version, one.event, one.about) for one in ledger(state)] == [
        (1, "created", ""),
        *((n, "held", name) for n, name in enumerate(names, 2)),
        *((n, "confirmed", name) for n, name in enumerate(names, 42)),
    ]
    assert_true_numbers(state)


def test_each_change_keeps_its_own_data(inventory: TimedInventory, state: redis.Redis) -> None:
    inventory.reserve(
        SHOW,
        [
            wish("a", ("floor", 1), customer="one"),
            wish("b", ("floor", 2), ("balcony", 1), hold_ms=50),
            wish("c", ("floor", 1), customer='Zoë "Z", [1] {2}'),
            wish("d", sell=True),
            wish("e", hold_ms=60),
        ],
    )
    line = {"pool": "floor", "quantity": 1}
    due = inventory.now_ms + 100
    assert [(one.event, one.about, one.data) for one in ledger(state)][1:] == [
        ("held", "a", {"lines": [line], "customer": "one", "expires_ms": due}),
        (
            "held",
            "b",
            {
                "lines": [{"pool": "floor", "quantity": 2}, {"pool": "balcony", "quantity": 1}],
                "customer": None,
                "expires_ms": due - 50,
            },
        ),
        ("held", "c", {"lines": [line], "customer": 'Zoë "Z", [1] {2}', "expires_ms": due}),
        ("sold", "d", {"lines": [line], "customer": None}),
        ("held", "e", {"lines": [line], "customer": None, "expires_ms": due - 40}),
    ]
    assert deadlines(state) == {"a": due, "b": due - 50, "c": due, "e": due - 40}
    assert_true_numbers(state)


def test_an_entry_and_its_size_have_an_end(inventory: TimedInventory, state: redis.Redis) -> None:
    def counts(after: int) -> list[int]:
        return [len(fields["id"].split(" ")) for _, fields in state.xrange(LOG)][after:]

    inventory.reserve(SHOW, [wish(f"long{n}", customer="x" * 2_000) for n in range(20)])
    assert counts(1) == [8, 8, 4]
    names = hold(inventory, 600)
    before = len(counts(0))
    inventory.extend(SHOW, [Extension(f"e{name}", name, 200) for name in names])
    assert counts(before) == [250, 250, 100]
    assert_true_numbers(state)


def test_holds_of_one_moment_that_stay_are_still_due(
    inventory: TimedInventory, state: redis.Redis, usher: Usher
) -> None:
    # Given holds of one moment, of which some are sold, some given back, and some extended, one of them twice at once
    names, due = hold(inventory, 20), inventory.now_ms + 100
    inventory.advance(10)
    inventory.confirm(SHOW, [Confirmation("c", names[0]), Confirmation("c17", names[17])])
    inventory.release(SHOW, [Release("r", names[1])])
    inventory.extend(
        SHOW, [Extension("e2", names[2], 120), Extension("e18", names[18], 150), Extension("f2", names[2], 140)]
    )

    # Then the index has exactly those that are held, each at its own moment
    left = [name for n, name in enumerate(names) if n not in (0, 1, 2, 17, 18)]
    assert deadlines(state) == dict.fromkeys(left, due) | {names[2]: due + 50, names[18]: due + 60}
    assert_true_numbers(state)

    # And they become due in that order, few at a time
    inventory.advance(90)
    assert inventory.expire(SHOW, 4) == (4, due)
    assert inventory.expire(SHOW, 100) == (len(left) - 4, due + 50)
    assert_true_numbers(state)
    inventory.advance(60)
    assert inventory.expire(SHOW, 100) == (2, None)
    assert (deadlines(state), usher.inventories.read(SHOW).pools["floor"].held) == ({}, 0)
    assert_true_numbers(state)


def test_a_ledger_is_read_in_pages_that_begin_and_end_anywhere(
    inventory: TimedInventory, state: redis.Redis, usher: Usher
) -> None:
    names = hold(inventory, 30)
    inventory.confirm(SHOW, [Confirmation(f"c{name}", name) for name in names[:9]])
    inventory.restock(SHOW, "more", "floor", 1)
    whole = usher.inventories.ledger(SHOW, None, 1_000)
    assert [one.version for one in whole] == list(range(1, 42))
    assert len({one.id for one in whole}) == 41
    for limit in (1, 7, 30, 31, 41, 42):
        found: list[inventory_queries.LedgerEntry] = []
        while page := usher.inventories.ledger(SHOW, found[-1].id if found else None, limit):
            assert len(page) == min(limit, 41 - len(found))
            found += page
        assert found == whole


def test_live_events_have_the_ids_of_the_ledger_and_go_on_in_the_middle_of_an_entry(
    inventory: TimedInventory, state: redis.Redis, usher: Usher
) -> None:
    hold(inventory, 5)
    whole = usher.inventories.ledger(SHOW, None, 1_000)
    assert [one.id for one in usher.events.past(SHOW, "0-0")] == [one.id for one in whole]
    for n, one in enumerate(whole):
        assert [later.entry for later in usher.events.past(SHOW, one.id)] == whole[n + 1 :]


def test_holds_that_ended_together_are_each_forgotten_in_time(inventory: TimedInventory, state: redis.Redis) -> None:
    # Given holds that ended in one script: one by itself at its deadline, a minute before, the others now
    inventory.reserve(SHOW, [wish("early", hold_ms=1), *(wish(name, hold_ms=200) for name in ("a", "b", "sold"))])
    inventory.extend(SHOW, [Extension("e1", "a", 201), Extension("e2", "b", 202)])
    inventory.confirm(SHOW, [Confirmation("c", "sold")])
    inventory.advance(60_000)
    inventory.release(SHOW, [Release("r1", "early"), Release("r2", "a"), Release("r3", "b"), Release("r4", "sold")])
    assert state.hlen(inventory_keys.inventory(SHOW, "ops")) == 2

    # When those that ended long ago are forgotten, then the one that was given back now stays, with its entries
    assert inventory.forget(SHOW, 30_000, 1_000) == (5, True)
    assert state.hkeys(inventory_keys.inventory(SHOW, "holds")) == ["sold"]
    assert state.exists(inventory_keys.inventory(SHOW, "ops")) == 0
    inventory.advance(30_001)
    assert inventory.forget(SHOW, 30_000, 1_000) == (1, True)
    assert state.exists(inventory_keys.inventory(SHOW, "holds")) == 0
    assert_true_numbers(state)


def test_forgetting_looks_at_no_more_changes_than_it_may(inventory: TimedInventory, state: redis.Redis) -> None:
    for n in range(4):
        names = [f"{n}-{m}" for m in range(10)]
        inventory.reserve(SHOW, [wish(name) for name in names])
        inventory.release(SHOW, [Release(f"r{name}", name) for name in names])
    inventory.advance(1_000)
    assert [inventory.forget(SHOW, 10, 25) for _ in range(4)] == [(10, False), (20, False), (10, True), (0, True)]
