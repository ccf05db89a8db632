"""`usher doctor` finds what is wrong and changes nothing; where nothing is wrong, nothing is found."""

from pathlib import Path
from typing import Any

import redis

from ops.doctor import CHECKS
from tasks_app.doctor import as_text
from tasks_app.state import keys
from tests.integration.doctor.patient import Patient, only, stored
from tests.jobs import new, take_in
from tests.servers import free_port


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


def test_data_of_another_layout_are_found(patient: Patient) -> None:
    patient.state.hset(keys.layout(), "version", "2")
    assert [one[:2] for one in patient.found()] == [("programs.layout_of_data", "error")]


def test_old_code_beside_new_is_found(patient: Patient) -> None:
    with redis.Redis(port=patient.valkey.port, client_name="usher:2:celery-4711@old-machine") as old:
        old.ping()
        check, _, what = only(patient.found())
    assert check == "programs.other_releases"
    assert "celery-4711@old-machine" in what


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
