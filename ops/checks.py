"""What must be true before a start. Each check raises StartError: a sentence that says what to change."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from tempfile import TemporaryFile

from ops import private, server
from ops.errors import StartError
from tasks_app.configuration import Settings


def check_ports(settings: Settings, names: set[str]) -> None:
    """Check that every port on which our processes will listen is free, and no two are the same."""
    wanted = {
        "web": ("PORT", settings.host, settings.port),
        "flower": ("FLOWER_PORT", settings.flower_host, settings.flower_port),
        "redis": ("REDIS_PORT", "127.0.0.1", settings.redis_port),
    }
    seen: dict[int, str] = {}
    for name, (variable, host, port) in wanted.items():
        if name not in names:
            continue
        if port in seen:
            raise StartError(f"{seen[port]} and {variable} are both {port}: change one of them.")
        seen[port] = variable
        _check_port(variable, host, port)


def _check_port(variable: str, host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # an old connection's rest does not listen
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {port} is busy: stop what listens there, or set {variable} to a free port."
            ) from None
        if error.errno == errno.EACCES:
            raise StartError(f"Port {port} is not allowed for this user: set {variable} above 1023.") from None
        name = variable.replace("PORT", "HOST")
        raise StartError(f"{name} is {host!r}, which is not an address of this machine.") from None


def lock(root: Path) -> int:
    """
    Be the only runner in `root`; the lock is the returned file descriptor and ends with this process.

    It comes before everything that changes a file: a second runner would move the first one's logs aside.
    """
    try:
        private.make(root / "var" / "log")
        descriptor = os.open(root / "var" / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(f"Another Usher runs from {root}: stop that one first.") from None
    except OSError as error:
        raise StartError(f"{root / 'var'} cannot hold data and logs: {error.strerror}.") from None
    return descriptor


def check_data(root: Path) -> None:
    """Check that this machine has a server for us, and that no other process uses our data."""
    server.find_server()
    os.close(server.lock(root / server.DATA))


def check_logs(directory: Path) -> None:
    """Check that there is a place for the processes' output."""
    try:
        private.make(directory)
        private.close_to_others(directory)
        for file in directory.glob("*.log"):
            file.touch()
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise StartError(f"{directory} cannot hold the logs: {error.strerror}.") from None
