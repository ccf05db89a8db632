"""The server's time steps back: moments in the keys are then too far ahead, and nothing stands still."""

import time

import pytest

from tasks_app import connections, keys, messages, queries
from tests.jobs import TYPE, new, options, read, take_in
from worker.job_store import JobStore
from worker.notices import Notices

HOUR_MS = 3_600_000


@pytest.fixture
def store(state):
    return JobStore(state, options())


def ahead_ms(state, job_id, job_state):
    return state.zscore(keys.index(TYPE, job_state), job_id) - time.time() * 1000


def test_the_job_of_a_dead_worker_comes_back_within_a_minute_and_a_lease(state, store):
    # Given a job whose lease, given before the step, ends in an hour
    job = new()
    take_in(state, job)
    store.claim("jobs", "worker@test", [job.id])
    state.zincrby(keys.index(TYPE, "active"), HOUR_MS, job.id)

    # When the clock looks
    assert store.recover([TYPE]) == []

    # Then it looks again in time, and once more changes nothing
    first = state.zscore(keys.index(TYPE, "active"), job.id)
    assert 0 < ahead_ms(state, job.id, "active") <= 62_000
    store.recover([TYPE])
    assert state.zscore(keys.index(TYPE, "active"), job.id) == first


def test_a_lost_message_is_sent_again_within_a_minute_and_a_parked_job_stays_parked(state, store):
    waiting, parked = new(), new()
    take_in(state, waiting, parked)
    state.zincrby(keys.index(TYPE, "queued"), HOUR_MS, waiting.id)
    state.zadd(keys.index(TYPE, "queued"), {parked.id: keys.PARKED_SCORE})
    assert store.overdue([TYPE]) == []
    assert 0 < ahead_ms(state, waiting.id, "queued") <= 62_000
    assert state.zscore(keys.index(TYPE, "queued"), parked.id) == keys.PARKED_SCORE


def test_a_processor_that_died_before_the_step_keeps_no_worker_away(state, store):
    job = new()
    take_in(state, job)
    state.zadd(keys.attended(TYPE), {"processor@gone": int(time.time() * 1000) + HOUR_MS})
    assert [claim.id for claim in store.claim(messages.JOBS, "worker@test", [job.id])] == [job.id]
    assert read(state, job.id).state == "active"


def test_a_pause_begins_again_and_lasts_no_longer_than_it_was_meant_to(state):
    # Given a pause of a minute that a step has lengthened to an hour
    notices = Notices(state)
    notices.pause("webhook:example", 60, "503")
    state.pexpire(keys.paused_scope("webhook:example"), HOUR_MS)

    # Then the next look shortens it for all
    _, [(_, wait_ms, why)] = notices.screen([("webhook", "https://example.org", "webhook:example")])
    assert (wait_ms, why) == (60_000, "503")
    assert 0 < state.pttl(keys.paused_scope("webhook:example")) <= 60_000


def test_a_queue_that_was_last_consumed_an_hour_from_now_is_not_called_consumed(state, monkeypatch):
    monkeypatch.setattr(connections, "state", lambda: state)
    state.hset(keys.consumed(), "jobs", int(time.time() * 1000) + HOUR_MS)
    assert queries.silent_ms(["jobs"])["jobs"] > HOUR_MS / 2
