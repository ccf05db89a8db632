"""Files of the archive are whole or not there, sorted by time, bounded, and say when they were changed."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tasks_app.archive import Archive, open_archive
from tasks_app.archive.folders import open_folder
from tasks_app.configuration.settings import Settings

ROWS = [{"kind": "hold", "id": f"r{n}", "customer": "Zo\u00eb"} for n in range(5)]


@pytest.fixture(params=["file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder of this machine, and one that fsspec reaches."""
    return f"{request.param}://{tmp_path}/a b".replace("a b", "a%20b" if request.param == "file" else "ab")


def rows_of(url: str) -> list[Any]:
    kept = open_archive(url)
    return [json.loads(line) for name in kept.names() for line in kept.lines(name)]


def test_rows_come_back_in_their_order_from_files_of_bounded_size(url: str) -> None:
    kept = Archive(open_folder(url), rows_at_most=2)
    assert kept.names() == []
    names = [*kept.keep("holds", ROWS), *kept.keep("deleted", ROWS[:1])]
    assert len(names) == 4
    assert kept.names()[-1] == names[-1]
    assert sorted(row["id"] for row in rows_of(url)[:-1]) == [row["id"] for row in ROWS]
    assert all(not kept.check(name).fault for name in kept.names())


def test_nothing_to_keep_makes_no_file(url: str) -> None:
    assert open_archive(url).keep("holds", []) == []
    assert open_archive(url).names() == []


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda text: text.replace(b"r1", b"r9"), "it was changed"),
        (lambda text: text.rsplit(b"\n", 2)[0] + b"\n", "its end is missing"),
        (lambda text: text.split(b"\n", 1)[1], "it was changed"),
        (lambda _: b"", "its end is missing"),
    ],
)
def test_a_file_that_was_changed_or_cut_is_found(tmp_path: Path, damage: Any, fault: str) -> None:
    kept = open_archive(f"file://{tmp_path}")
    (name,) = kept.keep("holds", ROWS)
    (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    assert fault in kept.check(name).fault
    with pytest.raises(ValueError, match=fault):
        list(kept.lines(name))


def test_a_local_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda number: (steps.append("sync"), sync(number)))
    monkeypatch.setattr(Path, "rename", lambda one, to: (steps.append("rename"), rename(one, to))[1])
    (name,) = open_archive(f"file://{tmp_path}/new").keep("holds", ROWS)
    assert steps == ["sync", "rename", "sync"]
    assert (tmp_path / "new" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_full_disk_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        open_archive(f"file://{tmp_path}").keep("holds", ROWS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["var/archive", "file://var/archive"])
def test_an_archive_that_is_no_url_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_ARCHIVE", given)
    with pytest.raises(ValueError, match="file:///var"):
        Settings()
