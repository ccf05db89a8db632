"""`usher doctor` on the work: queues that nobody consumes, jobs that nobody moves, keys that stay."""

from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.jobs import messages
from tasks_app.state import access_keys, keys, notification_keys, worker_keys
from tests.integration.doctor.patient import TYPES, Patient, only
from tests.jobs import TYPE, new, slot_claims, take_in

MINUTE_MS = 60_000


def silence(patient: Patient) -> None:
    patient.state.hset(worker_keys.consumed(), messages.JOBS, "1")


@pytest.mark.parametrize(
    ("hurt", "level", "said"),
    [
        (
            lambda patient: patient.state.delete(worker_keys.slots(messages.JOBS)),
            "error",
            "Nobody consumes the queue jobs",
        ),
        (lambda patient: patient.announce(dead=True), "error", "Every slot of the queue jobs is dead"),
        (lambda patient: patient.announce("other@here", dead=True), "warning", "other@here pid 4711"),
        (silence, "error", "A slot of the queue jobs is free"),
    ],
)
def test_a_queue_that_is_not_consumed_is_found(
    patient: Patient, hurt: Callable[[Patient], Any], level: str, said: str
) -> None:
    hurt(patient)
    found = [one for one in patient.found() if "queue jobs" in one[2]]
    assert only(found)[:2] == ("work.unconsumed_queues", level)
    assert said in found[0][2]


def test_a_queue_whose_slots_are_all_busy_is_well(patient: Patient) -> None:
    patient.announce(type=TYPE)
    silence(patient)
    assert patient.found() == []


def test_a_type_that_no_worker_knows_is_found(patient: Patient) -> None:
    take_in(patient.state, new(type="unheard"), new(type="unheard"), new())
    check, level, what = only(patient.found())
    assert (check, level) == ("work.types_without_worker", "warning")
    assert "2 jobs of the type 'unheard'" in what


@pytest.mark.parametrize("state", ["active", "delayed"])
def test_jobs_that_nobody_moves_are_found(patient: Patient, state: str) -> None:
    job = new() if state == "active" else new(delay_ms=1_000)
    take_in(patient.state, job)
    if state == "active":
        slot_claims(patient.store, [job.id])
    assert patient.found() == []
    patient.state.zincrby(keys.index(TYPE, state), -MINUTE_MS, job.id)
    assert only(patient.found())[:2] == ("work.overdue_jobs", "error")


def test_a_job_that_waits_though_a_slot_is_free_is_found(patient: Patient) -> None:
    job = new()
    take_in(patient.state, job)
    patient.state.zincrby(keys.index(TYPE, "queued"), -2 * MINUTE_MS * 1_000, job.id)
    assert only(patient.found())[:2] == ("work.waiting_jobs", "error")

    patient.announce(type="other", types=TYPES)  # the only slot is busy
    assert patient.found() == []


def test_messages_that_were_set_aside_are_found(patient: Patient) -> None:
    patient.broker.lpush(keys.dead_messages(), "x")
    assert only(patient.found())[:2] == ("work.unreadable_messages", "warning")


def test_a_sandbox_that_is_on_is_found(patient: Patient) -> None:
    patient.state.hset(
        notification_keys.sandbox(), mapping={"since": 1_796_000_000_000, "by": "ops", "reason": "spring"}
    )
    check, level, what = only(patient.found())
    assert (check, level) == ("work.sandboxed_notifications", "warning")
    assert what == (
        "Every notification goes to the console and reaches nobody, since 2026-11-30 00:53:20Z by ops: spring."
    )


@pytest.mark.parametrize(
    "key",
    [
        worker_keys.doing("a@b"),
        access_keys.sign_ins("::"),
        access_keys.buyers("::"),
        worker_keys.call("t"),
        notification_keys.rate("apprise:sms:1"),
    ],
)
def test_a_key_that_lost_its_time_to_live_is_found(patient: Patient, key: str) -> None:
    patient.state.set(key, "1", ex=60)
    assert patient.found() == []
    patient.state.persist(key)
    assert only(patient.found())[:2] == ("redis_keys.without_time_to_live", "warning")
