"""Archive: rows of JSON in files whose names sort by time; the last line of each has the checksum of the others."""

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tasks_app.archive.folders import Folder, open_folder
from tasks_app.text import decoded, encoded

ROWS_AT_MOST, BYTES_AT_MOST = 10_000, 8_388_608  # of one file
ENDING = ".ndjson"


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file that was read. `fault` says why it cannot be trusted, "" = it can."""

    name: str
    bytes: int
    rows: int
    sha256: str
    fault: str = ""


class Archive:
    """The files in one folder. Every method raises as Folder."""

    def __init__(self, folder: Folder, rows_at_most: int = ROWS_AT_MOST) -> None:
        """`rows_at_most`: of one file."""
        self._folder, self._rows_at_most = folder, rows_at_most

    def keep(self, kind: str, rows: Iterable[dict[str, Any]]) -> list[str]:
        """Write rows into as many files as they need; when this returns they are safe. Returns the files' names."""
        return [self._write(kind, lines) for lines in _parts(rows, self._rows_at_most)]

    def names(self) -> list[str]:
        """The names of the files, the oldest first; none if nothing was ever archived."""
        try:
            return [name for name in self._folder.names() if name.endswith(ENDING)]
        except FileNotFoundError:
            return []

    def trouble(self) -> str:
        """Why nothing could be written now, as the end of a sentence; "" = nothing is known against it."""
        return self._folder.trouble()

    def check(self, name: str) -> ArchivedFile:
        """Read a file and compare its checksum."""
        content = self._folder.read(name)
        *lines, last = content.splitlines(keepends=True) or [b""]
        found = hashlib.sha256(b"".join(lines)).hexdigest()
        try:
            end = decoded(last.decode())
            told = end["sha256"], end["rows"]
        except (ValueError, LookupError, TypeError):
            return ArchivedFile(name, len(content), len(lines), found, "its end is missing")
        if told != (found, len(lines)):
            return ArchivedFile(name, len(content), len(lines), found, "it was changed: its checksum is another")
        return ArchivedFile(name, len(content), len(lines), found)

    def lines(self, name: str) -> Iterator[str]:
        """The rows of a file, as JSON. Raises ValueError, with a sentence, for a file that cannot be trusted."""
        if fault := self.check(name).fault:
            raise ValueError(f"{name}: {fault}")
        yield from self._folder.read(name).decode().splitlines()[:-1]

    def _write(self, kind: str, lines: list[bytes]) -> str:
        body = b"".join(lines)
        end = {"kind": "end", "rows": len(lines), "sha256": hashlib.sha256(body).hexdigest()}
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        moment = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(seconds))}.{nanoseconds:09d}"
        name = f"{moment}Z-{kind}-{secrets.token_hex(4)}{ENDING}"
        self._folder.write(name, body + encoded(end).encode() + b"\n")
        return name


def open_archive(url: str) -> Archive:
    """The archive of Settings.archive."""
    return Archive(open_folder(url))


def _parts(rows: Iterable[dict[str, Any]], rows_at_most: int) -> Iterator[list[bytes]]:
    lines, size = list[bytes](), 0
    for row in rows:
        line = encoded(row).encode() + b"\n"
        if lines and (len(lines) == rows_at_most or size + len(line) > BYTES_AT_MOST):
            yield lines
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield lines
