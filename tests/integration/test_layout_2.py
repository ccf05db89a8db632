"""Layout 1 to 2: shows, products, their agenda and lists move into the slot of the jobs, complete jobs into a list."""

import json

import redis

from tasks_app.inventory import reservation_ids
from tasks_app.jobs import WantedJobs
from tasks_app.jobs.job import State
from tasks_app.state import inventory_keys, keys, layout
from tests.integration.migrating import LayOut, migrated
from tests.inventory_kit import deadlines, definition, ledger, wish
from tests.jobs import options
from worker.inventory.agenda import Agenda
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Confirmation, Extension, Release
from worker.jobs.job_store import JobStore

TARGETS = [*(f"show:{n}" for n in range(250)), "product:umbrella", "product:1"]
PARTS = ("meta", "pool", "holds", "exp", "cust", "ops", "log")


def lay_out(state: redis.Redis) -> LayOut:
    """Write in that layout; returns how to do so again. Most shows have nothing, three have holds of all kinds."""
    inventory = InventoryStore(state)
    for target in TARGETS:
        inventory.create(target, definition(hold_ms=50, limit=5, floor=10))
    for target in TARGETS[-3:]:
        inventory.reserve(target, [wish(f"r{n}", customer="one") for n in range(4)])
        inventory.confirm(target, [Confirmation("op1", "r0")])
        inventory.release(target, [Release("op2", "r1")])
        inventory.extend(target, [Extension("op3", "r2", 100)])
        apart(state, target)
    for target in TARGETS:
        kind, _, name = target.partition(":")
        for part in PARTS:
            if state.exists(new := f"{{jobs}}:{target}:{part}"):
                state.rename(new, f"{{{target}}}:{part}")
        state.sadd(f"{{inventories}}:{kind}", name)
        state.zadd("{inventories}:forget", {target: 0})
        state.zadd("{inventories}:codes", {reservation_ids.index_entry(target): 0})
    state.zadd("{inventories}:expire", dict.fromkeys(TARGETS[-3:], 0))
    state.delete(*state.keys("{jobs}:*"))
    dumps = {key: state.dump(key) for key in state.scan_iter()}
    return lambda again: [again.restore(key, 0, dump) for key, dump in dumps.items()]


def apart(state: redis.Redis, target: str) -> None:
    """Each change in an entry of its own, and each hold in a member of its own, as it was up to layout 2."""
    told, held = ledger(state, target), deadlines(state, target)
    state.delete(inventory_keys.inventory(target, "log"), inventory_keys.inventory(target, "exp"))
    for one in told:
        fields = {"v": one.version, "event": one.event, "id": one.about, "data": json.dumps(one.data)}
        state.xadd(inventory_keys.inventory(target, "log"), fields, id=f"{one.id.partition('-')[0]}-{one.version}")
    state.zadd(inventory_keys.inventory(target, "exp"), held)
    state.hdel(inventory_keys.inventory(target, "meta"), "listed")  # nor were there lists of reservations


def test_shows_and_products_are_as_they_were(state, usher):
    # Given what was stored, and what was known of it, when that is brought up
    again = lay_out(state)
    read = state.pipeline()
    for target in TARGETS[-3:]:
        for command, part in (("hgetall", "holds"), ("hgetall", "pool"), ("xrange", "log"), ("hgetall", "cust")):
            getattr(read, command)(f"{{{target}}}:{part}")
    sizes = [len(answer) for answer in read.execute()]
    migrated(state, 1, again)

    # Then nothing has its old name, and today's code reads all of it
    assert [key for key in state.scan_iter() if not key.startswith("{jobs}:")] == []
    for target in TARGETS[-3:]:
        for command, part in (("hgetall", "holds"), ("hgetall", "pool"), ("xrange", "log"), ("hgetall", "cust")):
            assert len(getattr(state, command)(inventory_keys.inventory(target, part))) == sizes.pop(0)
        assert usher.auditor.audit(target).differences == []
        assert usher.inventories.hold(target, "r0").state == "confirmed"
        assert reservation_ids.targets(state, reservation_ids.carrying("a" * 26, target)) == [target]
    assert [len(usher.inventories.listing(kind)) for kind in ("show", "product")] == [250, 2]


def test_holds_expire_and_reservations_go_on(state, usher, eventually):
    migrated(state, 1, lay_out(state))
    agenda = Agenda(state)
    freed = []
    eventually(lambda: freed.append(agenda.expire(10)) or sum(freed) == 6)
    outcome = InventoryStore(state).reserve("product:1", [wish("new", customer="two"), wish("r0", customer="one")])
    assert [one.status for one in outcome] == ["held", "held"]
    assert state.zscore(inventory_keys.agenda("forget"), "show:0") == 0


def test_data_of_the_old_layout_are_not_taken_for_an_empty_server(state):
    state.sadd("{inventories}:product", "1")
    assert not layout.initialise(state.execute_command)


def lay_out_complete(state: redis.Redis) -> None:
    """Complete jobs as layout 1 had them: in an index by the time at which they ended; one of them has no record."""
    state.sadd("{jobs}:types", "email", "unused")
    for n in range(450):
        record = {"state": "complete", "type": "email", "data": "{}", "created": 1, "finished": 1_000 + n // 3}
        state.hset(f"{{jobs}}:job:j{n:03}", mapping=record)
        state.zadd("{jobs}:index:email:complete", {f"j{n:03}": 1_000 + n // 3})
    state.hdel("{jobs}:job:j007", "finished")
    state.zadd("{jobs}:index:email:complete", {"lost": 1_001})


def test_complete_jobs_are_listed_in_their_order_and_forgotten(state, usher):
    # Given complete jobs of that layout, when they are brought up
    migrated(state, 1, lay_out_complete)

    # Then lists have them all, newest first, page by page
    found, cursor = [], ""
    while True:
        page = usher.job_lists.page(WantedJobs(State.COMPLETE, "email"), cursor, 7)
        found += page.jobs
        if not (cursor := page.cursor):
            break
    assert [job.id for job in found] == [f"j{n:03}" for n in reversed(range(450))]
    assert [job.finished_ms for job in found] == [1_000 + n // 3 for n in reversed(range(450))]
    assert usher.jobs.counts(["email"])["email"] == dict.fromkeys(State, 0) | {"complete": 450}

    # And the clock forgets them, the oldest first
    assert JobStore(state, options(keep_count=400)).forget()[0] == 450  # all are older than a day
    assert (state.exists(keys.complete("email"), "{jobs}:index:email:complete"), usher.jobs.types()) == (0, [])
