"""What the clock forgets: finished jobs by age and number, batches that are over, types that nobody uses."""

from tasks_app.jobs.job import State
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from tests.jobs import TYPE, assert_consistent, claim, end_long_ago, new, options, read, take_in
from worker.jobs.job_store import JobStore, Settlement


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

    # Then only the one that is over is gone
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


def test_more_old_batches_than_one_look_takes_are_gone_soon(state):
    # Given five unfinished batches and five later ones that are over
    store = JobStore(state, options(), per_tick=3)
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
