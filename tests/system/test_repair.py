"""`usher repair` by hand, and a start on files that cannot be repaired: one sentence each, and all files stay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import Valkey
from tests.system.up import PROCFILE, REPOSITORY, Up

ZEROS = bytes(5000)
SAVED = "Put a saved copy in the place of var/redis; to begin without data, move it away."
PARTS = Path("var/redis/appendonlydir")
MANIFEST = PARTS / "appendonly.aof.manifest"
BASE, LAST = PARTS / "appendonly.aof.1.base.rdb", PARTS / "appendonly.aof.1.incr.aof"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A directory whose var/redis a killed server left, with a key in its snapshot's successor."""
    made = Valkey(tmp_path / "data" / "var" / "redis")
    made.start()
    with made.client() as client:
        client.set("Holberton", "School")
    made.kill()
    return tmp_path / "data"


def by_hand(directory: Path, most: str = "unlimited") -> tuple[int, str]:
    """Its exit code and output, where no file may grow beyond `most` blocks of 512 bytes."""
    ended = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -f {most}; exec "$0" -m usher repair', sys.executable],
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, (ended.stdout + ended.stderr).strip()


def contents(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (directory / PARTS).iterdir()}


def damage(directory: Path, file: Path, how: str) -> None:
    place = directory / file
    if how == "missing":
        place.unlink()
    else:
        place.write_bytes(bytes(place.stat().st_size))


HOPELESS = {
    "manifest-missing": (MANIFEST, "missing", f"{MANIFEST} is missing, though {LAST.name} is there. {SAVED}"),
    "manifest-zeros": (MANIFEST, "zeros", f"{MANIFEST} is damaged. {SAVED}"),
    "base-missing": (BASE, "missing", f"{BASE} is missing. {SAVED}"),
    "last-missing": (LAST, "missing", f"{LAST} is missing. {SAVED}"),
}


@pytest.mark.parametrize("case", HOPELESS)
def test_damage_that_cannot_be_repaired_is_named_and_left(data: Path, up: Up, case: str) -> None:
    file, how, sentence = HOPELESS[case]
    damage(data, file, how)
    before = contents(data)

    assert by_hand(data) == (1, f"usher: {sentence}")

    (data / "var").rename(up.root / "var")
    assert sentence in up.refusal()
    assert contents(up.root) == before


def test_a_damaged_snapshot_is_named_and_nothing_is_cut(data: Path) -> None:
    damage(data, BASE, "zeros")
    with (data / LAST).open("ab") as stream:
        stream.write(ZEROS)
    before = contents(data)

    assert by_hand(data) == (1, f"usher: {BASE} is damaged, and no tool repairs a snapshot. {SAVED}")
    assert contents(data) == before


def test_a_kill_before_the_first_manifest_is_no_damage(data: Path) -> None:
    damage(data, MANIFEST, "missing")
    (data / LAST).unlink()
    assert by_hand(data)[0] == 0


def test_without_data_there_is_nothing_to_repair(tmp_path: Path) -> None:
    assert by_hand(tmp_path) == (1, "usher: There is no append-only file in var/redis.")
    assert not (tmp_path / "var").exists()


def test_a_copy_without_room_leaves_all_as_it_was(data: Path) -> None:
    # Given damage, and a disk on which its copy has no room
    with (data / LAST).open("ab") as stream:
        stream.write(ZEROS)
    before = contents(data)

    # Then it says so, and leaves no half copy
    code, said = by_hand(data, most="2")
    assert code == 1
    assert said.startswith("usher: ")
    assert said.endswith("cannot be repaired: File too large.")
    assert contents(data) == before
    assert list((data / "var").iterdir()) == [data / "var" / "redis"]

    # And with room it is done
    assert f"the last {len(ZEROS)} bytes of {LAST} were damaged and are cut off" in by_hand(data)[1]
    assert (data / LAST).read_bytes() == before[LAST.name][: -len(ZEROS)]


@pytest.mark.parametrize(
    "words", ["Short write while writing to the AOF file: (nwritten=895)", "write: No space left on device"]
)
def test_a_server_that_ends_since_the_disk_is_full_is_reported_as_such(up: Up, words: str) -> None:
    procfile = PROCFILE.replace("python -m usher server", f"sh -c 'echo \"{words}\"; exit 1'")
    (up.root / "Procfile").write_text(procfile)
    assert "redis ended with code 1, since the disk is full." in up.refusal()
