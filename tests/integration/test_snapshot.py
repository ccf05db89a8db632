"""Taking a snapshot of a real server over the network, while it works; and a transfer that breaks."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops import snapshot
from ops.errors import SnapshotError
from tests.servers import Valkey, free_port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    """A server that takes no longer than it must."""
    running = Valkey(tmp_path / "server")
    running.start()
    with running.client() as client:
        client.config_set("repl-diskless-sync-delay", "0")
    yield running
    running.kill()


def loaded(file: Path, directory: Path, key: str) -> str | None:
    """The value that a server that starts on the file has under a key."""
    directory.mkdir()
    (directory / "dump.rdb").write_bytes(file.read_bytes())
    server = Valkey(directory)
    server.command = lambda: [*Valkey.command(server), "--appendonly", "no"]  # type: ignore[method-assign]
    server.start()
    try:
        with server.client() as client:
            return client.get(key)
    finally:
        server.kill()


@pytest.mark.parametrize("straight_from_the_fork", ["yes", "no"])
def test_a_snapshot_has_the_data_of_a_server_that_goes_on(
    server: Valkey, tmp_path: Path, straight_from_the_fork: str
) -> None:
    # Given a server with data, which sends snapshots whose length it knows before, or does not
    with server.client() as client:
        client.config_set("repl-diskless-sync", straight_from_the_fork)
        client.set("Holberton", "School")
        client.set("long", "x" * 3_000_000)

        # When a snapshot is written
        file = tmp_path / "dump.rdb"
        snapshot.save(server.url(), file)

        # Then it is only for this user, nothing lies beside it, another server starts on it, and this one works on
        assert file.stat().st_mode & 0o777 == 0o600
        assert sorted(path.name for path in tmp_path.iterdir()) == ["dump.rdb", "server"]
        assert loaded(file, tmp_path / "second", "Holberton") == "School"
        assert client.set("Holberton", "later")
        assert client.info("replication")["connected_slaves"] == 0


def test_a_snapshot_shows_one_moment(server: Valkey, tmp_path: Path, eventually: Callable[..., None]) -> None:
    # Given a client that always writes two keys at once
    file, stop = tmp_path / "dump.rdb", threading.Event()

    def write() -> None:
        with server.client() as client:
            n = 0
            while not stop.is_set():
                n += 1
                client.mset({"left": n, "right": n})

    writer = threading.Thread(target=write)
    writer.start()

    # When a snapshot is taken meanwhile, then both are the same in it
    try:
        with server.client() as client:
            eventually(lambda: client.exists("left"))
        snapshot.save(server.url(), file)
    finally:
        stop.set()
        writer.join()
    assert loaded(file, tmp_path / "a", "left") == loaded(file, tmp_path / "b", "right") is not None


def test_a_server_with_a_password_gives_a_snapshot(server: Valkey, tmp_path: Path) -> None:
    with server.client() as client:
        client.config_set("requirepass", "secret")
    file = tmp_path / "dump.rdb"
    with pytest.raises(SnapshotError, match="refuses: "):
        snapshot.save(server.url(), file)
    assert not file.exists()
    snapshot.save(f"redis://:secret@127.0.0.1:{server.port}/0", file)
    assert file.exists()


def test_a_server_that_refuses_is_quoted(server: Valkey, tmp_path: Path) -> None:
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">secret", "+@all", "-sync", "~*")
    with pytest.raises(SnapshotError, match=r"^The server gives no snapshot: NOPERM .*sync"):
        snapshot.save(f"redis://reader:secret@127.0.0.1:{server.port}/0", tmp_path / "dump.rdb")


def test_no_server_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(SnapshotError) as caught:
        snapshot.save(f"redis://:secret@127.0.0.1:{port}/0", tmp_path / "dump.rdb")
    assert str(caught.value).startswith(f"No server answers at redis://127.0.0.1:{port}/0: ")
    assert "secret" not in str(caught.value)


@contextmanager
def breaking_after(server: Valkey, limit: int) -> Iterator[str]:
    """The URL of a way to the server that breaks off after so many bytes of its answers."""
    listener = socket.create_server(("127.0.0.1", 0))

    def carry() -> None:
        near = listener.accept()[0]
        with near, socket.create_connection(("127.0.0.1", server.port)) as far:
            asked = threading.Thread(target=pump, args=(near.recv, far.sendall))
            asked.start()
            left = limit
            while left > 0 and (part := far.recv(min(left, 4096))):
                near.sendall(part)
                left -= len(part)
            for end in (near, far):
                end.shutdown(socket.SHUT_RDWR)
            asked.join()

    def pump(read: Callable[[int], bytes], write: Callable[[bytes], None]) -> None:
        while part := read(4096):
            write(part)

    thread = threading.Thread(target=carry)
    thread.start()
    with listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        thread.join(10)


@pytest.mark.parametrize("straight_from_the_fork", ["yes", "no"])
def test_a_transfer_that_breaks_leaves_the_last_snapshot_as_it_was(
    server: Valkey, tmp_path: Path, straight_from_the_fork: str
) -> None:
    # Given a snapshot, and a server with more data than the way to us carries
    file = tmp_path / "dump.rdb"
    file.write_bytes(b"the last one")
    with server.client() as client:
        client.config_set("repl-diskless-sync", straight_from_the_fork)
        client.config_set("rdbcompression", "no")
        client.set("long", "x" * 1_000_000)

    # When the connection breaks in the middle
    with breaking_after(server, 500_000) as url, pytest.raises(SnapshotError, match="broke off"):
        snapshot.save(url, file)

    # Then the file is whole, and there is no half file
    assert file.read_bytes() == b"the last one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump.rdb", "server"]


def test_a_place_that_cannot_be_written_is_named(server: Valkey, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"dump\.rdb cannot be written: No such file or directory\.$"):
        snapshot.save(server.url(), tmp_path / "nowhere" / "dump.rdb")


@pytest.mark.parametrize(
    "sent",
    [
        b"\n\n$5\r\nhello",
        b"\n$EOF:" + b"m" * 40 + b"\r\nhello" + b"m" * 40,
    ],
    ids=["length", "mark"],
)
@pytest.mark.parametrize("size", [1, 7, 200])
def test_the_payload_has_the_announced_length_however_it_is_cut(sent: bytes, size: int) -> None:
    near, far = socket.socketpair()
    with near, far:
        for start in range(0, len(sent), size):
            far.sendall(sent[start : start + size])
        assert b"".join(snapshot.received(near)) == b"hello"
