"""`usher snapshot`, which is `make snapshot`: writes dump.rdb from the running server, which goes on working.

This asks the server as a replica does: it forks, and the fork sends its data at one moment. That also works with a
server on another machine, and leaves no file there, as BGSAVE would.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import redis

from ops.errors import SnapshotError
from tasks_app.configuration import parse
from tasks_app.state import connect

FILE = "dump.rdb"
PATIENCE_SECONDS = 3.0
SILENCE_SECONDS = 60.0  # while it forks and writes, a server sends an empty line at least every ten seconds
FAREWELL_SECONDS = 2.0
CHUNK_BYTES = 1 << 20
MARK_BYTES = 40  # of the mark that ends a transfer of unknown length


def save(url: str, file: Path) -> None:
    """
    Write the data of the server at `url` to `file`, which is replaced only by a whole snapshot.

    Raises SnapshotError; then the file is as it was.
    """
    beside = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        # Only for this user: it holds the key that signs Web Push, and the customers' names.
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for part in _sent(url):
                out.write(part)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    except OSError as error:
        raise SnapshotError(f"{file} cannot be written: {error.strerror}.") from None
    finally:
        beside.unlink(missing_ok=True)


def _sent(url: str) -> Iterator[bytes]:
    """The bytes of a snapshot, as the server sends them."""
    server = parse(url)
    shown = server.shown
    if server.is_cluster:
        raise SnapshotError(
            f"{shown} is a cluster, and a snapshot of one would not show one moment: back up its primaries, with"
            " BGSAVE or your provider's tools."
        )
    try:
        with connect(url, PATIENCE_SECONDS) as client:
            connection = cast(Any, client.connection_pool.get_connection())
            for name, value in (("capa", "eof"), ("rdb-only", "1")):  # straight from the fork; without later changes
                connection.send_command("REPLCONF", name, value)
                with contextlib.suppress(redis.ResponseError):  # before 7.0 it knows only the first, which is enough
                    connection.read_response()
            connection.send_command("SYNC")
            stream = connection._sock  # redis-py could not read what follows
            stream.settimeout(SILENCE_SECONDS)
            yield from received(stream)
            _part_in_peace(stream)
    except (redis.ResponseError, redis.AuthenticationError) as error:
        raise SnapshotError(f"The server at {shown} refuses: {str(error).rstrip('.')}.") from None
    except (redis.RedisError, ValueError) as error:
        reason = str(error).rstrip(".")
        raise SnapshotError(
            f"No server answers at {shown}: {reason}. `usher up`, or in a clone `make run`, starts the bundled one."
        ) from None
    except (ConnectionError, TimeoutError) as error:
        raise SnapshotError(f"The server at {shown} broke off: {error}.") from None


def received(stream: socket.socket) -> Iterator[bytes]:
    """
    The payload that follows a SYNC: with a length given first, or up to a mark given first.

    Raises SnapshotError if the server refuses, ConnectionError or TimeoutError if it stops in the middle.
    """
    head = b""
    while not head:  # empty lines mean that it is still at work
        head = _line(stream)
    if head.startswith(b"$EOF:"):
        yield from _until(stream, head.removeprefix(b"$EOF:"))
    elif head.startswith(b"$"):
        left = int(head[1:])
        while left:
            part = _some(stream, min(left, CHUNK_BYTES))
            left -= len(part)
            yield part
    else:
        raise SnapshotError(f"The server gives no snapshot: {head.decode(errors='replace').lstrip('-')}.")


def _part_in_peace(stream: socket.socket) -> None:
    """Wait for the server to close: if its reader leaves a moment too early, it kills its fork and logs an error."""
    stream.settimeout(FAREWELL_SECONDS)
    with contextlib.suppress(OSError):
        stream.recv(1)


def _until(stream: socket.socket, mark: bytes) -> Iterator[bytes]:
    held = b""  # bytes that may be the beginning of the mark
    while not held.endswith(mark):
        held += _some(stream, CHUNK_BYTES)
        yield held[:-MARK_BYTES]
        held = held[-MARK_BYTES:]


def _line(stream: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        line += _some(stream, 1)
    return line.strip()


def _some(stream: socket.socket, most: int) -> bytes:
    part = stream.recv(most)
    if not part:
        raise ConnectionError("it closed the connection before all was sent")
    return part
