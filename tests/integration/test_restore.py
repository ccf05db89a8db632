"""Beginning with a snapshot: what was there is set aside, and what will not do is refused."""

import os
from pathlib import Path

import pytest

from ops import restore, server
from ops.errors import StartError
from tests.integration.restore_kit import Patient, fact, snapshot_of_new, with_server


class Impatient(Patient):
    """A user who pressed Ctrl-C."""

    def to_end(self) -> bool:
        return True


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory as the bundled server leaves it, with the fact `old`, rewritten once."""
    directory = tmp_path / "var" / "redis"

    def write(client):
        client.set("fact", "old")
        client.bgrewriteaof()

    with_server(directory, write)
    return directory


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return snapshot_of_new(tmp_path)


def content(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, except the server's own log."""
    found = {str(path.relative_to(directory)): path for path in directory.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.endswith(("lock", "valkey.log"))}


def test_a_server_begins_with_the_snapshot_and_its_former_data_is_set_aside(data, dump):
    former = restore.restore(dump, data, Patient())
    assert fact(data) == "new"
    assert former.parent == data.parent
    assert fact(former) == "old"


def test_data_written_afterwards_are_kept(data, dump):
    restore.restore(dump, data, Patient())
    with_server(data, lambda client: client.set("fact", "newer"))
    assert fact(data) == "newer"


def test_each_restore_keeps_the_data_before_it(data, dump):
    # Given a restore, and work after it
    first = restore.restore(dump, data, Patient())
    with_server(data, lambda client: client.set("fact", "newer"))

    # When the same snapshot is restored again, then none of that work is lost
    second = restore.restore(dump, data, Patient())
    assert [fact(directory) for directory in (first, second, data)] == ["old", "newer", "new"]


def test_without_old_data_none_are_set_aside(tmp_path, dump):
    data = tmp_path / "fresh" / "redis"
    assert restore.restore(dump, data, Patient()) is None
    assert fact(data) == "new"
    assert [path.name for path in data.parent.iterdir()] == ["redis"]


def test_unreadable_old_data_are_set_aside_too(data, dump):
    base = next(path for path in (data / "appendonlydir").iterdir() if ".base." in path.name)
    base.write_bytes(b"rubbish")
    former = restore.restore(dump, data, Patient())
    assert fact(data) == "new"
    assert (former / "appendonlydir" / base.name).read_bytes() == b"rubbish"


def damaged(dump: Path, at: int) -> bytes:
    whole = bytearray(dump.read_bytes())
    whole[at] ^= 0x5A
    return bytes(whole)


def unsigned(snapshot: bytes) -> bytes:
    """Without a checksum, as some servers write it."""
    return snapshot[:-8] + bytes(8)


def in_version(dump: Path, signature: bytes) -> bytes:
    """The snapshot as another server would head it, without a checksum."""
    return signature + unsigned(dump.read_bytes())[9:]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda dump: b"", "which is empty."),
        (lambda dump: b"Dear learner,\n", "which is no snapshot of a Redis or Valkey server."),
        (lambda dump: b"*1\r\n$8\r\nFLUSHALL\r\n", "which is no snapshot of a Redis or Valkey server."),
        (lambda dump: dump.read_bytes()[:-30], "which is damaged or not whole."),
        (lambda dump: dump.read_bytes()[:9], "which is damaged or not whole."),
        (lambda dump: dump.read_bytes() + b"more", "which is damaged or not whole."),
        (lambda dump: damaged(dump, -40), "which is damaged or not whole."),
        (lambda dump: damaged(dump, -3), "which is damaged or not whole."),
        (lambda dump: unsigned(damaged(dump, -61)), "which is damaged or not whole."),
        (
            lambda dump: in_version(dump, b"VALKEY099"),
            "in version 99 of the format, which the bundled server cannot read: it comes from a newer server, or from"
            " one of another kind.",
        ),
        (
            lambda dump: in_version(dump, b"REDIS0013"),
            "in version 13 of the format, which the bundled server cannot read: it comes from a newer server, or from"
            " one of another kind.",
        ),
    ],
    ids=[
        "empty",
        "text",
        "commands",
        "truncated",
        "head",
        "longer",
        "damaged",
        "checksum",
        "inside",
        "newer",
        "foreign",
    ],
)
def test_a_wrong_file_is_refused_and_nothing_changes(data, dump, make, sentence):
    # Given a wrong file
    wrong = dump.with_name("wrong.rdb")
    wrong.write_bytes(make(dump))
    before = content(data.parent)

    # When a start on it is tried, then one sentence says why, and all is as it was
    with pytest.raises(StartError) as caught:
        restore.restore(wrong, data, Patient())
    assert str(caught.value).removeprefix(f"SNAPSHOT is {wrong}, ") == sentence
    assert content(data.parent) == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.rdb", "and there is no such file: `make snapshot` writes one."),
        (".", "which cannot be read: Is a directory."),
    ],
)
def test_a_missing_file_is_refused(data, tmp_path, name, sentence):
    with pytest.raises(StartError) as caught:
        restore.restore(tmp_path / name, data, Patient())
    assert str(caught.value) == f"SNAPSHOT is {tmp_path / name}, {sentence}"


def test_data_in_use_is_refused(data, dump):
    lock = server.lock(data)
    before = content(data.parent)
    with pytest.raises(StartError, match="is in use"):
        restore.restore(dump, data, Patient())
    assert content(data.parent) == before
    os.close(lock)


def test_a_user_who_stops_meanwhile_keeps_the_old_data(data, dump, monkeypatch):
    monkeypatch.setattr(restore, "_answers", lambda _: False)  # a server that takes its time
    before = content(data.parent)
    assert restore.restore(dump, data, Impatient()) is None
    assert content(data.parent) == before
