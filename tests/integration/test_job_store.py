"""Claim, settle, signs of life: what may happen to a job, and which calls change nothing."""

import json

import pytest

from tasks_app.jobs.job import State
from tasks_app.state import keys, worker_keys
from tasks_app.state.record_names import STORED
from tests.jobs import TYPE, assert_consistent, claim, events_of, new, read, take_in, told, where
from worker.jobs.job_store import Settlement, Slot

BOOM = '{"code":"error","message":"boom"}'


def test_a_queued_job_is_claimed_once(state, store):
    job = new(data={"a": 1}, title="T")
    take_in(state, job)
    (first,) = claim(store, job.id)
    assert (first.id, first.data, first.attempts_made, first.title) == (job.id, {"a": 1}, 0, "T")
    assert claim(store, job.id) == []
    assert (read(state, job.id).state, where(state, job.id)) == (State.ACTIVE, ["active"])


def test_an_unknown_id_yields_nothing(store):
    assert claim(store, "a" * 26) == []


def test_a_turn_without_work_proves_that_the_queue_is_consumed_and_writes_nothing_else(state, store):
    store.turn(Slot(TYPE, "jobs", "worker@test", 0, "token"), 1)
    assert {*state.keys("*")} - {keys.layout()} == {worker_keys.consumed()}
    assert int(state.hget(worker_keys.consumed(), "jobs")) > 0


def test_a_settled_job_is_complete_with_its_result(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    assert store.settle([Settlement(claimed, "complete", '{"n":[1,"é"]}')]) == [True]
    found = read(state, job.id)
    assert (found.state, found.result, found.progress) == (State.COMPLETE, {"n": [1, "é"]}, 100)
    assert found.created_ms <= found.started_ms <= found.finished_ms
    assert told(state, job.id) == ["queued", "active", "complete"]
    assert_consistent(state)


@pytest.mark.parametrize(
    ("result", "kept"),
    [("null", None), ('{"outcome":"sent"}', "sent"), ('{"outcome":"true"}', '{"outcome":"true"}'), ("true", "true")],
)
def test_a_usual_result_is_kept_short_and_shown_in_full(state, store, result, kept):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "complete", result)])
    assert state.hget(keys.job(job.id), STORED["result"]) == kept
    assert read(state, job.id).result == events_of(state)[-1].data == json.loads(result)


@pytest.mark.parametrize("verdict", ["complete", "error", "permanent", "snoozed", "interrupted"])
def test_a_second_settle_changes_nothing(state, store, verdict):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "complete", "1")])
    before = state.hgetall(keys.job(job.id))
    assert store.settle([Settlement(claimed, verdict, '{"code":"x","message":"y"}')]) == [False]
    assert state.hgetall(keys.job(job.id)) == before


def test_a_stale_fence_settles_nothing(state, store, eventually):
    # Given a job whose first worker went silent and which another worker has now
    job = new()
    take_in(state, job)
    (stale,) = claim(store, job.id)
    eventually(lambda: store.recover([TYPE])[0])
    (fresh,) = claim(store, job.id)

    # When the first comes back with an outcome
    # Then only the second worker's outcome counts
    assert store.settle([Settlement(stale, "complete", '"old"')]) == [False]
    assert store.progress([(stale, 50, None)]) == [False]
    assert not store.log(stale, "late")
    assert store.settle([Settlement(fresh, "complete", '"new"')]) == [True]
    assert read(state, job.id).result == "new"


def test_a_claim_knows_when_its_lease_ends(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    assert claimed.deadline_ms == read(state, job.id).started_ms + 1_000


def test_a_large_result_stays_out_of_the_event(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.settle([Settlement(claimed, "complete", f'"{"x" * 5_000}"')])
    assert len(read(state, job.id).result) == 5_000
    assert len(state.xrevrange(keys.events(), count=1)[0][1]["data"]) < 100


def test_progress_data_is_json_of_a_bounded_size(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    for data in (float("nan"), "x" * 20_000):
        with pytest.raises(ValueError):
            store.progress([(claimed, 1, data)])


def test_progress_is_stored_published_and_keeps_the_lease(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    before = state.zscore(keys.index(TYPE, "active"), job.id)
    assert store.progress([(claimed, 40, {"page": 2})]) == [True]
    found = read(state, job.id)
    assert (found.progress, found.progress_data) == (40, {"page": 2})
    assert state.zscore(keys.index(TYPE, "active"), job.id) >= before
    assert told(state, job.id)[-1] == "progress"


def test_log_keeps_the_last_hundred_lines(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    for number in range(105):
        assert store.log(claimed, f'line "{number}"')
    assert state.lrange(keys.log(job.id), 0, -1) == [f'line "{number}"' for number in range(5, 105)]


def test_renew_says_which_jobs_are_lost(state, store, usher):
    kept, lost = new(), new()
    take_in(state, kept, lost)
    claims = claim(store, kept.id, lost.id)
    usher.controls.cancel(lost.id)
    assert store.renew(claims) == {lost.id}


def test_batch_counters_add_up_at_every_moment(state, store, usher):
    # Given a batch whose jobs go different ways
    batch = "b" * 26
    jobs = [new(batch=batch, attempts=2) for _ in range(5)]

    def counted():
        counts = state.hgetall(keys.batch(batch))
        assert sum(int(counts.get(s, 0)) for s in State) == int(counts["total"]) == 5
        return {s.value: int(counts.get(s, 0)) for s in State if int(counts.get(s, 0))}

    take_in(state, *jobs)
    assert counted() == {"queued": 5}
    claims = claim(store, *[job.id for job in jobs[:4]])
    assert counted() == {"queued": 1, "active": 4}
    verdicts = zip(claims, ["complete", "error", "permanent", "snoozed"], strict=True)
    store.settle([Settlement(one, verdict, "{}", wait_ms=60_000) for one, verdict in verdicts])
    assert counted() == {"queued": 1, "complete": 1, "delayed": 2, "failed": 1}
    usher.controls.cancel(jobs[4].id)
    assert counted() == {"complete": 1, "delayed": 2, "failed": 1, "cancelled": 1}


def test_the_next_attempt_learns_that_an_effect_began_and_never_ended(state, store):
    # Given a worker that began the effect and died
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    assert not claimed.interrupted
    assert store.begin([claimed]) == [True]
    state.zadd(keys.index(TYPE, "active"), {job.id: 1})
    store.recover([TYPE])

    # When another one claims the job, then it learns so
    (again,) = claim(store, job.id)
    assert again.interrupted
    assert store.begin([claimed]) == [False]


@pytest.mark.parametrize("verdict", ["error", "snoozed"])
def test_an_effect_whose_end_is_known_is_not_in_doubt(state, store, verdict):
    job = new(attempts=5)
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.begin([claimed])
    store.settle([Settlement(claimed, verdict, "{}", wait_ms=0)])
    store.promote([TYPE])
    (again,) = claim(store, job.id)
    assert not again.interrupted


def test_an_effect_stays_in_doubt_when_its_worker_lost_sight_of_the_state(state, store):
    job = new()
    take_in(state, job)
    (claimed,) = claim(store, job.id)
    store.begin([claimed])
    store.settle([Settlement(claimed, "interrupted", '"state_unavailable"', wait_ms=0)])
    store.promote([TYPE])
    (again,) = claim(store, job.id)
    assert again.interrupted
    assert again.attempts_made == 0


def test_outcomes_are_counted_only_for_batches_that_exist(state, store):
    # Given one job of a batch, one of a batch that is forgotten, and one of none
    jobs = [new(batch="kept"), new(batch="forgotten"), new()]
    take_in(state, *jobs)
    claims = claim(store, *[job.id for job in jobs])
    state.delete(keys.batch("forgotten"))

    # When all have an outcome, then only the first one's is counted, and nothing comes back
    store.settle([Settlement(one, "complete", "{}", outcome="sent") for one in claims])
    assert state.hget(keys.batch("kept"), "outcome:sent") == "1"
    assert not state.exists(keys.batch("forgotten"), keys.batch(""))
