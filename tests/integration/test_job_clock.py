"""What the clock does with jobs: due ones start, lost ones come back, old ones go."""

import pytest

from tasks_app.jobs.job import State
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from tests.jobs import TYPE, assert_consistent, end_long_ago, new, options, read, slot_claims, take_in, told, where
from worker.jobs.job_store import JobStore, Settlement
from worker.maintenance import Maintenance


@pytest.fixture
def store(state):
    return JobStore(state, options())


def claim(store, *ids):
    return slot_claims(store, ids)


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

    # Then after three leases lost, the fourth fails it
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

    # When its worker tells of progress all the time
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


def test_a_ttl_shorter_than_the_lease_is_looked_at_in_time(state):
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


def test_progress_starts_the_ttl_anew(state, store):
    job = new(ttl_ms=60_000)
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    state.hset(keys.job(job.id), "ends", "1")
    assert store.progress([(claimed, 1, None)]) == [True]
    assert int(state.hget(keys.job(job.id), "ends")) > read(state, job.id).started_ms + 50_000
    assert store.recover([TYPE])[0] == 0


def test_finished_jobs_go_after_their_age(state):
    # Given a finished and a queued job
    store = JobStore(state, options(keep_complete_seconds=0))
    done, waiting = new(), new()
    take_in(state, done, waiting)
    (claimed,) = claim(store, done.id)
    store.log(claimed, "line")
    store.settle([Settlement(claimed, "complete", "1")])
    end_long_ago(state, done.id)

    # When the clock forgets
    # Then only the finished one is gone, with its log
    assert store.forget() == (1, False)
    assert not state.exists(keys.job(done.id), keys.log(done.id))
    assert read(state, waiting.id).state is State.QUEUED
    assert_consistent(state)


def test_of_too_many_finished_jobs_the_oldest_go(state):
    store = JobStore(state, options(keep_count=2))
    jobs = [new() for _ in range(5)]
    take_in(state, *jobs)
    claims = claim(store, *[job.id for job in jobs])
    store.settle([Settlement(one, "complete", "1") for one in claims])
    for age, job in enumerate(jobs):
        end_long_ago(state, job.id, 10**14 + age)
    assert store.forget() == (3, False)
    assert state.lrange(keys.complete(TYPE), 0, -1) == [job.id for job in jobs[3:]]
    assert_consistent(state)


def test_a_batch_goes_when_it_is_old_and_over(state):
    # Given two old batches, one of them over
    store = JobStore(state, options(keep_complete_seconds=0, keep_failed_seconds=0, keep_cancelled_seconds=0))
    over, under_way = new(batch="o" * 26), new(batch="u" * 26)
    take_in(state, over, under_way)
    store.settle([Settlement(one, "complete", "1") for one in claim(store, over.id)])
    state.zadd(keys.batches(), {"o" * 26: 1, "u" * 26: 1})

    # When the clock forgets
    store.forget()

    # Then only that one is gone
    assert not state.exists(keys.batch("o" * 26), keys.batch_jobs("o" * 26))
    assert state.exists(keys.batch("u" * 26), keys.batch_jobs("u" * 26)) == 2


def test_jobs_of_types_that_no_worker_knows_are_forgotten_too_and_then_the_type(state):
    store = JobStore(state, options(keep_cancelled_seconds=0))
    job = new(type="ghost")
    take_in(state, job)
    state.hset(keys.job(job.id), STORED["state"], "cancelled")
    state.zrem(keys.index("ghost", "queued"), job.id)
    state.zadd(keys.index("ghost", "cancelled"), {job.id: 1})
    assert store.forget() == (1, False)
    assert not state.exists(keys.job(job.id))
    assert state.smembers(keys.types()) == set()


def test_a_batch_is_kept_from_the_end_of_its_last_job(state, monkeypatch, usher):
    # Given a batch that was submitted long ago and whose job ends now
    store = JobStore(state, options(keep_complete_seconds=60, keep_failed_seconds=60, keep_cancelled_seconds=60))
    job = new(batch="b" * 26)
    take_in(state, job)
    state.zadd(keys.batches(), {"b" * 26: 1})
    store.settle([Settlement(one, "error", "{}") for one in claim(store, job.id)])

    # When the clock forgets, then it is there
    store.forget()
    assert state.exists(keys.batch("b" * 26))

    # And once it is gone, a job of it that is replayed does not bring half of it back
    state.delete(keys.batch("b" * 26))
    state.zrem(keys.batches(), "b" * 26)
    usher.controls.replay(job.id)
    assert not state.exists(keys.batch("b" * 26))


def test_two_clocks_do_each_thing_once(state):
    first, second = JobStore(state, options()), JobStore(state, options())
    take_in(state, *[new(delay_ms=1) for _ in range(50)])
    found = 0
    while found < 50:
        found += first.promote([TYPE])[0] + second.promote([TYPE])[0]
    assert found == state.zcard(keys.index(TYPE, "queued")) == 50


def test_a_lock_of_the_clock_that_a_step_back_has_lengthened_counts_as_over(state, usher):
    # Given a lock as it stands when the server's time has stepped back by 45 s: it ends 45 s too late
    clock = Maintenance(usher, [TYPE], [])
    state.set("lock", "1", px=45_400)

    # Then the next clock takes it at once, and the one after that has to wait as ever
    assert clock._first("lock", 400)
    assert not clock._first("lock", 400)
    assert 0 < state.pttl("lock") <= 400


def test_more_old_batches_than_one_look_takes_are_gone_soon(state, monkeypatch):
    # Given five batches under way and, of later date, five that are over
    monkeypatch.setattr("worker.jobs.job_store.PER_TICK", 3)
    store = JobStore(state, options())
    jobs = [new(batch=name) for name in "abcdefghij"]
    take_in(state, *jobs)
    store.settle([Settlement(one, "complete", "1") for one in claim(store, *[job.id for job in jobs[5:]])])
    state.zadd(keys.batches(), {job.batch: place for place, job in enumerate(jobs, 1)})
    state.hset(keys.pauses(), mapping={"batch:a": "1", "batch:j": "1"})

    # When the clock forgets, and looks again as often as there is more
    looks = 1
    while store.forget()[1]:
        looks += 1
        assert looks < 20

    # Then those under way kept nobody's place, and the pauses of those that are gone are gone too
    assert sorted(name for name in "abcdefghij" if state.exists(keys.batch(name))) == list("abcde")
    assert state.hkeys(keys.pauses()) == ["batch:a"]
