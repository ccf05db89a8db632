"""
`usher restore`: fills a database of the user's own server with the data of a snapshot.

A server cannot be told over the network to load a file, and the form in which servers exchange keys differs from
version to version. So a trial server of ours loads the snapshot, and each key is read there and written anew, by
commands that every version knows. Meanwhile the database is marked as of a layout that no program knows, so nobody
works on half of the data; the true mark comes last. Whoever is cut short begins anew.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import redis

from ops import restore
from ops.copying import copy
from ops.errors import StartError
from ops.given_servers import trouble
from ops.signals import Wish
from tasks_app.configuration import parse
from tasks_app.errors import StateUnavailableError
from tasks_app.migration import migration
from tasks_app.state import LAYOUT, connect, keys, layout

PATIENCE_SECONDS = 30.0  # for one answer: a full server may take some seconds to empty a database
BATCH_KEYS = 500
# Takes an empty database, or the remains of a restore that was cut short, which it removes. KEYS[1] the mark of the
# layout; ARGV[1] the version that stands for a restore. Returns 1, or 0 if the database has other data.
TAKE = """
local version = redis.call('HGET', KEYS[1], 'version')
if version == ARGV[1] then redis.call('FLUSHDB') end
if redis.call('DBSIZE') > 0 then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1])
return 1
"""


@dataclass(frozen=True, slots=True)
class Transferred:
    """What was restored."""

    keys: int
    seconds: float


def transfer(snapshot: Path, url: str, wish: Wish, note: Callable[[redis.Redis], object]) -> Transferred | None:
    """
    Fill the database at `url`, which must be empty, with Usher's data in the snapshot; None = the user has stopped it.
    `note` writes into the audit log that came with the data, before anybody may use them; data of an earlier layout
    have no such log.

    Raises StartError if the file or the database will not do; until the file is known to be good, nothing is changed.
    """
    began = time.monotonic()
    target = parse(url)
    if target.is_cluster:
        raise StartError(f"{target.shown} is a cluster: restore into one server, and move the data from there.")
    restore.look_at(snapshot)
    stage = Path(tempfile.mkdtemp(prefix="usher-restore-", dir=snapshot.parent))
    try:
        restore.lay_out(stage / restore.PARTS, 1, snapshot, shutil.copyfile)
        with restore.on_trial(stage, snapshot, wish) as address:
            if address is None:
                return None
            with _ours(address, snapshot) as source, connect(target.url, PATIENCE_SECONDS, _greet) as client:
                mark = _mark(source, snapshot)
                _take(client, target.shown)
                count = _copy(source, client, wish)
                if count is None:
                    return None
                if mark.get(b"version") == str(LAYOUT).encode():
                    note(client)
                _finish(client, mark)
    except OSError as error:  # redis-py's errors are none
        raise StartError(f"{snapshot.parent} cannot hold a copy of the snapshot: {error.strerror}.") from None
    except redis.RedisError as error:
        raise StartError(f"REDIS_URL is {target.shown}, {trouble(target, error)}.") from None
    except StateUnavailableError as error:
        raise StartError(f"REDIS_URL is {target.shown}: {error}") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return Transferred(count + bool(mark), time.monotonic() - began)


def _greet(connection: Any) -> None:
    connection.on_connect()  # without a name: this is no program that works on the data


def _ours(address: str, snapshot: Path) -> redis.Redis:
    """The database of the snapshot that has Usher's state; values come as bytes. Raises StartError."""
    found = []
    with redis.Redis(unix_socket_path=address) as server:
        databases = [int(name.removeprefix("db")) for name in cast(dict[str, Any], server.info("keyspace"))]
    for database in databases:
        client = redis.Redis(unix_socket_path=address, db=database)
        if client.exists(keys.layout(), *layout.SIGNS):
            found.append(client)
    if len(found) != 1:
        what = "more than one Usher" if found else "no Usher"
        raise StartError(f"SNAPSHOT is {snapshot}, which has the data of {what}.")
    return found[0]


def _mark(source: redis.Redis, snapshot: Path) -> dict[bytes, bytes]:
    """The layout of the snapshot's data. Raises StartError if this release does not know it."""
    mark = cast(dict[bytes, bytes], source.hgetall(keys.layout()))
    versions = [int(mark[name]) for name in (b"version", b"to") if name in mark]
    if max(versions, default=0) > LAYOUT:
        raise StartError(f"SNAPSHOT is {snapshot}. {layout.fault_of(max(versions), None, LAYOUT)}")
    return mark


def _take(client: redis.Redis, shown: str) -> None:
    if programs := migration.older_programs(client, layout.RESTORING, unmarked=False):
        raise StartError(f"Programs of Usher are connected to {shown}: {', '.join(programs[:5])}; stop these first.")
    if not client.eval(TAKE, 1, keys.layout(), str(layout.RESTORING)):
        raise StartError(f"The database at {shown} is not empty: restore into an empty one, or empty it (FLUSHDB).")


def _copy(source: redis.Redis, client: redis.Redis, wish: Wish) -> int | None:
    """Copy all keys but the mark; returns their number, None = the user has stopped it."""
    count, cursor = 0, -1
    while cursor:
        if wish.to_end():
            return None
        cursor, found = cast(tuple[int, list[bytes]], source.scan(max(cursor, 0), count=BATCH_KEYS))
        batch = [key for key in found if key != keys.layout().encode()]
        copy(source, client, batch)
        count += len(batch)
    return count


def _finish(client: redis.Redis, mark: dict[bytes, bytes]) -> None:
    """From here on the data are complete, and programs may work on them."""
    with client.pipeline(transaction=True) as pipe:
        pipe.delete(keys.layout())
        if mark:
            pipe.hset(keys.layout(), mapping=cast(Any, mark))
        pipe.execute()
