"""`usher doctor`: each fault is made for real and found; where nothing is wrong, nothing is found."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from ops.doctor import CHECKS, disks
from ops.doctor import sight as sights
from tasks_app.doctor import as_text
from tasks_app.jobs import messages
from tasks_app.state import access_keys, keys, notification_keys, worker_keys
from tests import tls
from tests.integration.doctors_patient import TYPES, Patient, stored
from tests.jobs import TYPE, new, slot_claims, take_in
from tests.servers import Valkey, free_port

MINUTE_MS = 60_000


@pytest.fixture
def patient(valkey: Valkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Patient]:
    monkeypatch.chdir(tmp_path)
    made = Patient(valkey)
    yield made
    made.close()


def only(found: list[tuple[str, str, str]]) -> tuple[str, str, str]:
    assert len(found) == 1, found
    return found[0]


def test_nothing_is_found_where_nothing_is_wrong(patient: Patient) -> None:
    take_in(patient.state, new(), new(due_ms=4_952_563_200_000))

    report = patient.report()

    assert (report.findings, report.exit_code) == ([], 0)
    assert [name for name, _ in report.unseen] == ["disks.here"]  # this folder has no var/
    assert len(report.looked_at) == len(CHECKS) - 1


def test_it_changes_nothing(patient: Patient, tmp_path: Path) -> None:
    take_in(patient.state, new(), new(type="unheard"))
    patient.broker.lpush(keys.dead_messages(), "x")
    before = [stored(patient.valkey.url(number)) for number in (0, 1)]
    patient.report()
    assert [stored(patient.valkey.url(number)) for number in (0, 1)] == before

    patient.state.flushall()
    assert "programs.layout_of_data" in dict(patient.report().unseen)
    patient.report(redis_url_given=None, broker_url_given=None, redis_port=free_port())
    assert stored(patient.valkey.url(0)) == [*tmp_path.iterdir()] == []


def test_a_server_that_is_away_is_one_error(patient: Patient) -> None:
    report = patient.report(redis_url_given=f"redis://:secret@127.0.0.1:{free_port()}/0")

    (finding,) = report.findings
    assert (finding.check, finding.level, report.exit_code) == ("servers.reachable", "error", 2)
    assert "no server answers there" in finding.what
    assert "secret" not in as_text(report)
    assert "work.waiting_jobs" in dict(report.unseen)
    both = f"redis://127.0.0.1:{free_port()}"
    assert len(patient.found(redis_url_given=f"{both}/0", broker_url_given=f"{both}/1")) == 1


def test_a_replica_is_found(patient: Patient) -> None:
    patient.state.replicaof("127.0.0.1", str(free_port()))
    try:
        assert ("servers.kind", "error") in [one[:2] for one in patient.found()]
    finally:
        patient.state.replicaof("NO", "ONE")


def test_an_old_server_is_found(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    # No such server is here: this is what one says about itself
    told = sights.Node.info
    old = {"redis_version": "6.2.14"}
    monkeypatch.setattr(sights.Node, "info", lambda node, section: {**told(node, section), **old})
    check, level, what = only(patient.found())
    assert (check, level) == ("servers.version", "error")
    assert "is of version 6.2.14" in what


@pytest.mark.parametrize(
    ("setting", "value", "check", "level"),
    [
        ("appendonly", "no", "servers.persistence", "error"),
        ("appendfsync", "everysec", "servers.persistence", "warning"),
        ("maxmemory-policy", "allkeys-lru", "servers.eviction", "error"),
        ("maxmemory", "0", "servers.memory", "warning"),
    ],
)
def test_a_setting_that_loses_data_is_found(patient: Patient, setting: str, value: str, check: str, level: str) -> None:
    patient.state.config_set(setting, value)
    assert only(patient.found())[:2] == (check, level)


@pytest.mark.parametrize(("why", "said"), [("disk", "MISCONF"), ("replicas", "NOREPLICAS")])
def test_a_server_that_refuses_changes_is_found(patient: Patient, why: str, said: str) -> None:
    with patient.valkey.refusing_writes(why):
        check, level, what = only(patient.found())
    assert (check, level) == ("servers.writes", "error")
    assert said in what


@pytest.mark.parametrize(("share", "level"), [(0.85, "warning"), (0.97, "error")])
def test_memory_that_is_nearly_full_is_found(patient: Patient, share: float, level: str) -> None:
    for number in range(80):  # beside them, what a connection takes is little
        patient.state.set(f"ballast:{number}", "x" * 100_000)
    used = int(patient.state.info("memory")["used_memory"])
    patient.state.config_set("maxmemory", int(used / share))
    assert only(patient.found())[:2] == ("servers.memory", level)


@pytest.mark.parametrize(("days", "level"), [(90, None), (20, "warning"), (3, "error"), (-1, "error")])
def test_a_certificate_that_ends_soon_is_found(patient: Patient, tmp_path: Path, days: int, level: str | None) -> None:
    certificate = tls.certify(tmp_path / "server.pem", days)
    with tls.Door(certificate, patient.valkey.port) as door:
        url = f"rediss://127.0.0.1:{door.port}/0?ssl_ca_certs={certificate}"
        found = [one for one in patient.found(redis_url_given=url) if one[0] == "certificates.expiry"]
    assert {one[1] for one in found} == ({level} if level else set())
    assert len(found) == 2 * bool(level)  # the server's, and the file that vouches for it: the same here


def test_a_disk_that_is_full_is_found(patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "var").mkdir()
    assert "disks.here" in patient.report().looked_at
    monkeypatch.setattr(disks, "FULL_BYTES", 2**62)  # this disk has less left
    assert {one[:2] for one in patient.found()} >= {("disks.here", "error")}


@pytest.mark.parametrize(("seconds", "level"), [(10, "warning"), (-3_600, "error")])
def test_a_clock_that_is_wrong_is_found(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, seconds: float, level: str
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + seconds)
    patient.announce()  # by a worker on a machine whose clock is wrong

    found = patient.found()
    assert [one[:2] for one in found] == [("clocks.this_machine", level), ("clocks.workers", level)]
    assert all(("ahead of" if seconds > 0 else "behind") in one[2] for one in found)
    monkeypatch.undo()
    assert "worker@here" in only([one for one in patient.found() if one[0] == "clocks.workers"])[2]


def test_data_of_another_layout_are_found(patient: Patient) -> None:
    patient.state.hset(keys.layout(), "version", "2")
    assert [one[:2] for one in patient.found()] == [("programs.layout_of_data", "error")]


def test_old_code_beside_new_is_found(patient: Patient) -> None:
    with redis.Redis(port=patient.valkey.port, client_name="usher:2:celery-4711@old-machine") as old:
        old.ping()
        check, _, what = only(patient.found())
    assert check == "programs.other_releases"
    assert "celery-4711@old-machine" in what


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


def test_what_may_not_be_asked_is_told(patient: Patient) -> None:
    # Given a provider that forbids these commands
    forbidden = ("-config", "-client|list")
    patient.state.execute_command("ACL", "SETUSER", "guest", "on", ">pw", "~*", "&*", "+@all", *forbidden)
    try:
        report = patient.report(redis_url_given=f"redis://guest:pw@127.0.0.1:{patient.valkey.port}/0")
    finally:
        patient.state.acl_deluser("guest")

    # Then it says at what it could not look, and the rest is well
    assert report.findings == []
    unseen = dict(report.unseen)
    assert "CLIENT LIST is forbidden" in unseen["programs.other_releases"]
    assert "appendfsync" in unseen["servers.persistence"]
    assert "pw" not in as_text(report)


def test_it_looks_at_every_primary_of_a_cluster(patient: Patient, cluster: Any) -> None:
    with cluster.client() as client:
        client.flushall()
    report = patient.report(redis_url_given=cluster.url, broker_url_given=patient.valkey.url(1))

    # Then each lacks a limit of its memory, and nobody works there
    found = [(one.check, one.level) for one in report.findings]
    assert found.count(("servers.memory", "warning")) == 3
    assert {check for check, _ in found} == {"servers.memory", "work.unconsumed_queues"}
    assert {name for name, _ in report.unseen} <= {"disks.here", "programs.layout_of_data"}
