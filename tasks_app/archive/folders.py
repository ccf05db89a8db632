"""Where the files of an archive are: a local folder, or whatever fsspec reaches. A file is whole or not there."""

import contextlib
import os
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

LOCAL = "file://"


class Folder(Protocol):
    """A flat folder. Every method raises OSError; with fsspec also what its driver raises."""

    def names(self) -> list[str]:
        """The names of all whole files, sorted."""

    def read(self, name: str) -> bytes:
        """A file's content."""

    def write(self, name: str, content: bytes) -> None:
        """Write a new file. When this returns, it is safe; if it raises, it is not there, or whole."""

    def trouble(self) -> str:
        """Why nothing could be written now, as the end of a sentence; "" = nothing is known against it."""


class LocalFolder:
    """A folder of this machine; only its user may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """As Folder."""
        return sorted(one.name for one in self._path.iterdir() if not one.name.startswith("."))

    def read(self, name: str) -> bytes:
        """As Folder."""
        return (self._path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """As Folder: the content is on the disk before the name is there, and the name before this returns."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self._path / f".{name}.partial"
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(self._path / name)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def trouble(self) -> str:
        """As Folder; before the first file, the folder in which this one will be made counts."""
        place = next(one for one in (self._path, *self._path.parents) if one.exists())
        if not place.is_dir():
            return f"{place} is no folder"
        return "" if os.access(place, os.R_OK | os.W_OK | os.X_OK) else f"{place} is not writable by this user"


class RemoteFolder:
    """A folder that fsspec reaches, `s3://bucket/usher`. An object is put whole."""

    def __init__(self, url: str) -> None:
        import fsspec  # the extra `archive`

        self._files: Any
        self._files, self._root = fsspec.core.url_to_fs(url)

    def names(self) -> list[str]:
        """As Folder. New each time: others write too."""
        self._files.invalidate_cache()
        return sorted(one.rpartition("/")[2] for one in self._files.ls(self._root, detail=False))

    def read(self, name: str) -> bytes:
        """As Folder."""
        return bytes(self._files.cat_file(f"{self._root}/{name}"))

    def write(self, name: str, content: bytes) -> None:
        """As Folder."""
        self._files.pipe_file(f"{self._root}/{name}", content)

    def trouble(self) -> str:
        """As Folder: asks for the names; only a file would prove that files are taken."""
        with contextlib.suppress(FileNotFoundError):  # before the first file
            self.names()
        return ""


def open_folder(url: str) -> Folder:
    """The folder of this URL; it need not be there before the first file is. Raises what fsspec does."""
    if url.startswith(LOCAL):
        return LocalFolder(Path(unquote(urlsplit(url).path)))
    return RemoteFolder(url)
