"""`usher doctor` on servers, disks and clocks: each fault is made for real and found."""

import time
from pathlib import Path

import pytest

from ops.doctor import disks
from ops.doctor import sight as sights
from tests import tls
from tests.integration.doctor.patient import Patient, only
from tests.servers import free_port


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
