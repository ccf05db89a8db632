"""`usher archive` lists, checks and prints the files of the archive, and says in a sentence what is wrong."""

import json
from pathlib import Path

import pytest

from tasks_app.archive import Archive, open_archive
from tests.roots import Root
from usher.commands import run

ROWS = [{"kind": "hold", "id": f"r{n}"} for n in range(3)]


@pytest.fixture
def kept(usher: Root, tmp_path: Path) -> Archive:
    vars(usher)["archive"] = archive = open_archive(f"file://{tmp_path}")
    return archive


def test_rows_that_were_written_twice_are_printed_once(kept: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = kept.keep("holds", ROWS[:2])[0], kept.keep("holds", ROWS)[0]
    assert run(["archive", "cat"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == ROWS
    run(["archive", "cat", first])
    assert len(capsys.readouterr().out.splitlines()) == 2
    run(["archive", "list"])
    assert capsys.readouterr().out.splitlines() == [first, second]


def test_a_damaged_file_is_named(kept: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = kept.keep("holds", ROWS)[0], kept.keep("holds", ROWS)[0]
    assert run(["archive", "verify"]) == 0
    (tmp_path / bad).write_text((tmp_path / bad).read_text().replace("r1", "r9"))
    capsys.readouterr()
    assert run(["archive", "verify", "--json"]) == 1
    faults = {one["name"]: one["fault"] for one in json.loads(capsys.readouterr().out)}
    assert faults == {good: "", bad: "it was changed: its checksum is another"}
    assert run(["archive", "cat", bad]) == 1
    assert "it was changed" in capsys.readouterr().err


def test_a_file_that_is_not_there_and_no_archive_are_sentences(
    kept: Archive, usher: Root, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (run(["archive", "list"]), run(["archive", "cat", "nothing.ndjson"])) == (0, 1)
    assert "nothing.ndjson" in capsys.readouterr().err
    vars(usher)["archive"] = None
    assert run(["archive", "list"]) == 1
    assert "USHER_ARCHIVE names none" in capsys.readouterr().err
