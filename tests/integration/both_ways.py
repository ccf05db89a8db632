"""Does the same to jobs about reservations in both ways, by one script and by handlers; reads all the results."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from tasks_app.jobs import messages
from tasks_app.jobs.job import NewJob, State
from tasks_app.jobs.record_values import data_of, result_of
from tasks_app.state import inventory_keys, keys
from tasks_app.state.record_names import named
from tasks_app.text.encoding import decoded
from tests.inventory_kit import CLOCK_KEY, TimedInventory, deadlines, definition, ledger
from tests.jobs import events_of
from tests.roots import Root
from tests.timed_store import CLOCK_KEYS, move_clock_by_hand
from worker.inventory import reservations
from worker.jobs import deciding, turns
from worker.jobs.deciding import OPERATIONS, Decider
from worker.jobs.run import Runner

TARGETS = ("show:1", "show:2", "product:1")
TYPES = tuple(OPERATIONS)
START_MS = 1_790_000_000_000
FIND_BY = ("order",)
OF_JSON = ("data", "result", "error", "snoozed", "backoff")
READ = {"data": data_of, "result": result_of}


class BothWays:
    """A worker whose clock only a test moves. `decides`: does it take the short way?"""

    def __init__(self, usher: Root, monkeypatch: pytest.MonkeyPatch) -> None:
        self.usher, self.state = usher, usher.connections.state
        vars(usher.settings)["lease_seconds"] = 1_000_000.0
        state = self.state
        self.decides = True
        self.decided = 0
        move_clock_by_hand(monkeypatch)
        self.store, self.intake = usher.part(Runner).store, usher.intake
        self.inventory, self.decider = TimedInventory(state, START_MS, FIND_BY), Decider(state, find_by=FIND_BY)
        usher.give(reservations._inventory, self.inventory)
        usher.give(turns.decider, self)

    def lay_out(self, decides: bool) -> None:
        """Empty everything, and lay out shows of ten and four units a pool."""
        self.state.flushall()
        self.decides = decides
        operations = OPERATIONS if decides else ()
        self.usher.give(turns.Turns, turns.Turns(self.usher, linger_seconds=0.0, operations=operations))
        self.inventory.now_ms = START_MS
        self.advance(0)
        for target in TARGETS:
            limit = 5 if target == "show:2" else None
            what = definition(hold_ms=100, limit=limit, floor=10, stock=10, balcony=4)
            assert self.inventory.create(target, what).status == "created"

    def decide(self, *arguments: Any) -> deciding.Decided:
        """As Decider.decide."""
        outcome = self.decider.decide(*arguments)
        self.decided += outcome.count
        return outcome

    def advance(self, by_ms: int) -> None:
        """Both clocks."""
        self.inventory.advance(by_ms)
        now_ms = int(self.state.get(CLOCK_KEY))
        self.state.mset(dict(zip(CLOCK_KEYS, (now_ms // 1000, now_ms % 1000 * 1000), strict=True)))

    def submit(self, jobs: Sequence[NewJob]) -> None:
        """Submit them as the API does, as one request."""
        self.intake.submit(jobs)

    def work(self, types: Iterable[str] = TYPES) -> int:
        """Turns of all these types, and once more when snoozed jobs are due."""
        return sum(turns.take(one, messages.RESERVATIONS, "worker@test", "0-1") for one in types)

    def everything(self) -> dict[str, Any]:
        """All that is stored and published, decoded; events of a job in their order, ledgers as they are."""
        state = self.state
        records = {key: named(state.hgetall(key)) for key in sorted(state.scan_iter(keys.job("*")))}
        for record in records.values():
            if record["state"] == State.COMPLETE:  # a decided job began when it ended, and that moment is stored once
                record.setdefault("started", record["finished"])
            for name in [*OF_JSON, *(name for name in record if name.startswith("try:"))]:
                if name in record:
                    record[name] = READ.get(name, decoded)(record[name])
            for name, value in record.items():
                if name.startswith("try:"):
                    value.pop("traceback")  # of the handler's own frames
        events = [(event.job, event.event, event.type, event.batch, event.data) for event in events_of(state)]
        inventories = {}
        for target in TARGETS:
            inventories[target] = {
                "log": [(one.version, one.event, one.about, one.data) for one in ledger(state, target)],
                "exp": deadlines(state, target),
                **{
                    part: state.hgetall(inventory_keys.inventory(target, part))
                    for part in ("meta", "pool", "holds", "cust", "ops")
                },
            }
        return {
            "records": records,
            "events": {
                job: list(group)
                for job, group in itertools.groupby(sorted(events, key=lambda one: one[0]), lambda one: one[0])
            },
            "kinds": Counter(event[1] for event in events),
            "inventories": inventories,
            "found": {
                key: state.zrange(key, 0, -1, withscores=True)
                for key in state.scan_iter(inventory_keys.found("*", "*"))
            },
            "agenda": state.zrange(inventory_keys.agenda("expire"), 0, -1, withscores=True),
            "indexes": {
                f"{one}:{at}": state.zrange(keys.index(one, at), 0, -1, withscores=True)
                for one in TYPES
                for at in State
            },
            "complete": {one: sorted(state.lrange(keys.complete(one), 0, -1)) for one in TYPES},
            "batches": {
                key: state.hgetall(key) for key in state.scan_iter(keys.batch("*")) if not key.endswith(":jobs")
            },
            "held back": {key: state.lrange(key, 0, -1) for key in state.scan_iter(keys.held_back("*"))},
            "counts": self.usher.jobs.counts(),
        }

    def compared(self, do: Callable[["BothWays"], object]) -> dict[str, Any]:
        """Do this in both ways; returns the results, which are the same."""
        outcomes = []
        for decides in (False, True):
            self.lay_out(decides)
            do(self)
            outcomes.append(self.everything())
        ordinary, short = outcomes
        for part in ordinary:
            assert short[part] == ordinary[part], (part, differences(ordinary[part], short[part]))
        return short


def differences(one: Any, other: Any) -> list[Any]:
    """Where two values differ, by name."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted({*one, *other}, key=str)
        return [
            (name, differences(one.get(name), other.get(name))) for name in names if one.get(name) != other.get(name)
        ]
    return [] if one == other else [one, other]
