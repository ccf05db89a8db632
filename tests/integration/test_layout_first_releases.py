"""Data that the first release wrote (layouts/0.json, by its real worker), read and worked on today."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from tasks_app.jobs.job import State
from tasks_app.state import inventory_keys, keys, notification_keys
from tasks_app.state.record_names import STORED
from tasks_app.usher import Usher
from tests.integration.migrating import bring_up, lay_down, migrated
from tests.jobs import read, slot_works
from worker import tasks
from worker.inventory.agenda import Agenda

LAID_DOWN_MS = 1795724972247
TEXT = (Path(__file__).parent / "layouts/0.json").read_text()
HELD, SOLD = "a277d4hzquaj2zbud7hkl55pzj", "ec36244kzdzjk3acqn7kvunrmo"
QUEUED = {
    "reserve_seat": "f5l32j5n2sxp3ncffhcobzu22u",
    "extend": "xmcmemo2cqgoordfaaxnkacm2r",
    "create_inventory": "ual373ue2mq4zjnczp36bxqijp",
    "restock": "hnycisnymbxx5co7cs33vbrlur",
}


def later_by(later_ms: int) -> dict[str, Any]:
    """What is laid down, all of whose moments are so much later."""
    moved: dict[str, Any] = json.loads(re.sub(r"\b17957\d{8}\b", lambda found: str(int(found[0]) + later_ms), TEXT))
    return moved


def now_later_ms() -> int:
    """Moves the data to a moment before this very call: their holds last ten minutes, a run of all tests longer."""
    return int(time.time() * 1000) - LAID_DOWN_MS


def laid_down_later(later_ms: int) -> Callable[[redis.Redis], None]:
    data = later_by(later_ms)
    return lambda state: lay_down(state, data)


@pytest.fixture
def later_ms() -> int:
    return now_later_ms()


@pytest.fixture
def lay_out(later_ms: int) -> Callable[[redis.Redis], None]:
    return laid_down_later(later_ms)


@pytest.fixture
def brought_up(state: redis.Redis, usher: Usher, lay_out: Callable[[redis.Redis], None]) -> redis.Redis:
    state.flushall()
    lay_out(state)
    state.set("{notices}:pause:apprise", "too many", px=600_000)
    state.client_setname("usher:999:test")
    bring_up(state)
    return state


def test_the_first_step_may_be_killed_anywhere_and_repeated(state, lay_out):
    migrated(state, 0, lay_out)


def test_shows_products_and_holds_are_there_and_pass_their_audit(brought_up, usher):
    for target in ("show:hamlet", "show:classic", "product:1", "product:2"):
        found = usher.auditor.audit(target)
        assert found.ok, found.differences
    pools = usher.inventories.read("show:hamlet").pools
    assert (pools["floor"].held, pools["floor"].sold, pools["balcony"].held) == (2, 1, 1)
    assert usher.reservations.find(HELD).state == "held"
    assert usher.reservations.find(SOLD).lines == [{"pool": "floor", "quantity": 1}]


def test_the_ledger_has_todays_words_under_the_ids_that_it_had(brought_up, usher, later_ms):
    entries = usher.inventories.ledger("show:hamlet", None, 100)
    assert [entry.id for entry in entries] == [
        entry_id for entry_id, _ in later_by(later_ms)["{show:hamlet}:log"]["value"]
    ]
    told = {entry.event: entry.data for entry in reversed(entries)}
    assert told["created"] == {"pools": {"floor": {"capacity": 100}, "balcony": {"capacity": 40}}}
    assert told["held"]["lines"] == [{"pool": "floor", "quantity": 2}, {"pool": "balcony", "quantity": 1}]
    assert told["held"]["expires_ms"] == 1795725563730 + later_ms
    assert told["extended"].keys() == {"expires_ms", "job"}


def test_waiting_jobs_are_done_as_they_were_meant(brought_up, usher):
    assert tasks  # the handlers are registered
    for job_type, job_id in QUEUED.items():
        assert slot_works(job_type, job_id) == 1, job_type
        assert read(brought_up, job_id).state is State.COMPLETE, job_type
    assert usher.inventories.read("show:othello").pools["floor"].capacity == 10
    assert usher.inventories.read("product:1").pools["stock"].capacity == 6
    hold = usher.inventories.hold("show:hamlet", QUEUED["reserve_seat"])
    assert hold is not None
    assert hold.expires_ms - hold.at_ms == 900_000
    assert all(usher.auditor.audit(target).ok for target in ("show:hamlet", "show:othello", "product:1"))


def test_an_unreadable_job_is_left_as_it_is(state, lay_out):
    lay_out(state)
    data = {"lines": [5], "pools": 3, "extend_ms": "late"}
    for job_type, job_id in QUEUED.items():
        state.hset(keys.job(job_id), "data", json.dumps(data if job_type != "restock" else "no object"))
    before = {job_id: state.hget(keys.job(job_id), "data") for job_id in QUEUED.values()}
    state.client_setname("usher:999:test")
    state.delete(keys.layout())
    bring_up(state)
    assert {job_id: state.hget(keys.job(job_id), STORED["data"]) for job_id in QUEUED.values()} == before


def test_ended_jobs_and_holds_are_forgotten_in_time(brought_up):
    agenda = Agenda(brought_up)
    assert agenda.forget(0, 200) == 4  # two holds that ended, two answers
    assert brought_up.exists(inventory_keys.inventory("product:2", "ops")) == 0


def test_a_listed_recipient_is_not_notified_however_the_number_is_written(brought_up, usher):
    numbers = ("+14153518780", "(415) 351-8780", "tel:+1 415 351 8781")
    assert usher.suppressions.suppressed([("console", number) for number in numbers]) == [True] * 3
    assert usher.suppressions.suppressed([("apprise", "ADA@example.org"), ("apprise", "bob@example.org")]) == [
        True,
        False,
    ]


def test_a_rest_of_a_provider_stays(brought_up):
    rest = json.loads(brought_up.get(notification_keys.rest("apprise")))
    assert rest["why"] == "too many"
    assert rest["ms"] > 0
