"""The server's time steps back: moments in the keys are then too far ahead, and nothing stands still."""

import time

from tasks_app.state import keys, notification_keys, worker_keys
from tests.channels import RECIPIENTS
from tests.jobs import TYPE, new, read, slot_claims, take_in
from worker.notifications.delivery_store import DeliveryStore

HOUR_MS = 3_600_000


def ahead_ms(state, job_id, job_state):
    return state.zscore(keys.index(TYPE, job_state), job_id) - time.time() * 1000


def test_the_job_of_a_dead_worker_comes_back_within_a_minute_and_a_lease(state, store):
    # Given a job whose lease, given before the step, ends in an hour
    job = new()
    take_in(state, job)
    slot_claims(store, [job.id])
    state.zincrby(keys.index(TYPE, "active"), HOUR_MS, job.id)

    # When the clock looks
    assert store.recover([TYPE])[0] == 0

    # Then it looks again in time, and one more look changes nothing
    first = state.zscore(keys.index(TYPE, "active"), job.id)
    assert 0 < ahead_ms(state, job.id, "active") <= 62_000
    store.recover([TYPE])
    assert state.zscore(keys.index(TYPE, "active"), job.id) == first


def test_a_wake_up_from_before_the_step_that_was_lost_is_sent_again(state, store):
    (wake,) = take_in(state, new())
    state.zincrby(worker_keys.wake_ups(TYPE), HOUR_MS, wake.token)
    (again,) = store.wake([TYPE], {"jobs": 0})[0]
    assert again.token != wake.token


def test_a_processor_that_died_before_the_step_keeps_no_worker_away(state, store):
    job = new()
    take_in(state, job)
    state.zadd(worker_keys.attended(TYPE), {"processor@gone": int(time.time() * 1000) + HOUR_MS})
    assert [claim.id for claim in slot_claims(store, [job.id])] == [job.id]
    assert read(state, job.id).state == "active"


def test_a_rest_begins_again_and_lasts_no_longer_than_it_was_meant_to(state):
    # Given a rest of a minute that a step has lengthened to an hour
    notices = DeliveryStore(state, RECIPIENTS)
    notices.rest("webhook:example", 60, "503")
    state.pexpire(notification_keys.rest("webhook:example"), HOUR_MS)

    # Then the next look shortens it for all
    _, _, [(_, wait_ms, why)] = notices.look_up([("webhook", "https://example.org", "webhook:example")])
    assert (wait_ms, why) == (60_000, "503")
    assert 0 < state.pttl(notification_keys.rest("webhook:example")) <= 60_000


def test_a_queue_that_was_last_consumed_an_hour_from_now_does_not_count_as_consumed(state, monkeypatch, usher):
    state.hset(worker_keys.consumed(), "jobs", int(time.time() * 1000) + HOUR_MS)
    assert usher.jobs.silent_ms(["jobs"])["jobs"] > HOUR_MS / 2
