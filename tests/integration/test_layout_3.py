"""
Layout 2 to 3: data of that layout (layouts/2.json, written by its own code, with what that code read of them) are
brought up, are as they were, and can be worked on. Its holds live until 2076.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import redis

from tasks_app.jobs.job import State
from tasks_app.migration.ground import Ground
from tasks_app.migration.steps import lighten
from tasks_app.state import inventory_keys, keys
from tasks_app.state.record_names import STORED as STORED_NAMES
from tasks_app.usher import Usher
from tests.integration.migrating import lay_down, migrated
from tests.inventory_kit import ledger, wish
from tests.jobs import options, read
from worker.inventory.agenda import Agenda
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Confirmation, Extension, Release
from worker.jobs.deciding import Decider
from worker.jobs.job_store import JobStore, Settlement, Slot

FOUND = json.loads((Path(__file__).parent / "layouts/2.json").read_text())
STORED, SEEN = FOUND["stored"], FOUND["seen"]
UNKNOWN_THEN: dict[str, Any] = {"metadata": {}, "others": [], "is_first": True}  # what holds may have today
TARGETS = ("show:gala", "show:hamlet", "product:1")  # hamlet has a limit per customer


def lay_out(state: redis.Redis) -> None:
    lay_down(state, STORED)


@pytest.fixture
def brought_up(state: redis.Redis, usher: Usher) -> redis.Redis:
    migrated(state, 2, lay_out)
    return state


def as_seen(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_records_that_a_scan_missed_are_brought_up(state: redis.Redis, usher: Usher) -> None:
    # Given a server that takes over in the middle of a scan, where some keys were never seen
    lay_out(state)

    class Forgetful(Ground):
        scans = 0

        def keys(self, pattern):
            self.scans += 1
            for found in super().keys(pattern):
                yield found if self.scans > 1 else found[::2]

    # When all is brought up, then nothing is in the old form
    ground = Forgetful(state, "token", usher.recipients)
    assert ground.take()
    assert sum(lighten(ground)) >= len(SEEN["jobs"])
    names = {name for key in state.scan_iter(keys.job("*")) for name in state.hkeys(key)}
    assert names.isdisjoint(STORED_NAMES)


def test_jobs_and_events_are_as_they_were(brought_up, usher):
    unknown_then = {"metadata": {}, "edits": [], "replay_of": "", "large": {}}
    jobs = {own: job | unknown_then for own, job in SEEN["jobs"].items()}
    found = {job.id: asdict(job) for job in usher.jobs.read_many(list(SEEN["jobs"]))}
    for job in found.values():
        del job["backoff"]  # it was stored, but nobody read it
    assert as_seen(found) == jobs
    told = [event for entry in usher.events.entries_from(keys.events(), "-", 1_000) for event in entry.of(entry.jobs)]
    assert as_seen([[event.id, event.body()] for event in told]) == SEEN["events"]


@pytest.mark.parametrize("target", TARGETS)
def test_shows_and_products_are_as_they_were(brought_up, target, usher):
    assert as_seen([asdict(one) for one in usher.inventories.ledger(target, None, 1_000)]) == SEEN["ledgers"][target]
    holds = {own: asdict(usher.inventories.hold(target, own)) for own in SEEN["holds"][target]}
    assert as_seen(holds) == {own: hold | UNKNOWN_THEN for own, hold in SEEN["holds"][target].items()}
    assert as_seen(asdict(usher.auditor.audit(target))) == SEEN["audits"][target]
    assert brought_up.exists(inventory_keys.inventory(target, "cust")) == (target == "show:hamlet")


def test_a_reader_of_a_ledger_goes_on_where_it_was(brought_up, usher):
    entries = SEEN["ledgers"]["show:gala"]
    InventoryStore(brought_up).reserve("show:gala", [wish(f"new{n}", customer=f"c{n}") for n in range(3)])
    later = usher.inventories.ledger("show:gala", entries[-3]["id"], 1_000)
    assert [one.version for one in later] == [len(entries) - 1, *range(len(entries), len(entries) + 4)]


@pytest.mark.parametrize("target", TARGETS)
def test_old_and_new_holds_are_worked_on_together(brought_up, target, usher):
    # Given holds of before, and new holds beside them
    inventory, pool = InventoryStore(brought_up), "stock" if target == "product:1" else "floor"
    held = [own for own, hold in SEEN["holds"][target].items() if hold["state"] == "held"]
    inventory.set_status(target, "open", "on_sale")
    inventory.reserve(target, [wish(f"new{n}", (pool, 1), customer=f"c{n}", hold_ms=3_600_000) for n in range(4)])
    assert usher.auditor.audit(target).differences == []

    # When they are confirmed, extended and released, then nothing distinguishes them
    inventory.confirm(target, [Confirmation("c1", held[0]), Confirmation("c2", "new0")])
    inventory.extend(target, [Extension("e1", held[1], 1_576_800_000_500), Extension("e2", "new1", 7_200_000)])
    inventory.release(target, [Release("r1", held[2]), Release("r2", "new2")])
    Agenda(brought_up).expire(100)
    assert usher.auditor.audit(target).differences == []
    again = SEEN["holds"][target][held[3]]
    known = [wish(held[3], *map(tuple, again["lines"]), customer=again["customer"])]
    assert inventory.reserve(target, known)[0].data["at_ms"] == again["at_ms"]
    events_after = [change.event for change in ledger(brought_up, target)][len(SEEN["ledgers"][target]) :]
    assert events_after[-6:] == ["confirmed", "confirmed", "extended", "extended", "released", "released"]


def test_no_field_has_its_old_name(brought_up):
    names = {name for key in brought_up.scan_iter(keys.job("*")) for name in brought_up.hkeys(key)}
    assert names.isdisjoint(STORED_NAMES)
    assert set(STORED_NAMES.values()) <= names


def test_waiting_jobs_are_done_and_ended_ones_are_forgotten(brought_up, usher):
    # Given a reservation and jobs that waited, and one whose worker is gone
    store = JobStore(brought_up, options(lease_seconds=0.001))
    decided = Decider(brought_up).decide(Slot("reserve_seat", "reservations", "w", 0, "t"), 200)
    assert (decided.count, decided.left) == (1, 0)
    store.recover(["resize_image"])
    claims = store.turn(Slot("resize_image", "jobs", "w", 0, "t"), 200).claims
    assert sorted(claim.data["n"] for claim in claims) == [6, 7, 9]
    store.settle([Settlement(claim, "complete", '{"outcome":"done"}') for claim in claims])
    assert {read(brought_up, claim.id).outcome for claim in claims} == {"done"}

    # When all ended jobs are to be forgotten, then those of both layouts go
    JobStore(brought_up, options(keep_count=0)).forget()
    assert usher.jobs.counts()["resize_image"] == dict.fromkeys(State, 0) | {"delayed": 2}
    assert len(brought_up.keys(keys.job("*"))) == 2


def test_ended_holds_are_forgotten(brought_up, usher):
    Agenda(brought_up).forget(-1, 10_000)
    for target in TARGETS:
        assert {hold.state for hold in _holds(usher, target)} == {"held", "confirmed"}
        assert usher.auditor.audit(target).differences == []


def _holds(usher: Usher, target: str) -> list:
    return [one for own in SEEN["holds"][target] if (one := usher.inventories.hold(target, own))]
