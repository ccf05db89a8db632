"""Directories of a server's data, each with one fact in it, and a snapshot to restore."""

from collections.abc import Callable
from pathlib import Path

from ops import snapshot
from tests.servers import Valkey


class Patient:
    """A user who does not interrupt."""

    def to_end(self) -> bool:
        return False


def with_server(directory: Path, use: Callable[..., object]) -> object:
    """The result of `use(client)`, on a server that runs on the directory meanwhile."""
    running = Valkey(directory)
    running.start()
    try:
        with running.client() as client:
            return use(client)
    finally:
        running.kill()


def fact(directory: Path) -> object:
    return with_server(directory, lambda client: client.get("fact"))


def snapshot_of_new(directory: Path) -> Path:
    """A snapshot with the fact `new`, below this directory."""
    file = directory / "dump.rdb"
    running = Valkey(directory / "other")
    running.start()
    with running.client() as client:
        client.config_set("repl-diskless-sync-delay", "0")
        client.set("fact", "new")
        client.rpush("list", *range(50))
        snapshot.save(running.url(), file)
    running.kill()
    return file
