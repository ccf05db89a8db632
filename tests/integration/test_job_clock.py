"""What the clock does with jobs: due ones start, and lost ones come back."""

from tasks_app.jobs.job import State
from tasks_app.state import keys
from tests.jobs import (
    TYPE,
    claim,
    new,
    options,
    read,
    slot_claims,
    take_in,
    told,
    where,
)
from worker.jobs.job_store import JobStore, Settlement
from worker.maintenance import Maintenance


def test_a_delayed_job_is_queued_when_it_is_due_and_once(state, store, eventually):
    job = new(delay_ms=100, priority=-5)
    take_in(state, job)
    assert store.promote([TYPE])[0] == 0
    found = []
    eventually(lambda: found.append(store.promote([TYPE])) or found[-1][0])
    assert [(wake.type, wake.level) for wake in found[-1][1]] == [(TYPE, 2)]
    assert store.promote([TYPE])[0] == 0
    assert where(state, job.id) == ["queued"]


def test_a_job_whose_lease_ran_out_is_queued_again_and_costs_no_attempt(state, store, eventually):
    job = new()
    take_in(state, job)
    claim(store, job.id)
    assert store.recover([TYPE])[0] == 0
    eventually(lambda: store.recover([TYPE])[0] == 1)
    recovered = read(state, job.id)
    assert (recovered.state, recovered.stalls, recovered.attempts_made) == (State.QUEUED, 1, 0)
    assert told(state, job.id) == ["queued", "active", "stalled"]


def test_a_renewed_lease_keeps_a_job(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    state.zadd(keys.index(TYPE, "active"), {job.id: 1})  # as if the lease had just run out
    store.renew([claimed])
    assert store.recover([TYPE])[0] == 0


def test_a_job_that_loses_too_many_leases_fails_as_poison(state, store):
    # Given a job that ends each worker that touches it
    job = new(attempts=50)
    take_in(state, job)
    for _ in range(4):
        claim(store, job.id)
        state.zadd(keys.index(TYPE, "active"), {job.id: 1})
        store.recover([TYPE])

    # Then after three lost leases, the fourth fails it
    found = read(state, job.id)
    assert (found.state, found.error["code"], found.stalls) == (State.FAILED, "poison", 3)


def test_a_job_over_its_ttl_loses_an_attempt(state, store, eventually):
    # Given a job with two attempts of 50 ms each
    job = new(ttl_ms=50, attempts=2)
    take_in(state, job)
    (claimed,) = claim(store, job.id)

    # When its worker is busy for longer, even though it renews its lease
    store.renew([claimed])
    eventually(lambda: store.recover([TYPE])[0] or read(state, job.id).state is not State.ACTIVE)

    # Then the attempt is spent, and the late outcome is not taken
    found = read(state, job.id)
    assert (found.state, found.attempts_made, found.error["code"]) == (State.DELAYED, 1, "ttl_exceeded")
    assert store.settle([Settlement(claimed, "complete", "1")]) == [False]

    # And the second time it fails
    store.promote([TYPE])
    claim(store, job.id)
    eventually(lambda: store.recover([TYPE])[0] or read(state, job.id).state is State.FAILED)


def test_a_job_over_its_time_limit_loses_an_attempt(state, store, eventually):
    # Given a job with two attempts, each of which may take 300 ms
    job = new(attempts=2, ttl_ms=60_000)
    take_in(state, job)
    (claimed,) = slot_claims(store, [job.id], limit_ms=300)

    # When its worker reports progress all the time
    def over():
        alive = store.progress([(claimed, 50, None)])[0]
        return store.recover([TYPE])[0] or not alive

    eventually(over)

    # Then the attempt is spent, and no lease is lost
    found = read(state, job.id)
    assert (found.state, found.attempts_made, found.error["code"]) == (State.DELAYED, 1, "time_limit")
    assert (found.stalls, store.settle([Settlement(claimed, "complete", "1")])) == (0, [False])

    # And a next attempt without a limit has none
    store.promote([TYPE])
    claim(store, job.id)
    assert not state.hexists(keys.job(job.id), "limit")


def test_a_ttl_shorter_than_the_lease_is_checked_in_time(state):
    # Given a job of 100 ms and a lease of a minute
    store = JobStore(state, options(lease_seconds=60))
    job = new(ttl_ms=100)
    take_in(state, job)

    # When it is claimed, and when its lease is renewed
    # Then the clock looks at it when its ttl ends, not when its lease does
    (claimed,) = claim(store, job.id)
    ends = int(state.hget(keys.job(job.id), "ends"))
    assert state.zscore(keys.index(TYPE, "active"), job.id) == ends
    store.renew([claimed])
    assert state.zscore(keys.index(TYPE, "active"), job.id) == ends


def test_progress_starts_the_ttl_again(state, store):
    job = new(ttl_ms=60_000)
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    state.hset(keys.job(job.id), "ends", "1")
    assert store.progress([(claimed, 1, None)]) == [True]
    assert int(state.hget(keys.job(job.id), "ends")) > read(state, job.id).started_ms + 50_000
    assert store.recover([TYPE])[0] == 0


def test_two_clocks_do_each_thing_once(state):
    first, second = JobStore(state, options()), JobStore(state, options())
    take_in(state, *[new(delay_ms=1) for _ in range(50)])
    found = 0
    while found < 50:
        found += first.promote([TYPE])[0] + second.promote([TYPE])[0]
    assert found == state.zcard(keys.index(TYPE, "queued")) == 50


def test_a_lock_of_the_clock_that_a_step_back_has_lengthened_counts_as_over(state, usher):
    # Given a lock after the server's time has stepped back by 45 s: it ends 45 s too late
    clock = Maintenance(usher, [TYPE], [])
    state.set("lock", "1", px=45_400)

    # Then the next clock takes it at once, and the one after that has to wait as ever
    assert clock._first("lock", 400)
    assert not clock._first("lock", 400)
    assert 0 < state.pttl("lock") <= 400
