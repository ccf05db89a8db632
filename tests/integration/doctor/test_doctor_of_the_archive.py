"""What `usher doctor` says of the archive: a folder that is away, a disk that takes nothing, rounds nobody makes."""

import time
from pathlib import Path

import pytest

from tasks_app.archive import open_archive
from tasks_app.state import inventory_keys
from tests.integration.doctor.patient import Patient
from worker.inventory.archiving import Archiving

ROW = {"kind": "hold", "id": "r1"}


def said(patient: Patient, archive: str) -> list[tuple[str, str, str]]:
    return [one for one in patient.found(archive=archive) if one[0].startswith("archive.")]


def test_a_folder_that_can_be_made_or_reached_is_no_finding(patient: Patient, tmp_path: Path) -> None:
    for archive in ("", f"file://{tmp_path}/new/folder", "memory://usher-doctor"):
        assert said(patient, archive) == []
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_away_or_not_writable_is_an_error(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    [(check, level, what)] = said(patient, f"file://{tmp_path}/file")
    assert (check, level) == ("archive.folder", "error")
    assert what == f"The archive cannot be written from here: {tmp_path / 'file'} is no folder."
    monkeypatch.setattr("os.access", lambda *_: False)  # this user may be root, whom no mode stops
    assert "is not writable by this user" in said(patient, f"file://{tmp_path}")[0][2]


def test_a_worker_that_cannot_write_is_an_error_until_it_can(patient: Patient, tmp_path: Path) -> None:
    # Given a worker whose archive is a file
    place = tmp_path / "archive"
    place.touch()
    worker, url = Archiving(patient.state, open_archive(f"file://{place}")), f"file://{tmp_path}/seen"
    for _ in range(2):
        with pytest.raises(OSError, match="exists"):
            worker._keep([ROW])

    # Then the doctor says so from a machine on which all is well
    [(check, level, what)] = said(patient, url)
    assert (check, level) == ("archive.rounds", "error")
    assert "nothing is forgotten meanwhile: FileExistsError" in what
    assert 0 < patient.state.ttl(inventory_keys.archive_trouble()) <= 600

    # When it can, then a round without a file changes nothing, and the first file ends it
    place.unlink()
    worker._keep([])
    assert said(patient, url)
    worker._keep([ROW])
    assert said(patient, url) == []


def test_what_waits_too_long_for_its_round_is_a_warning(patient: Patient, tmp_path: Path) -> None:
    now_ms, agenda = int(time.time() * 1000), inventory_keys.agenda("forget")
    patient.state.zadd(agenda, {"show:new": 0, "show:soon": now_ms - 60_000})
    assert said(patient, f"file://{tmp_path}") == []
    patient.state.zadd(agenda, {"show:old": now_ms - 1_800_000})
    assert said(patient, "") == []
    [(check, level, what)] = said(patient, f"file://{tmp_path}")
    assert (check, level) == ("archive.rounds", "warning")
    assert what.startswith(
        "The archive is behind: 1 of the shows and products should have been looked at up to 30 min ago"
    )
