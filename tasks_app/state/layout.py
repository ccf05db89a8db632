"""
The version of the stored data. Every connection says which layout its program knows, and is refused if the data have
another.

So the server's own list of connections shows which programs still use an older layout (migration.py), even if they are
frozen or idle. Programs need not check again by themselves, since every new connection is checked.
"""

import contextlib
import os
import re
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis

from tasks_app.state import inventory_keys, keys, notification_keys, worker_keys

LAYOUT = 3  # of this code; equal to the number of steps in tasks_app/migration/steps.py
RESTORING = 1_000_000  # in the place of a layout while `usher restore` fills a database: no program works on it
MARK = "usher"  # prefix of the names of our connections

# Where there are data of ours, at least one of these keys exists. Secrets are no such data: they have no layout.
SIGNS = (
    *(keys.types(), keys.events(), keys.handled(), worker_keys.consumed(), keys.pauses(), inventory_keys.seeded()),
    *(inventory_keys.inventories("show"), inventory_keys.inventories("product"), notification_keys.suppressed("any")),
    *("{inventories}:show", "{inventories}:product"),  # up to layout 1
)
# A cluster never had an older layout, and a script may look into only one hash slot.
SIGNS_OF_CLUSTER = tuple(key for key in SIGNS if key.startswith(keys.JOBS))
# Gives an empty server this layout, atomically. KEYS[1] layout, the others SIGNS; ARGV[1] the version. Returns 1 if the
# server has this layout now, 0 if there are data.
INITIALISE = """
if redis.call('EXISTS', unpack(KEYS)) > 0 then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1])
return 1
"""


class LayoutRefusal(redis.ConnectionError):
    """This program may not work on these data; the message says what to do."""


def name(connection: Any) -> None:
    """Greet the server as redis-py does, and give the connection its name. For `redis_connect_func`."""
    connection.on_connect()
    with contextlib.suppress(redis.ResponseError):  # a provider may forbid it
        _ask(connection, "CLIENT", "SETNAME", f"{MARK}:{LAYOUT}:{_program()}")


def admit(connection: Any) -> None:
    """As `name`; then refuse the connection unless the data have this layout: raises LayoutRefusal."""
    name(connection)
    if connection.handshake_metadata.get("mode") == "cluster":
        raise refusal("REDIS_URL names a node of a cluster: begin it with redis+cluster:// or rediss+cluster://.")
    _look(connection, SIGNS)


def admit_to_node(connection: Any) -> None:
    """As `admit`, for a node of a cluster; a node without the jobs, such as a replica, does not know their layout."""
    name(connection)
    with contextlib.suppress(redis.exceptions.AskError):  # MOVED or ASK: the layout is elsewhere
        _look(connection, SIGNS_OF_CLUSTER)


def _look(connection: Any, signs: Sequence[str]) -> None:
    version, to = map(_number, _ask(connection, "HMGET", keys.layout(), "version", "to"))
    if version is None and to is None:
        version = LAYOUT if initialise(lambda *words: _ask(connection, *words), signs=signs) else None
    if fault := fault_of(version, to, LAYOUT):
        raise refusal(fault)


def refusal(fault: str) -> LayoutRefusal:
    """The error to raise. Prints the sentence, too: callers of the API see the error, the operator might not."""
    if fault not in _told:
        _told.add(fault)
        print(f"usher: {fault}", file=sys.stderr, flush=True)
    return LayoutRefusal(fault)


def initialise(ask: Any, layout: int = LAYOUT, signs: Sequence[str] = SIGNS) -> bool:
    """Give the layout to a server that has none of `signs`; False if it has data. `ask` sends one command."""
    return bool(int(ask("EVAL", INITIALISE, 1 + len(signs), keys.layout(), *signs, layout)))


def stay(client: redis.Redis) -> None:
    """Mark the data again if somebody emptied the server after this program connected; programs call this often."""
    client.hsetnx(keys.layout(), "version", str(LAYOUT))


def fault_of(version: int | None, to: int | None, ours: int) -> str:
    """Why a program with the layout `ours` may not work; "" if it may. `to` = the target of a running migration."""
    newest = max(version or 0, to or 0)
    if newest == RESTORING:
        return (
            "A snapshot is being restored into this database, or that was cut short: wait for it, or run `usher restore"
            " FILE` again."
        )
    if newest > ours:
        return (
            f"The data are of layout {newest}, and this release knows {ours} at most: start the newer release that"
            " wrote them, or begin with a snapshot of before the upgrade."
        )
    if to is not None:
        return (
            f"The data are being brought to layout {to}: try again when that is done; if it was cut short,"
            " `make run` or the start of a worker goes on with it."
        )
    if version != ours:
        return (
            f"The data are of layout {version or 0}, and this release needs {ours}: `make run` or the start of a"
            " worker brings them up."
        )
    return ""


def _ask(connection: Any, *words: object) -> Any:
    connection.send_command(*words)
    return connection.read_response()


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


_told: set[str] = set()


def _program() -> str:
    """`celery-4711@host`; a connection's name has no spaces."""
    program = Path(sys.argv[0]).name or "python"
    return re.sub(r"[^!-~]", "_", f"{program}-{os.getpid()}@{socket.gethostname()}")
