"""The archive: files of what leaves the state, checksummed; written by workers, read by commands."""

from tasks_app.archive.archive import Archive, open_archive

__all__ = [
    "Archive",
    "open_archive",
]
