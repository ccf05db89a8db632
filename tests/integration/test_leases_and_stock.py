"""Where jobs and stock meet: a frozen worker, a cancelled reservation, a confirmation before its reservation."""

from dataclasses import replace

import pytest

from tasks_app.errors import IllegalTransitionError
from tasks_app.jobs import messages
from tasks_app.jobs.job import NewJob, State
from tasks_app.program import own_usher
from tasks_app.state import keys
from tests.jobs import read, slot_claims, slot_works, take_in
from worker.inventory import overtaking, reservations
from worker.inventory.inventory_store import InventoryStore
from worker.inventory.requests import Definition
from worker.jobs.active import ActiveJob
from worker.jobs.answers import Completed, Interrupted, Snooze
from worker.jobs.handlers import registry
from worker.jobs.run import Runner

SHOW = "show:x"


@pytest.fixture
def store(state, usher):
    """The job scripts; handlers, controls and reads on the same server, and one show of one seat."""
    InventoryStore(state).create(SHOW, Definition("X", {"floor": 1}, 60_000, 60_000))
    return own_usher().part(Runner).store


def job_about(job_type, **data):
    return NewJob(job_type, data, target=SHOW)


def work(job):
    return slot_works(job.type, job.id)


def test_a_worker_that_was_frozen_beyond_its_lease_takes_nothing(state, store, eventually, usher):
    # Given a reservation whose worker has just claimed it, and freezes
    holder, late = (job_about(messages.RESERVE_SEAT, lines=[{"pool": "floor", "quantity": 1}]) for _ in range(2))
    take_in(state, holder, late)
    work(holder)
    (claim,) = slot_claims(store, [late.id], "worker@frozen")
    frozen = ActiveJob(late.type, claim, store)

    # And another worker that refuses it meanwhile; then the seat becomes free
    eventually(lambda: store.recover([late.type])[0])
    work(late)
    assert read(state, late.id).result["code"] == "sold_out"
    InventoryStore(state).release(SHOW, [reservations.Release("r", holder.id)])

    # When the first one wakes up and goes on
    answers = [answer for group in registry[late.type].do([frozen]) for _, answer in group]

    # Then it takes nothing: the customer was told that there is no seat
    assert answers == [Interrupted("lost")]
    assert usher.inventories.read(SHOW).pools["floor"].available == 1


@pytest.mark.parametrize("end", ["limit", "ttl"])
def test_a_worker_that_was_frozen_beyond_the_time_of_its_job_takes_nothing(state, store, eventually, end, usher):
    # Given a reservation whose time is shorter than its lease, and a worker that freezes once it has claimed it
    late = NewJob(
        messages.RESERVE_SEAT,
        {"lines": [{"pool": "floor", "quantity": 1}]},
        target=SHOW,
        ttl_ms=50 if end == "ttl" else 0,
    )
    take_in(state, late)
    (claim,) = slot_claims(store, [late.id], "worker@frozen", limit_ms=50 if end == "limit" else 0)
    frozen = ActiveJob(late.type, claim, store)

    # When the customer is told that it has failed, and then the worker goes on
    eventually(lambda: store.recover([late.type])[0] or read(state, late.id).state is State.FAILED)
    assert read(state, late.id).error["code"] == {"limit": "time_limit", "ttl": "ttl_exceeded"}[end]
    ((_, answer),) = [one for group in registry[late.type].do([frozen]) for one in group]

    # Then it takes nothing
    assert answer == Interrupted("lost")
    assert usher.inventories.read(SHOW).pools["floor"].available == 1


def test_a_job_of_our_own_that_takes_too_long_is_one_failed_attempt(state, store, eventually, own_handlers, usher):
    # Given a show whose inventory does not answer in time, and its clock
    class Slow(InventoryStore):
        def reserve(self, target, requests):
            eventually(lambda: store.recover([job.type])[0] or read(state, job.id).state is State.FAILED)
            return super().reserve(target, requests)

    job = job_about(messages.RESERVE_SEAT, lines=[{"pool": "floor", "quantity": 1}])
    usher.give(reservations._inventory, Slow(state))
    registry[job.type] = replace(registry[job.type], time_limit_seconds=0.05)
    take_in(state, job)
    work(job)

    # Then it has failed, as its record says, and nothing is taken
    found = read(state, job.id)
    assert (found.error["code"], found.attempts_made, found.stalls) == ("time_limit", 1, 0)
    assert usher.inventories.read(SHOW).pools["floor"].available == 1


def test_a_reservation_that_may_have_taken_units_is_released_not_cancelled(state, store, usher):
    # Given a worker that died between the hold and its settlement
    job = job_about(messages.RESERVE_SEAT, lines=[{"pool": "floor", "quantity": 1}])
    take_in(state, job)
    (claim,) = slot_claims(store, [job.id], "worker@dead")
    list(registry[job.type].do([ActiveJob(job.type, claim, store)]))
    state.zadd(keys.index(job.type, "active"), {job.id: 1})
    store.recover([job.type])

    # When a caller cancels it, that is refused; a release gives the units back
    with pytest.raises(IllegalTransitionError):
        usher.controls.cancel(job.id)
    release = job_about(messages.RELEASE, reservation=job.id)
    take_in(state, release)
    work(release)
    assert usher.inventories.read(SHOW).pools["floor"].available == 1

    # And the second delivery does not take them again
    work(job)
    assert usher.inventories.read(SHOW).pools["floor"].available == 1
    assert usher.inventories.hold(SHOW, job.id).state == "released"


@pytest.mark.parametrize(
    ("job_type", "data", "outcome"),
    [
        (messages.CONFIRM, {"reacquire": False}, "confirmed"),
        (messages.EXTEND, {"seconds": 60}, "extended"),
        (messages.RELEASE, {}, "released"),
    ],
)
def test_a_job_that_overtakes_its_reservation_waits_for_it(state, store, eventually, job_type, data, outcome):
    # Given a reservation, and a job about it that comes to a worker first
    reservation = job_about(messages.RESERVE_SEAT, lines=[{"pool": "floor", "quantity": 1}])
    change = job_about(job_type, reservation=reservation.id, **data)
    take_in(state, reservation, change)
    work(change)
    assert read(state, change.id).state is State.DELAYED

    # When the reservation is done, and the other comes back
    work(reservation)
    eventually(lambda: store.promote([job_type])[0])
    work(change)

    # Then it found the reservation, and that cost no attempt
    found = read(state, change.id)
    assert (found.result["outcome"], found.attempts_made) == (outcome, 1)


def test_a_hold_that_was_made_between_two_looks_is_not_called_missing(state, store):
    reservation = job_about(messages.RESERVE_SEAT, lines=[{"pool": "floor", "quantity": 1}])
    confirm = job_about(messages.CONFIRM, reservation=reservation.id)
    take_in(state, reservation, confirm)
    work(reservation)
    (claim,) = slot_claims(store, [confirm.id])
    job = ActiveJob(confirm.type, claim, store)
    (answer,) = overtaking.patiently([job], [Completed({"outcome": "refused", "code": "hold_not_found"})])
    assert isinstance(answer, Snooze)


def test_a_hold_that_never_existed_is_missing(state, store):
    refused = job_about(messages.RESERVE_SEAT, lines=[{"pool": "floor", "quantity": 9}])
    confirm = job_about(messages.CONFIRM, reservation=refused.id)
    unknown = job_about(messages.CONFIRM, reservation="a" * 26)
    take_in(state, refused, confirm, unknown)
    for job in (refused, confirm, unknown):
        work(job)
    assert [read(state, job.id).result["code"] for job in (confirm, unknown)] == ["hold_not_found"] * 2
