"""What `usher doctor` says of one thing and of many: one sentence for many, and never a paragraph for each."""

import pytest

from tasks_app.access import Allowances, ApiKey, KeyStore, Role
from tasks_app.configuration import Rate
from tasks_app.state import keys
from tests.integration.doctor.patient import TYPES, Patient
from tests.jobs import TYPE, new, take_in

MINUTE_MS = 60_000


def said(patient: Patient, check: str, rate: str = "") -> list[str]:
    return [what for name, _, what in patient.found(**({"rate": rate} if rate else {})) if name == check]


def test_one_job_waits_and_two_wait(patient: Patient) -> None:
    take_in(patient.state, new(type="unheard"))
    assert said(patient, "work.types_without_worker") == [
        "1 job of the type 'unheard' waits, and no live worker knows it."
    ]
    take_in(patient.state, new(type="unheard"))
    assert "2 jobs of the type 'unheard' wait," in said(patient, "work.types_without_worker")[0]


def test_many_types_without_a_worker_are_one_finding_with_those_that_wait_most(patient: Patient) -> None:
    take_in(patient.state, *(new(type=f"unheard {number:02}") for number in range(30)), new(type="unheard 17"))
    [what] = said(patient, "work.types_without_worker")
    assert what.startswith("31 jobs of 30 types wait, and no live worker knows the types: 'unheard 17' (2), ")
    assert what.endswith("and 25 more.")


def test_many_types_that_wait_though_slots_are_free_are_one_finding(patient: Patient) -> None:
    # Given jobs of one type and then of seven that have waited for minutes, and one free slot
    names = [f"{TYPE}{number}" for number in range(7)]
    patient.announce(types=[*TYPES, *names])
    for name in (TYPE, *names):
        job = new(type=name)
        take_in(patient.state, job)
        patient.state.zincrby(keys.index(name, "queued"), -2 * MINUTE_MS * 1_000, job.id)
        if name == TYPE:
            assert "though 1 slot of the queue jobs is free." in said(patient, "work.waiting_jobs")[0]

    # Then it is one finding
    [what] = said(patient, "work.waiting_jobs")
    assert what.startswith("Jobs of 8 types stand first in their backlogs, though 1 slot of the queue jobs is free: ")
    assert what.endswith(" and 3 more.")


def test_one_message_was_set_aside_and_two_were(patient: Patient) -> None:
    patient.broker.lpush(keys.dead_messages(), "x")
    assert said(patient, "work.unreadable_messages")[0].startswith(
        "1 message was set aside, as no worker could read it"
    )
    patient.broker.lpush(keys.dead_messages(), "x")
    assert said(patient, "work.unreadable_messages")[0].startswith("2 messages were set aside")


def test_many_keys_that_owe_are_one_finding(patient: Patient) -> None:
    allowances, rate = Allowances(patient.state), Rate(10, 60)
    for _ in range(7):
        _, key = ApiKey.issue("shop", (Role.CLIENT,))
        KeyStore(patient.state).add(key)
        allowances.take(key.id, rate)
        allowances.owe(key.id, rate, 40)
    [what] = said(patient, "limits.debts", rate="10/m")
    assert what.startswith("Every request with 7 keys is refused for long")
    assert what.endswith(" and 2 more.")


def test_many_clocks_that_go_wrong_are_one_finding(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    skews = {f"worker{number}@here": 3_000.0 + number for number in range(7)}
    monkeypatch.setattr("tasks_app.jobs.SlotQueries.skews_ms", lambda *_: skews)
    [what] = said(patient, "clocks.workers")
    assert what.startswith(
        "The clocks of 7 workers are ahead of that of the state's server, or behind: worker6@here (+3.0 s)"
    )
    assert what.endswith(" and 2 more.")
