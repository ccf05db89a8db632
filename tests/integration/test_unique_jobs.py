"""Unique jobs: one at a time has a key, and loses it in the same step in which it leaves its states."""

import pytest

from tasks_app.jobs import JobControls
from tasks_app.jobs.job import Backoff
from tasks_app.state import keys
from tests.integration.unique_jobs import BATCH, ERROR, alone, held, met, submit
from tests.jobs import TYPE, assert_consistent, options, slot_claims, where
from worker.jobs.job_store import JobStore, Settlement

pytestmark = pytest.mark.usefixtures("usher")


@pytest.mark.parametrize("lasting", ["queued", "unfinished", 60_000])
def test_a_job_that_comes_while_another_has_its_key_is_not_recorded(state, lasting):
    first, second = alone(lasting=lasting), alone(lasting=lasting)
    assert met(state, first) == ""
    (receipt,) = submit(state, second)
    assert (receipt.id, receipt.conflict) == (first.id, "returned")
    assert state.exists(keys.job(second.id)) == 0
    assert [met(state, alone(key="other")), met(state, alone(type="other"))] == ["", ""]
    assert_consistent(state, [TYPE, "other"])


@pytest.mark.parametrize(("lasting", "free"), [("queued", True), ("unfinished", False), (60_000, False)])
def test_a_queued_key_is_free_when_its_job_begins(state, strict_store, lasting, free):
    first = alone(lasting=lasting)
    submit(state, first)
    slot_claims(strict_store, [first.id])
    assert held(state) == ({} if free else {"k": first.id})
    assert met(state, alone()) == ("" if free else "returned")


ENDS = {
    "complete": lambda strict_store, claim: strict_store.settle([Settlement(claim, "complete", "{}")]),
    "failed": lambda strict_store, claim: strict_store.settle([Settlement(claim, *ERROR)]),
    "permanent": lambda strict_store, claim: strict_store.settle([Settlement(claim, "permanent", ERROR[1])]),
    "cancelled": lambda store, claim: JobControls(store._client, lambda _: None).cancel(claim.id),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("lasting", ["queued", "unfinished"])
def test_a_key_is_free_when_its_job_is_over(state, strict_store, lasting, end):
    first = alone(lasting=lasting)
    submit(state, first)
    (claim,) = slot_claims(strict_store, [first.id])
    ENDS[end](strict_store, claim)
    assert held(state) == {}
    assert met(state, alone()) == ""


@pytest.mark.parametrize("lasting", ["queued", "unfinished"])
@pytest.mark.parametrize("delay_ms", [0, 60_000])
def test_a_key_is_free_when_its_job_is_cancelled_before_it_began(state, lasting, delay_ms, usher):
    jobs = [alone(lasting=lasting, key=key, delay_ms=delay_ms, batch=BATCH) for key in "ab"]
    submit(state, *jobs)
    usher.controls.cancel(jobs[0].id)
    assert held(state) == {"b": jobs[1].id}
    usher.controls.cancel_batch(BATCH)
    assert held(state) == {}


def test_a_job_that_waits_for_a_retry_still_has_its_key_or_has_it_again(state, strict_store):
    for lasting in ("queued", "unfinished"):
        job = alone(lasting=lasting, key=lasting, attempts=2, backoff=Backoff("fixed", 60_000))
        submit(state, job)
        (claim,) = slot_claims(strict_store, [job.id])
        strict_store.settle([Settlement(claim, *ERROR)])
        assert held(state)[lasting] == job.id
    for verdict, wait in (("snoozed", 60_000), ("returned", None)):
        job = alone(lasting="queued", key=verdict)
        submit(state, job)
        (claim,) = slot_claims(strict_store, [job.id])
        strict_store.settle([Settlement(claim, verdict, claim.place if verdict == "returned" else "null", wait)])
        assert held(state)[verdict] == job.id


def test_a_job_that_comes_back_and_finds_its_key_taken_goes_on_without_it(state, strict_store, usher):
    # Given a job that began, and another one that came then
    first, second = alone(lasting="queued", attempts=2), alone(lasting="queued")
    submit(state, first)
    (claim,) = slot_claims(strict_store, [first.id])
    submit(state, second)

    # When the first fails and waits for its retry, the key stays the second's, even when the first is cancelled
    strict_store.settle([Settlement(claim, *ERROR)])
    assert held(state) == {"k": second.id}
    usher.controls.cancel(first.id)
    assert held(state) == {"k": second.id}


def test_a_job_whose_worker_died_keeps_its_key_until_it_is_poison(state, strict_store, eventually):
    # Given a job whose worker was killed
    job = alone()
    submit(state, job)
    slot_claims(strict_store, [job.id])

    # When its lease is over, it waits again with its key; after that has happened too often, it fails and loses it
    state.zadd(keys.index(TYPE, "active"), {job.id: 1})
    strict_store.recover([TYPE])
    assert (where(state, job.id), held(state)) == (["queued"], {"k": job.id})
    slot_claims(strict_store, [job.id])
    state.zadd(keys.index(TYPE, "active"), {job.id: 1})
    strict_store.recover([TYPE])
    assert (where(state, job.id), held(state)) == (["failed"], {})


def test_a_replayed_job_takes_its_key_again_if_it_is_free(state, strict_store, usher):
    jobs = [alone(key=key) for key in "ab"]
    submit(state, *jobs)
    for claim in slot_claims(strict_store, [job.id for job in jobs]):
        strict_store.settle([Settlement(claim, "permanent", ERROR[1])])
    other = alone(key="b")
    submit(state, other)
    for job in jobs:
        usher.controls.replay(job.id)
    assert held(state) == {"a": jobs[0].id, "b": other.id}


def test_a_key_for_a_time_is_free_after_it_whatever_became_of_its_job(state, strict_store, eventually):
    # Given a job that is over, and whose key lasts a moment
    first = alone(lasting=300)
    submit(state, first)
    (claim,) = slot_claims(strict_store, [first.id])
    strict_store.settle([Settlement(claim, "complete", "{}")])
    assert met(state, alone(lasting=300)) == "returned"

    # Then the key is free when that moment is over, and the second job did not prolong it
    assert 0 < state.pttl(keys.unique(TYPE, "k")) <= 300
    eventually(lambda: held(state) == {})
    assert met(state, alone(lasting=300)) == ""


def test_a_key_for_a_time_is_free_when_the_record_of_its_job_is_forgotten(state, strict_store):
    first = alone(lasting=3_600_000)
    submit(state, first)
    (claim,) = slot_claims(strict_store, [first.id])
    strict_store.settle([Settlement(claim, "complete", "{}")])
    JobStore(state, options(keep_count=0)).forget()
    assert state.exists(keys.job(first.id)) == 0
    assert met(state, alone(lasting=3_600_000)) == ""


@pytest.mark.parametrize("lasting", ["queued", "unfinished"])
def test_a_key_that_an_older_worker_left_behind_holds_no_job_back(state, strict_store, lasting):
    # Given a job that was done by a worker that knows of no unique jobs
    first = alone(lasting=lasting)
    submit(state, first)
    (claim,) = slot_claims(strict_store, [first.id])
    strict_store.settle([Settlement(claim, "complete", "{}")])
    state.set(keys.unique(TYPE, "k"), first.id)

    # When the next one comes, then it is recorded; the same when the record is forgotten
    second = alone("refuse", lasting=lasting)
    assert met(state, second) == ""
    assert held(state) == {"k": second.id}
    state.set(keys.unique(TYPE, "k"), "a" * 26)
    assert met(state, alone("refuse", lasting=lasting)) == ""


def test_nothing_is_left_of_unique_jobs_when_all_are_forgotten(state, strict_store):
    jobs = [alone(key=str(n), lasting=("queued", "unfinished")[n % 2]) for n in range(6)]
    submit(state, *jobs)
    claims = slot_claims(strict_store, [job.id for job in jobs])
    strict_store.settle(
        [Settlement(claim, ("complete", "permanent")[n % 2], ERROR[1]) for n, claim in enumerate(claims)]
    )
    JobStore(state, options(keep_count=0)).forget()
    left = {key for key in state.scan_iter("*") if state.ttl(key) < 0}
    assert left <= {keys.layout(), keys.events(), keys.types(), f"{keys.events()}:beyond"} | {
        key for key in left if ":wakes:" in key or ":turns:" in key or key.endswith((":consumed", ":pace"))
    }
