"""Files and directories only for this user: the server's data and the processes' logs name customers."""

import contextlib
import os
from pathlib import Path

DIRECTORY, FILE = 0o700, 0o600


def make(directory: Path) -> None:
    """Make the directory and its parents, and close it and the one around it (var/) to others. Raises OSError."""
    directory.mkdir(mode=DIRECTORY, parents=True, exist_ok=True)
    for place in (directory.parent, directory):
        _set(place, DIRECTORY)


def close_to_others(directory: Path) -> None:
    """Close everything below, also what an earlier version left open. Follows no links. Raises OSError."""
    for place, directories, files in os.walk(directory):
        for name in directories:
            _set(Path(place, name), DIRECTORY)
        for name in files:
            _set(Path(place, name), FILE)


def write(path: Path, text: str) -> None:
    """Make `text` the file's content; it is closed to others before the first byte is in it. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), FILE)
        file.truncate()
        file.write(text)


def _set(path: Path, mode: int) -> None:
    with contextlib.suppress(FileNotFoundError):  # gone meanwhile
        if not path.is_symlink() and path.stat().st_mode & 0o777 != mode and path.stat().st_uid == os.geteuid():
            path.chmod(mode)
