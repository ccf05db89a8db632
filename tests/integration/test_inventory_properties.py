"""Any sequence of operations, even late and repeated ones: scripts answer and leave what the model says."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tasks_app.inventory import Auditor, audit
from tasks_app.inventory.holds import Line
from tests.inventory_kit import SHOW, TimedInventory, definition
from tests.inventory_model import Model
from tests.inventory_things import Thing
from worker.inventory.requests import Confirmation, Decision, Extension, Reduction, Release, ReservationRequest

POOLS = some.sampled_from(["floor"] * 6 + ["balcony"] * 4 + ["cellar"])
LINES = some.lists(some.builds(Line, POOLS, some.integers(1, 3)), min_size=1, max_size=3)
CUSTOMERS = some.sampled_from(["one", "one", "two", "three", None])
HOLD_MS = some.sampled_from([None, None, None, 40, 250, 251])
SELL = some.sampled_from([False, False, False, True])
CHANGES = some.fixed_dictionaries(
    {},
    optional={
        "name": some.just("Another name"),
        "prices": some.dictionaries(POOLS, some.sampled_from([None, 2.5])),
        "pools": some.just({"cellar": {"capacity": 2}}),
        "hold_seconds": some.sampled_from([0.04, 0.1, 0.26]),
        "hold_max_seconds": some.sampled_from([0.06, 0.25, 0.3]),
        "max_per_customer": some.sampled_from([None, 1, 3, 4]),
    },
)
WISHES = some.tuples(some.booleans(), LINES, CUSTOMERS, HOLD_MS, SELL)


class InventoryMachine(RuleBasedStateMachine):
    """Does each thing to the scripts and to the model; compares answers, and the state after each rule."""

    def __init__(self, client: redis.Redis, inventory: TimedInventory) -> None:
        super().__init__()
        client.flushall()
        self.auditor = Auditor(client)
        self.inventory = inventory
        self.inventory.now_ms = 1_000_000
        self.inventory.advance(0)
        self.numbers = itertools.count()
        self.delivered: list[Callable[[], None]] = []

    @initialize(limit=some.sampled_from([None, None, 3, 4]), floor=some.integers(2, 6))
    def create(self, limit: int | None, floor: int) -> None:
        what = definition(limit=limit, floor=floor, balcony=3)
        self.model = Model(what, self.inventory.now_ms)
        assert self.inventory.create(SHOW, what).status == "created"
        assert self.inventory.create(SHOW, what).status == "exists"

    def deliver(self, method: str, *arguments: Any) -> None:
        """One message: to the scripts and the model now, and perhaps once more later."""

        def run() -> None:
            answer: Decision = getattr(self.inventory, method)(SHOW, *arguments)
            assert answer == getattr(self.model, method)(*arguments)

        self.delivered.append(run)
        run()

    def deliver_many(self, method: str, wishes: list[Any]) -> None:
        """The same for methods that handle many at a time."""

        def run() -> None:
            answers: list[Decision] = getattr(self.inventory, method)(SHOW, wishes)
            assert answers == [getattr(self.model, method)(wish) for wish in wishes]

        self.delivered.append(run)
        run()

    def operation(self) -> str:
        return f"op{next(self.numbers)}"

    def holds(self, data: some.DataObject, most: int) -> list[str]:
        """Names of existing holds; sometimes the same one twice, and now and then an unknown one."""
        names = some.sampled_from([*self.model.holds] * 4 + ["nothing"])
        return data.draw(some.lists(names, min_size=1, max_size=most))

    @rule(pool=POOLS, quantity=some.integers(1, 2), customer=CUSTOMERS)
    def reserve(self, pool: str, quantity: int, customer: str | None) -> None:
        self.deliver_many("reserve", [ReservationRequest(f"r{next(self.numbers)}", [Line(pool, quantity)], customer)])

    @rule(wishes=some.lists(WISHES, min_size=1, max_size=4), data=some.data())
    def reserve_many(self, wishes: list[Any], data: some.DataObject) -> None:
        fresh = f"r{next(self.numbers)}"
        names = [*self.model.holds, fresh]
        self.deliver_many(
            "reserve",
            [
                ReservationRequest(f"{fresh}.{at}" if new else data.draw(some.sampled_from(names)), *rest)
                for at, (new, *rest) in enumerate(wishes)
            ],
        )

    @rule(data=some.data(), reacquire=some.booleans())
    def confirm(self, data: some.DataObject, reacquire: bool) -> None:
        names = self.holds(data, most=3)
        self.deliver_many("confirm", [Confirmation(self.operation(), name, reacquire) for name in names])

    @rule(data=some.data(), extend_ms=some.sampled_from([10, 90, 120, 1_000]))
    def extend(self, data: some.DataObject, extend_ms: int) -> None:
        names = self.holds(data, most=2)
        self.deliver_many("extend", [Extension(self.operation(), name, extend_ms) for name in names])

    @rule(data=some.data())
    def reduce(self, data: some.DataObject) -> None:
        names = self.holds(data, most=2)
        self.deliver_many("reduce", [Reduction(self.operation(), name, self.part(data, name)) for name in names])

    def part(self, data: some.DataObject, name: str) -> list[Line]:
        """Some or all of the lines of a hold, or just any lines."""
        hold = self.model.holds.get(name)
        if hold is None or data.draw(some.integers(1, 5)) == 1:
            return data.draw(LINES)
        some_of = [line for line in hold.lines if data.draw(some.booleans())] or hold.lines
        return [Line(pool, data.draw(some.integers(1, units))) for pool, units in some_of]

    @rule(data=some.data())
    def release(self, data: some.DataObject) -> None:
        self.deliver_many("release", [Release(self.operation(), name) for name in self.holds(data, most=2)])

    @rule(pool=POOLS, quantity=some.integers(1, 2))
    def restock(self, pool: str, quantity: int) -> None:
        self.deliver("restock", self.operation(), pool, quantity)

    @rule(pool=POOLS, capacity=some.integers(0, 7))
    def set_capacity(self, pool: str, capacity: int) -> None:
        self.deliver("set_capacity", self.operation(), pool, capacity)

    @rule(changes=CHANGES, edition=some.sampled_from([None, None, 0, 1]))
    def edit(self, changes: dict[str, Any], edition: int | None) -> None:
        self.deliver("edit", self.operation(), changes, edition)

    @rule(status=some.sampled_from(["on_sale"] * 5 + ["closed", "archived"]))
    def set_status(self, status: str) -> None:
        self.deliver("set_status", self.operation(), status)

    @precondition(lambda self: self.delivered)
    @rule(data=some.data())
    def deliver_again(self, data: some.DataObject) -> None:
        data.draw(some.sampled_from(self.delivered))()

    @precondition(lambda self: any(hold.state == "held" for hold in self.model.holds.values()))
    @rule(data=some.data(), by_ms=some.sampled_from([-1, 0, 1]))
    def come_to_a_deadline(self, data: some.DataObject, by_ms: int) -> None:
        held = [hold.expires for hold in self.model.holds.values() if hold.state == "held"]
        self.advance(max(0, data.draw(some.sampled_from(held)) + by_ms - self.inventory.now_ms))

    @precondition(lambda self: any(hold.state == "held" for hold in self.model.holds.values()))
    @rule(data=some.data(), others=some.lists(some.integers(1, 3), max_size=2), swept=some.booleans())
    def pay_late(self, data: some.DataObject, others: list[int], swept: bool) -> None:
        """A hold runs out, its customer takes other units or not, and then confirms it after all."""
        held = [name for name, hold in self.model.holds.items() if hold.state == "held"]
        name = data.draw(some.sampled_from(held))
        hold = self.model.holds[name]
        self.advance(hold.expires - self.inventory.now_ms)
        if swept:
            self.expire(limit=100)
        for quantity in others:
            self.reserve(hold.lines[0].pool, quantity, hold.customer)
        self.deliver_many("confirm", [Confirmation(self.operation(), name, True)])

    @rule(by_ms=some.sampled_from([1, 30, 110]))
    def advance(self, by_ms: int) -> None:
        self.inventory.advance(by_ms)
        self.model.now_is(self.inventory.now_ms)

    @rule(limit=some.sampled_from([1, 100]))
    def expire(self, limit: int) -> None:
        due = self.overdue()
        deadlines = sorted(hold.expires for hold in self.model.holds.values() if hold.state == "held")
        freed, deadline = self.inventory.expire(SHOW, limit)
        assert freed == min(limit, len(due))
        assert deadline == next(iter(sorted(due)[freed:] + deadlines), None)

    def overdue(self) -> list[int]:
        """Deadlines that are past and were not swept."""
        now = self.inventory.now_ms
        return [deadline for deadline in self.auditor._read(SHOW).deadlines.values() if deadline <= now]

    @invariant()
    def nothing_is_wrong(self) -> None:
        parts, model = self.auditor._read(SHOW), self.model
        assert list(audit.differences(parts)) == []

        kept = {name: Thing.of(hold.as_of(model.now)) for name, hold in parts.holds.items()}
        assert kept == {name: replace(hold, asked=None) for name, hold in model.holds.items()}
        unswept = [hold for hold in parts.holds.values() if hold.as_of(model.now) != hold]
        assert int(parts.meta["v"]) + len(unswept) == model.changes
        assert {name: pool.capacity for name, pool in parts.pools.items()} == model.capacities
        assert parts.meta["status"] == model.status
        assert int(parts.meta.get("edition", 0)) == model.edition
        held = model.units("held")
        for hold in unswept:
            held.update({line.pool: line.quantity for line in hold.lines})
        for name, pool in parts.pools.items():
            assert (pool.held, pool.sold) == (held[name], model.units("confirmed")[name])
        assert parts.operations.keys() == model.answers.keys()


@pytest.mark.usefixtures("usher")
def test_any_sequence_of_operations_leaves_true_numbers(state: redis.Redis) -> None:
    inventory = TimedInventory(state)
    run_state_machine_as_test(
        lambda: InventoryMachine(state, inventory),
        settings=settings(
            max_examples=300,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
