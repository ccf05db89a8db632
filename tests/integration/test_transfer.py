"""`usher restore`: a database of one's own server gets what a snapshot has, whole or not at all."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from ops import snapshot
from ops.errors import StartError
from ops.transfer import transfer
from tasks_app.state import access_keys, keys
from tasks_app.state.connections import connect_state
from tasks_app.state.layout import LAYOUT
from tests.integration.restore_kit import Patient
from tests.servers import Valkey

ROOT = Path(__file__).parents[2]
LARGE = 2_500  # members: three parts
KILLED = """
import os
from ops import transfer

def copy(source, client, names, true=transfer.copy):
    true(source, client, names[:3])
    os._exit(9)

transfer.copy = copy
"""
Servers = Callable[[str], Valkey]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    made: list[Valkey] = []

    def start(name: str) -> Valkey:
        made.append(Valkey(tmp_path / name))
        made[-1].start()
        return made[-1]

    yield start
    for server in made:
        server.kill()


def fill(client: redis.Redis) -> None:
    """A key of each type, small and large, and what is odd about each."""
    client.hset(keys.layout(), mapping={"version": str(LAYOUT)})
    client.set("text", b"\x00\xff binary")
    client.set("short", "lived", px=3_600_000)
    client.set("long", "x" * 3_000_000)
    client.rpush("list", *range(3))
    client.sadd("set", "a", "b")
    client.zadd("zset", {"a": 0.1 + 0.2, "b": float("inf"), "c": 1764288000123})
    for number in range(LARGE):
        client.hset("hash", f"field-{number}", number)
        client.rpush("long list", number)
        client.sadd("large set", number)
        client.zadd("large zset", {f"m-{number}": number / 3})
        client.xadd("stream", {"at": number}, id=f"5-{number + 1}", maxlen=2_000, approximate=False)
    client.xadd("empty", {"a": 1})
    client.xadd("empty", {"a": 2})
    client.xtrim("empty", maxlen=0)
    client.hset("hash of little", "f", "v")
    client.pexpire("hash of little", 7_200_000)


def content(server: Valkey, database: int = 0) -> dict[bytes, Any]:
    """Every key's type, value and deadline, and what a stream says about itself."""
    with redis.Redis(port=server.port, db=database) as client:
        found: dict[bytes, Any] = {}
        for key in client.scan_iter():
            kind = client.type(key)
            told = client.xinfo_stream(key) if kind == b"stream" else {}
            about = {name: told[name] for name in ("length", "last-generated-id", "entries-added") if told}
            found[key] = (kind, value(client, kind, key), client.pexpiretime(key), about)
        return found


def value(client: redis.Redis, kind: bytes, key: bytes) -> Any:
    read = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"stream": client.xrange,
    }
    return read[kind](key)


@dataclass(frozen=True)
class Former:
    """A server that was, as its snapshot and as its database 3 was."""

    file: Path
    content: dict[bytes, Any]


@pytest.fixture
def former(servers: Servers, tmp_path: Path) -> Former:
    """Database 3 has all kinds of keys, as a state has; database 4 has a message, as a broker has."""
    server = servers("former")
    with server.client(3) as client, server.client(4) as broker:
        client.config_set("repl-diskless-sync-delay", "0")
        fill(client)
        broker.lpush("reservations", "a message")
    snapshot.save(server.url(3), tmp_path / "dump.rdb")
    return Former(tmp_path / "dump.rdb", content(server, 3))


def unnoted(client: redis.Redis) -> None:
    """Notes nothing."""


def run(file: Path, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`usher restore`, as a user types it; `code` is run before."""
    program = f"import sys\n{code}\nfrom usher.__main__ import main\nsys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, "restore", str(file)],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_an_empty_database_gets_every_key_as_it_was(servers: Servers, former: Former) -> None:
    new = servers("new")
    done = transfer(former.file, new.url(2), Patient(), unnoted)
    assert done is not None
    assert done.keys == len(former.content)
    assert content(new, 2) == former.content
    assert content(new, 0) == {}
    assert list(former.file.parent.glob("usher-restore-*")) == []


def test_a_restore_that_is_killed_leaves_a_database_that_nobody_uses_until_it_is_repeated(
    servers: Servers, former: Former
) -> None:
    # Given a restore that is killed once a part of the keys is there
    new = servers("new")
    died = run(former.file, KILLED, REDIS_URL=new.url())
    assert died.returncode == 9, died.stderr
    assert 0 < len(content(new)) < len(former.content) + 1

    # When a program connects, then it is refused in a sentence
    with pytest.raises(redis.ConnectionError, match="or that was cut short: wait for it, or run `usher restore FILE`"):
        connect_state(new.url(), 2.0).ping()

    # And a second restore has everything
    again = run(former.file, REDIS_URL=new.url())
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith(f"The database has the {len(former.content)} keys of {former.file} now, after ")
    found = content(new)
    log = found.pop(access_keys.audit_log().encode())
    assert found == former.content
    connect_state(new.url(), 2.0).ping()

    # And the restored data say who restored them, once
    assert [json.loads(fields[b"e"])["on"] for _, fields in log[1]] == [[f"snapshot:{former.file.name}"]]


def test_a_user_who_stops_it_is_told_what_that_means(servers: Servers, former: Former) -> None:
    class Impatient(Patient):
        def to_end(self) -> bool:
            return True

    new = servers("new")
    assert transfer(former.file, new.url(), Impatient(), unnoted) is None
    assert content(new) == {}


def test_a_database_that_has_data_is_left_alone(servers: Servers, former: Former) -> None:
    new = servers("new")
    with new.client() as client:
        client.set("somebody", "else's")
    said = run(former.file, REDIS_URL=new.url())
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        f"usher: The database at {new.url()} is not empty: restore into an empty one, or empty it (FLUSHDB).\n"
    )
    assert list(content(new)) == [b"somebody"]


def test_a_database_with_programs_of_usher_is_left_alone(servers: Servers, former: Former) -> None:
    new = servers("new")
    with new.client() as program:
        program.client_setname(f"usher:{LAYOUT}:celery-1@host")
        with pytest.raises(
            StartError, match=r"Programs of Usher are connected to .*: celery-1@host; stop these first."
        ):
            transfer(former.file, new.url(), Patient(), unnoted)
    assert content(new) == {}


@pytest.mark.parametrize(
    ("key", "mapping", "sentence"),
    [
        (keys.layout(), {"version": str(LAYOUT + 1)}, f"The data are of layout {LAYOUT + 1}, and this release knows"),
        ("other", {"a": "b"}, "which has the data of no Usher."),
    ],
    ids=["newer", "foreign"],
)
def test_a_snapshot_that_will_not_do_is_one_sentence_and_changes_nothing(
    servers: Servers, tmp_path: Path, key: str, mapping: dict[str, str], sentence: str
) -> None:
    old, new, file = servers("old"), servers("new"), tmp_path / "dump.rdb"
    with old.client() as client:
        client.config_set("repl-diskless-sync-delay", "0")
        client.hset(key, mapping=mapping)
    snapshot.save(old.url(), file)
    said = run(file, REDIS_URL=new.url())
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert said.stderr.startswith(f"usher: SNAPSHOT is {file}")
    assert sentence in said.stderr
    assert content(new) == {}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (b"no snapshot", "which is no snapshot of a Redis or Valkey server."),
        (b"REDIS0011\xfa", "which is damaged or not"),
    ],
    ids=["wrong", "truncated"],
)
def test_a_file_that_is_no_snapshot_is_one_sentence(
    servers: Servers, tmp_path: Path, written: bytes, sentence: str
) -> None:
    new, file = servers("new"), tmp_path / "wrong.rdb"
    file.write_bytes(written)
    with pytest.raises(StartError, match=sentence):
        transfer(file, new.url(), Patient(), unnoted)
    assert content(new) == {}


def test_a_server_that_does_not_answer_and_a_missing_url_are_one_sentence(former: Former, tmp_path: Path) -> None:
    away = run(former.file, REDIS_URL="redis://127.0.0.1:1/0")
    assert (away.returncode, away.stderr.count("\n")) == (1, 1)
    assert "no server answers there" in away.stderr
    bundled = run(former.file, REDIS_URL="")
    assert bundled.returncode == 1
    assert bundled.stderr.startswith("usher: REDIS_URL names no server; for the bundled one: usher up --snapshot FILE")
