"""Lists of reservations: newest first, nothing twice and nothing left out, whatever happens while somebody pages."""

from collections.abc import Sequence

import pytest
import redis

from tasks_app.inventory import Auditor, Wanted, reservation_ids
from tasks_app.inventory.reservation_lists import ReservationLists
from tasks_app.state import inventory_keys
from tests.inventory_kit import TimedInventory, definition, wish
from worker.inventory.requests import Confirmation, Release, ReservationRequest

NOW_MS = 1_700_000_000_000
HAMLET, LEAR, MUG = "show:hamlet", "show:lear", "product:mug"


def reservation(number: int, target: str, customer: str | None = "ada", **more: object) -> ReservationRequest:
    """One unit; its id says where it is."""
    return wish(reservation_ids.carrying(f"{number:020d}------", target), customer=customer, **more)


class Shop:
    """Three things on sale, and a clock that the test moves."""

    def __init__(self, state: redis.Redis) -> None:
        self.state = state
        self.inventory = TimedInventory(state, NOW_MS)
        self.lists = ReservationLists(state)
        for target in (HAMLET, LEAR, MUG):
            self.inventory.create(target, definition(hold_ms=60_000, floor=100_000))
        self.count = 0

    def take(self, target: str, count: int = 1, between_ms: int = 1, **more: object) -> list[str]:
        """Ids of new reservations, one after the other."""
        taken = []
        for _ in range(count):
            self.count += 1
            taken.append(reservation(self.count, target, **more))  # type: ignore[arg-type]
            self.inventory.advance(between_ms)
            self.inventory.reserve(target, [taken[-1]])
        return [one.id for one in taken]

    def take_together(self, target: str, count: int, customer: str) -> list[str]:
        """The same in one call, which makes one entry of the ledger."""
        first, self.count = self.count + 1, self.count + count
        taken = [reservation(number, target, customer) for number in range(first, first + count)]
        self.inventory.reserve(target, taken)
        return [one.id for one in taken]

    def pages(self, wanted: Wanted, limit: int, meanwhile: Sequence[object] = ()) -> list[list[str]]:
        """The ids on each page; after each page one of `meanwhile` happens."""
        found, cursor, events = [], "", list(meanwhile)
        while True:
            page = self.lists.page(wanted, cursor, limit)
            found.append([one.id for one in page.reservations])
            cursor = page.cursor
            if not cursor:
                return found
            if events:
                events.pop(0)()  # type: ignore[operator]

    def all(self, wanted: Wanted, limit: int = 500) -> list[str]:
        return [one for page in self.pages(wanted, limit) for one in page]


@pytest.fixture
def shop(state: redis.Redis) -> Shop:
    return Shop(state)


@pytest.mark.parametrize(
    "wanted",
    [Wanted("ada"), Wanted(target=HAMLET), Wanted(), Wanted("ada", HAMLET)],
    ids=["customer", "show", "all", "both"],
)
@pytest.mark.parametrize("limit", [1, 2, 7, 500])
def test_pages_of_any_size_have_all_of_them_once_newest_first(shop: Shop, wanted: Wanted, limit: int) -> None:
    # Given reservations of two customers, some of the same moment or in one entry of a ledger, of three things in turn
    taken = []
    for number in range(12):
        target = (HAMLET, LEAR, MUG)[number % 3]
        for customer in ("ada", "bob"):
            ids = shop.take(target, 1, number % 2, customer=customer)
            taken += [(target, customer, one) for one in [*ids, *shop.take_together(target, number % 5, customer)]]
    # When they are listed page by page
    found = [one for page in shop.pages(wanted, limit) for one in page]
    # Then each is there once, and none is newer than the one before it; the ledgers of several things are merged by
    # their own clock, which no test moves
    expected = [
        one for target, customer, one in taken if wanted.customer in ("", customer) and wanted.target in ("", target)
    ]
    assert sorted(found) == sorted(expected)
    moments = [shop.lists.page(wanted, "", 500).reservations[place].created_ms for place in range(len(found))]
    assert moments == sorted(moments, reverse=True) or wanted == Wanted()


def test_what_comes_ends_or_is_forgotten_meanwhile_moves_nothing(shop: Shop) -> None:
    # Given nine reservations of a customer
    taken = shop.take(HAMLET, 9)

    def sell() -> None:
        shop.inventory.confirm(HAMLET, [Confirmation("c", one) for one in taken[::2]])

    def release_and_forget() -> None:
        shop.inventory.release(HAMLET, [Release("r", taken[4])])
        shop.inventory.advance(1)
        shop.inventory.forget(HAMLET, 0, 100)

    # When some are sold, one is forgotten, and new ones come while somebody pages
    for wanted in (Wanted("ada"), Wanted(target=HAMLET), Wanted()):
        meanwhile = [lambda: shop.take(HAMLET, 3), sell, release_and_forget, lambda: shop.take(LEAR, 3)]
        found = [one for page in shop.pages(wanted, 2, meanwhile) for one in page if one in taken]
        # Then those that were there at the first page come once, in their order
        expected = [one for one in reversed(taken) if one in found or one != taken[4]]
        assert found == expected


@pytest.mark.parametrize(
    "wanted", [Wanted("ada", state="confirmed"), Wanted(state="confirmed")], ids=["list", "ledger"]
)
def test_a_page_that_looked_at_enough_ends_early_and_the_next_goes_on(shop: Shop, wanted: Wanted) -> None:
    shop.lists = ReservationLists(shop.state, looked_at=4)
    sold = shop.take(HAMLET, 2, sell=True)
    shop.take(HAMLET, 9)
    pages = shop.pages(wanted, 5)
    assert len(pages) > 2
    assert [one for page in pages for one in page] == sold[::-1]


def test_they_are_found_by_state_moment_and_declared_metadata(shop: Shop) -> None:
    shop.inventory = TimedInventory(shop.state, NOW_MS, find_by=("order", "seats"))
    early, sold = shop.take(HAMLET), shop.take(HAMLET, sell=True, metadata='{"order":"4711","seats":2}')
    moment = shop.inventory.now_ms
    late = shop.take(MUG, metadata='{"order":"4711","seats":3.0,"other":"x"}', between_ms=10)
    assert shop.all(Wanted("ada", state="confirmed")) == sold
    assert shop.all(Wanted("ada", since_ms=moment + 1)) == shop.all(Wanted(since_ms=moment + 1)) == late
    assert shop.all(Wanted(metadata={"order": "4711"})) == [*late, *sold]
    assert shop.all(Wanted(metadata={"order": "4711", "seats": "3"})) == late
    assert shop.all(Wanted(target=HAMLET, metadata={"order": "4711"})) == sold
    assert shop.all(Wanted(metadata={"other": "x"})) == []  # it is not declared
    assert shop.all(Wanted("ada")) == [*late, *sold, *early]
    assert shop.lists.page(Wanted("ada"), "", 1).reservations[0].metadata == {
        "order": "4711",
        "seats": 3.0,
        "other": "x",
    }


def test_a_hold_past_its_deadline_is_listed_as_expired_before_anything_sweeps_it(shop: Shop) -> None:
    taken = shop.take(HAMLET)  # long ago by the server's clock
    assert shop.all(Wanted("ada", state="expired")) == taken
    assert shop.all(Wanted("ada", state="held")) == []


def test_a_forgotten_reservation_leaves_its_lists_and_they_end_with_it(shop: Shop) -> None:
    # Given a reservation with a customer and metadata, under keys that are declared no more
    TimedInventory(shop.state, NOW_MS, find_by=("order", "seats")).reserve(
        HAMLET, [reservation(1, HAMLET, metadata='{"order":"4711","seats":2}')]
    )
    lists = [
        inventory_keys.found(*of) for of in (("customer", "ada"), ("metadata.order", "4711"), ("metadata.seats", "2"))
    ]
    assert shop.state.exists(*lists) == 3
    # When it is released and forgotten, then nothing of it is left
    shop.inventory.release(HAMLET, [Release("r", reservation(1, HAMLET).id)])
    shop.inventory.advance(1)
    assert shop.inventory.forget(HAMLET, 0, 100)[0] == 1
    assert shop.state.exists(*lists) == 0
    assert shop.all(Wanted(target=HAMLET)) == []


def test_an_id_that_came_again_after_it_was_forgotten_is_listed_once(shop: Shop) -> None:
    one = shop.take(HAMLET)[0]
    shop.inventory.release(HAMLET, [Release("r", one)])
    shop.inventory.advance(1)
    shop.inventory.forget(HAMLET, 0, 100)
    shop.inventory.advance(10**12)  # the ledger's own ids are of the server's clock
    shop.inventory.reserve(HAMLET, [wish(one, customer="ada")])
    assert shop.all(Wanted("ada")) == [one]
    assert len(shop.all(Wanted(target=HAMLET))) <= 1


@pytest.mark.parametrize("cursor", ["x", "bnVsbA==", "WyJsb2ciLDFd", "WzFd", "e30="])
def test_a_cursor_of_nothing_is_refused(shop: Shop, cursor: str) -> None:
    for wanted in (Wanted("ada"), Wanted()):
        if cursor == "bnVsbA==":  # null: the beginning
            continue
        with pytest.raises(ValueError, match=r"."):
            shop.lists.page(wanted, cursor, 10)


def test_a_cursor_of_another_list_is_refused(shop: Shop) -> None:
    shop.take(HAMLET, 3)
    of_customer, of_all = (shop.lists.page(wanted, "", 1).cursor for wanted in (Wanted("ada"), Wanted()))
    with pytest.raises(ValueError, match="place"):
        shop.lists.page(Wanted(), of_customer, 1)
    with pytest.raises(ValueError, match="place"):
        shop.lists.page(Wanted("ada"), of_all, 1)


def test_a_reservation_of_several_shows_is_listed_once_and_under_each_of_them(shop: Shop) -> None:
    # Given one of two shows, taken before another
    first = reservation(1, HAMLET, metadata='{"order":"4711"}')
    inventory = TimedInventory(shop.state, NOW_MS, find_by=("order",))
    assert inventory.reserve_together({HAMLET: first, LEAR: first}).status == "held"
    other = reservation(2, LEAR)
    inventory.reserve(LEAR, [other])
    # Then each list that it belongs to has it whole, and none has it twice
    for wanted in (Wanted(), Wanted("ada"), Wanted(target=LEAR), Wanted("ada", LEAR)):
        assert sorted(shop.all(wanted)) == [first.id, other.id], wanted
    for wanted in (Wanted(target=HAMLET), Wanted(metadata={"order": "4711"})):
        (found,) = shop.lists.page(wanted, "", 9).reservations
        assert (found.id, found.targets, found.metadata) == (first.id, {HAMLET, LEAR}, {"order": "4711"})
    assert [one.targets for one in shop.lists.page(Wanted(target=LEAR), "", 9).reservations] == [{LEAR}, {HAMLET, LEAR}]
    assert Auditor(shop.state).audit(LEAR).ok
    # And when its second hold alone is forgotten, then it stays in the lists
    inventory.release(LEAR, [Release("r", first.id)])
    inventory.advance(1)
    assert inventory.forget(LEAR, 0, 100)[0] == 1
    assert shop.all(Wanted("ada")) == [other.id, first.id]
