"""What the tests of the inventory share: a show with units to sell, and a clock that only the tests move."""

import functools
from collections.abc import Sequence

import redis

from tasks_app.inventory import Auditor
from tasks_app.inventory.holds import Line
from tasks_app.inventory.queries import LedgerEntry, changes
from tasks_app.lua import inventory_scripts as lua
from tasks_app.state import inventory_keys
from worker.inventory.agenda import Agenda
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import (
    Confirmation,
    Decision,
    Definition,
    Extension,
    Reduction,
    Release,
    ReservationRequest,
)

SHOW = "show:1"
CLOCK_KEY = "{jobs}:test:clock"  # in the slot of the keys that the scripts touch
CLOCK = f"local function now() return tonumber(redis.call('GET', '{CLOCK_KEY}')) end"
MINUTE = 60_000


class TimedInventory(InventoryStore):
    """The scripts as they are, but with another clock: unix ms that a test sets."""

    def __init__(self, client: redis.Redis, now_ms: int = 1_000_000, find_by: Sequence[str] = ()) -> None:
        load = functools.partial(lua.load, clock=CLOCK)
        super().__init__(client, load, functools.partial(lua.together, clock=CLOCK), find_by)
        self.agenda = Agenda(client, load)
        for name in ("expire", "forget"):
            self._scripts[name] = client.register_script(load(f"inventory/{name}"))
        self.now_ms = now_ms
        self.advance(0)

    def advance(self, by_ms: int) -> None:
        self.now_ms += by_ms
        self._client.set(CLOCK_KEY, self.now_ms)

    def expire(self, target: str, limit: int) -> tuple[int, int | None]:
        """As the agenda does for one show: returns how many holds it freed, and the next deadline, unix ms."""
        freed, deadline = self._run("expire", target, limit)
        return freed, None if deadline < 0 else deadline

    def forget(self, target: str, older_than_ms: int, limit: int) -> tuple[int, bool]:
        """As the agenda does for one show: returns how many it removed, and whether nothing more is old enough."""
        removed, done = self._run("forget", target, older_than_ms, limit, older_than_ms, "", "")
        return removed, bool(done)


def definition(hold_ms: int = 100, limit: int | None = None, **pools: int) -> Definition:
    """A show with these pools, `floor` of ten if none is named, whose holds live 250 ms at most."""
    longest = max(250, hold_ms)
    return Definition("A show", pools or {"floor": 10}, hold_ms, longest, limit, {"price": 25})


def on_sale(client: redis.Redis, **terms: int) -> TimedInventory:
    """An inventory with one show on sale, `SHOW`; `terms` as those of `definition`."""
    inventory = TimedInventory(client)
    inventory.create(SHOW, definition(**terms))
    return inventory


def held_show(client: redis.Redis) -> TimedInventory:
    """A show of ten units and at most six for a customer; `one` holds six of them for 100 ms, as `r1`."""
    inventory = on_sale(client, limit=6, floor=10)
    reserve(inventory, "r1", ("floor", 6), customer="one")
    return inventory


def wish(name: str, *lines: tuple[str, int], customer: str | None = None, **options: object) -> ReservationRequest:
    """A reservation; without lines one unit of `floor`."""
    kept = [Line(*line) for line in lines or [("floor", 1)]]
    return ReservationRequest(name, kept, customer, **options)  # type: ignore[arg-type]


def reserve(inventory: InventoryStore, name: str, *lines: tuple[str, int], **options: object) -> Decision:
    """One reservation from the show, alone in its call."""
    return inventory.reserve(SHOW, [wish(name, *lines, **options)])[0]  # type: ignore[arg-type]


def confirm(inventory: InventoryStore, reacquire: bool = False, hold: str = "r1", target: str = SHOW) -> Decision:
    """Always under the same id, as if one message came again."""
    return inventory.confirm(target, [Confirmation("confirm", hold, reacquire)])[0]


def extend(
    inventory: InventoryStore, extend_ms: int, operation: str = "extend", hold: str = "r1", target: str = SHOW
) -> Decision:
    return inventory.extend(target, [Extension(operation, hold, extend_ms)])[0]


def reduce(
    inventory: InventoryStore, *lines: tuple[str, int], operation: str = "reduce", hold: str = "r1", target: str = SHOW
) -> Decision:
    return inventory.reduce(target, [Reduction(operation, hold, [Line(*line) for line in lines])])[0]


def release(inventory: InventoryStore, hold: str = "r1", target: str = SHOW) -> Decision:
    """Always under the same id, as if one message came again."""
    return inventory.release(target, [Release("release", hold)])[0]


def counters(client: redis.Redis, pool: str = "floor") -> tuple[int, int, int]:
    """Capacity, held, sold, as stored."""
    fields = [f"{pool}:{part}" for part in ("cap", "held", "sold")]
    return tuple(int(value) for value in client.hmget(inventory_keys.inventory(SHOW, "pool"), fields))


def events(client: redis.Redis) -> list[str]:
    """The ledger's events, in order."""
    return [change.event for change in ledger(client)]


def ledger(client: redis.Redis, target: str = SHOW) -> list[LedgerEntry]:
    """All changes, in order."""
    return [change for entry in client.xrange(inventory_keys.inventory(target, "log")) for change in changes(*entry)]


def deadlines(client: redis.Redis, target: str = SHOW) -> dict[str, int]:
    """Hold -> when it is due, as the index has it."""
    together = client.zrange(inventory_keys.inventory(target, "exp"), 0, -1, withscores=True)
    return {hold: int(deadline) for holds, deadline in together for hold in holds.split(" ")}


def assert_true_numbers(client: redis.Redis, target: str = SHOW) -> None:
    """The audit finds nothing wrong."""
    assert Auditor(client).audit(target).differences == []
