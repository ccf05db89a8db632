"""
Layout 2 to 3: data of that layout (layouts/2.json, laid down by its own code, beside what that code read of them) are
brought up, are what they were, and are worked on. Its holds live until 2076.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import redis

from tasks_app import events, inventory_queries, keys, queries
from tasks_app.audit import audit
from tests.integration.migrating import lay_down, migrated
from tests.inventory_kit import ledger, wish
from worker.agenda import Agenda
from worker.inventory import Inventory
from worker.inventory_requests import Confirmation, Extension, Release

FOUND = json.loads((Path(__file__).parent / "layouts/2.json").read_text())
STORED, SEEN = FOUND["stored"], FOUND["seen"]
TARGETS = ("show:gala", "show:hamlet", "product:1")  # hamlet has a limit per customer


@pytest.fixture
def brought_up(state: redis.Redis, state_is_shared: None) -> redis.Redis:
    migrated(state, 2, lambda empty: lay_down(empty, STORED))
    return state


def as_seen(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_jobs_and_events_are_what_they_were(brought_up):
    assert as_seen({job.id: asdict(job) for job in queries.jobs(list(SEEN["jobs"]))}) == SEEN["jobs"]
    told = [event for entry in events.entries_from(keys.events(), "-", 1_000) for event in entry.of(entry.jobs)]
    assert as_seen([[event.id, event.body()] for event in told]) == SEEN["events"]


@pytest.mark.parametrize("target", TARGETS)
def test_shows_and_products_are_what_they_were(brought_up, target):
    assert as_seen([asdict(one) for one in inventory_queries.ledger(target, None, 1_000)]) == SEEN["ledgers"][target]
    holds = {own: asdict(inventory_queries.hold(target, own)) for own in SEEN["holds"][target]}
    assert as_seen(holds) == SEEN["holds"][target]
    assert as_seen(asdict(audit(target))) == SEEN["audits"][target]
    assert brought_up.exists(keys.inventory(target, "cust")) == (target == "show:hamlet")


def test_a_reader_of_a_ledger_goes_on_where_it_was(brought_up):
    entries = SEEN["ledgers"]["show:gala"]
    Inventory(brought_up).reserve("show:gala", [wish(f"new{n}", customer=f"c{n}") for n in range(3)])
    later = inventory_queries.ledger("show:gala", entries[-3]["id"], 1_000)
    assert [one.version for one in later] == [len(entries) - 1, *range(len(entries), len(entries) + 4)]


@pytest.mark.parametrize("target", TARGETS)
def test_old_and_new_holds_are_worked_on_together(brought_up, target):
    # Given what was held before, and new holds beside them
    inventory, pool = Inventory(brought_up), "stock" if target == "product:1" else "floor"
    held = [own for own, hold in SEEN["holds"][target].items() if hold["state"] == "held"]
    inventory.set_status(target, "open", "on_sale")
    inventory.reserve(target, [wish(f"new{n}", (pool, 1), customer=f"c{n}", hold_ms=3_600_000) for n in range(4)])
    assert audit(target).differences == []

    # When they are confirmed, extended and released, then all is as if they were of one time
    inventory.confirm(target, [Confirmation("c1", held[0]), Confirmation("c2", "new0")])
    inventory.extend(target, [Extension("e1", held[1], 1_576_800_000_500), Extension("e2", "new1", 7_200_000)])
    inventory.release(target, [Release("r1", held[2]), Release("r2", "new2")])
    Agenda(brought_up).expire(100)
    assert audit(target).differences == []
    again = SEEN["holds"][target][held[3]]
    known = [wish(held[3], *map(tuple, again["lines"]), customer=again["customer"])]
    assert inventory.reserve(target, known)[0].data["at_ms"] == again["at_ms"]
    events_after = [change.event for change in ledger(brought_up, target)][len(SEEN["ledgers"][target]) :]
    assert events_after[-6:] == ["confirmed", "confirmed", "extended", "extended", "released", "released"]


def test_what_ended_is_forgotten(brought_up):
    Agenda(brought_up).forget(-1, 10_000)
    for target in TARGETS:
        assert {hold.state for hold in _holds(target)} == {"held", "confirmed"}
        assert audit(target).differences == []


def _holds(target: str) -> list:
    return [one for own in SEEN["holds"][target] if (one := inventory_queries.hold(target, own))]
