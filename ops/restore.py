"""Lets the bundled server begin with the data of a snapshot; the former data are set aside, never lost.

The server keeps its data as an append-only directory and reads nothing else, so the snapshot becomes the base file of a
new directory. A server loads it on trial to check it: valkey-check-rdb also passes files that a server then refuses,
for instance from other versions.

The manifest says which files are the data. Replacing it is one rename, so a crash leaves the old data or the new.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ops import private, server
from ops.errors import StartError
from ops.guard import Guard
from ops.signals import Wish

PARTS = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"
STAGE = "trial"
SIGNATURES = (b"REDIS", b"VALKEY")
NEWER = re.compile(r"Can't handle RDB format version (\d+)")
DAMAGED = re.compile("Bad file format|Short read|checksum|Internal error in RDB")
SPEAKER = re.compile(r"^\d+:\w .*? [#*.-] ")  # 123:M 21 Nov 2026 22:37:05.270 #


def restore(snapshot: Path, data: Path, wish: Wish) -> Path | None:
    """
    Make `snapshot` the data in the directory `data`; returns where the former data is now, None if there was none.

    Raises StartError if the file will not do or `data` is in use; then, or if the user stops it, everything is as it
    was.
    """
    look_at(snapshot)
    lock = server.lock(data)
    private.close_to_others(data)
    stage = data / STAGE
    try:
        shutil.rmtree(stage, ignore_errors=True)  # left over from a crash
        lay_out(stage / PARTS, 1, snapshot, shutil.copyfile)
        if not _loads(stage, snapshot, wish):
            return None
        former = _set_aside(data)
        _take_over(data / PARTS, stage / PARTS)
    except OSError as error:
        raise StartError(f"{data} cannot take the snapshot: {error.strerror}.") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        os.close(lock)
    return former


def look_at(snapshot: Path) -> None:
    """Raises StartError if the file is missing, or no snapshot at all."""
    try:
        with snapshot.open("rb") as file:
            beginning = file.read(len(max(SIGNATURES, key=len)))
    except FileNotFoundError:
        raise StartError(f"SNAPSHOT is {snapshot}, and there is no such file: `make snapshot` writes one.") from None
    except OSError as error:
        raise StartError(f"SNAPSHOT is {snapshot}, which cannot be read: {error.strerror}.") from None
    if not beginning:
        raise StartError(f"SNAPSHOT is {snapshot}, which is empty.")
    if not beginning.startswith(SIGNATURES):
        raise StartError(f"SNAPSHOT is {snapshot}, which is no snapshot of a Redis or Valkey server.")


def lay_out(parts: Path, number: int, snapshot: Path, place: Callable[[Path, Path], object]) -> None:
    """Make `parts` an append-only directory whose base is the snapshot. The manifest comes last."""
    parts.mkdir(parents=True, exist_ok=True)
    base, increment = (f"appendonly.aof.{number}.{kind}" for kind in ("base.rdb", "incr.aof"))
    place(snapshot, parts / base)
    (parts / increment).write_bytes(b"")
    written = parts / f"{MANIFEST}.new"
    written.write_text(f"file {base} seq {number} type b\nfile {increment} seq {number} type i\n")
    for file in (parts / base, parts / increment, written, parts):
        _write_through(file)
    written.replace(parts / MANIFEST)
    _write_through(parts)


def _loads(stage: Path, snapshot: Path, wish: Wish) -> bool:
    """Whether a server loads it; False = the user has stopped this."""
    with on_trial(stage, snapshot, wish) as address:
        return address is not None


@contextlib.contextmanager
def on_trial(stage: Path, snapshot: Path, wish: Wish) -> Iterator[str | None]:
    """
    A server on the directory `stage`, into which the snapshot is laid out, while the block runs: the path of its
    socket, which nobody else can reach; None = the user has stopped this. Raises StartError if it does not load it.
    """
    guard = Guard()
    with tempfile.TemporaryDirectory() as folder, (stage / "log").open("w+") as log:
        # In a directory of its own, as the path of a socket may have only about a hundred characters.
        address = f"{folder}/socket"
        arguments = [str(server.find_server()), "--dir", str(stage), "--appendonly", "yes", "--save", ""]
        arguments += ["--port", "0", "--unixsocket", address]
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, umask=0o077
        )
        guard.watch(process.pid, signal.SIGKILL)
        try:
            yield address if _comes_up(process, address, snapshot, log, wish) else None
        finally:
            process.kill()  # the server only had to read
            process.wait()
            guard.forget(process.pid)
            guard.close()


def _comes_up(process: subprocess.Popen[bytes], address: str, snapshot: Path, log: TextIO, wish: Wish) -> bool:
    while not _answers(address):
        if wish.to_end():
            return False
        if process.poll() is not None:
            log.seek(0)
            raise StartError(_verdict(snapshot, log.read().splitlines()))
        time.sleep(0.02)
    return True


def _answers(address: str) -> bool:
    with redis.Redis(unix_socket_path=address, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:  # also while it loads
            return False


def _verdict(snapshot: Path, lines: list[str]) -> str:
    for line in lines:
        if newer := NEWER.search(line):
            return (
                f"SNAPSHOT is {snapshot}, in version {newer[1]} of the format, which the bundled server cannot read:"
                " it comes from a newer server, or from one of another kind."
            )
    if any(DAMAGED.search(line) for line in lines):
        return f"SNAPSHOT is {snapshot}, which is damaged or not whole."
    last = SPEAKER.sub("", next(filter(None, reversed(lines)), "nothing")).rstrip(".")
    return f"SNAPSHOT is {snapshot}, which the bundled server cannot load. It says: {last}."


def _set_aside(data: Path) -> Path | None:
    """Keep the present data in a directory beside `data`, as links to the same files: nobody writes to them now."""
    files = list((data / PARTS).iterdir()) if (data / PARTS).exists() else []
    if not files:
        return None
    today = datetime.now().astimezone()
    aside = Path(tempfile.mkdtemp(prefix=f"{data.name}-{today:%Y-%m-%d-%H%M%S}-", dir=data.parent))
    (aside / PARTS).mkdir(mode=0o700)
    for file in files:
        (aside / PARTS / file.name).hardlink_to(file)
    for directory in (aside / PARTS, aside, data.parent):
        _write_through(directory)
    return aside


def _take_over(parts: Path, staged: Path) -> None:
    """Make the staged base the data, under a new number, so that no file is overwritten before the manifest."""
    former = list(parts.iterdir()) if parts.exists() else []
    number = 1 + max((int(found[1]) for file in former if (found := re.search(r"\.(\d+)\.", file.name))), default=0)
    lay_out(parts, number, staged / "appendonly.aof.1.base.rdb", os.link)
    for file in former:
        if file.name != MANIFEST:
            file.unlink()


def _write_through(path: Path) -> None:
    """Make sure that it is on the disk before the next step."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
