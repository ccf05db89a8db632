"""`make snapshot` and `make run SNAPSHOT=...` as a user types them: what is restored, and what is refused."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from ops import snapshot
from tasks_app.access import AuditEntry
from tasks_app.state import access_keys, keys
from tasks_app.state.layout import LAYOUT
from tests import bundled
from tests.integration import test_layout_1
from tests.jobs import TYPE
from tests.servers import Valkey, free_port
from tests.system.clone import Clone, Running
from tests.system.up import Up

Eventually = Callable[..., None]


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A snapshot of another server, with one fact."""
    server = Valkey(tmp_path / "other")
    server.start()
    with server.client() as client:
        client.config_set("repl-diskless-sync-delay", "0")
        client.set("Holberton", "School")
    snapshot.save(server.url(), tmp_path / "dump.rdb")
    server.kill()
    return tmp_path / "dump.rdb"


class System:
    """A process that `make run` started in a clone."""

    def __init__(self, clone: Clone, eventually: Eventually, command: str) -> None:
        self._clone = clone
        self.run: Running = clone.start(command)
        eventually(lambda: "Usher is up" in self.run.output(), 60, command)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """JSON from the API; waits for the end of a change."""
        url = f"http://127.0.0.1:{self._clone.ports['PORT']}{path}"
        answer = requests.request(method, url, json=body, headers={"Prefer": "wait=10"}, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def state(self) -> redis.Redis:
        return bundled.client(self._clone.root, self._clone.ports["REDIS_PORT"])


@pytest.mark.timeout(240)
def test_a_fresh_system_on_a_snapshot_has_all_that_was_there(clone: Clone, eventually: Eventually) -> None:
    # Given a system with a key, a hold, a job that is over and one that waits
    first = System(clone, eventually, "make run")
    hold = first.ask("POST", "/v1/products/2/reservations", {"quantity": 3, "customer": "ada"})
    done = first.ask(
        "POST", "/v1/jobs", {"type": "push_notification_code", "data": {"phoneNumber": "1", "message": "a"}}
    )
    waits = first.ask("POST", "/v1/jobs", {"type": "nobody_does_this", "data": {"n": 1}})
    eventually(lambda: first.ask("GET", f"/v1/jobs/{done['id']}")["state"] == "complete", 20)
    with first.state() as state:
        state.set("Holberton", "School")

        # When a snapshot is written, something changes after it, and a system starts on the snapshot
        assert clone.run("make snapshot") == (0, "The snapshot is in dump.rdb.\n")
        state.set("Holberton", "changed")
    first.run.interrupt()
    second = System(clone, eventually, "make run SNAPSHOT=dump.rdb")

    # Then it is as it was, and works
    with second.state() as state:
        assert state.get("Holberton") == "School"
        noted = [AuditEntry.from_text(fields["e"]) for _, fields in state.xrange(access_keys.audit_log())]
        assert [(one.what, one.on) for one in noted] == [("usher up --snapshot", ("snapshot:dump.rdb",))]
    assert second.ask("GET", f"/v1/reservations/{hold['id']}")["state"] == "held"
    assert second.ask("GET", "/list_products/2")["currentQuantity"] == 7
    assert second.ask("GET", f"/v1/jobs/{done['id']}")["state"] == "complete"
    assert second.ask("GET", f"/v1/jobs/{waits['id']}")["state"] == "queued"
    assert second.ask("GET", "/v1/products/2/audit")["ok"]
    assert second.ask("POST", f"/v1/reservations/{hold['id']}/confirm", {})["state"] == "confirmed"

    # And the data that was there is set aside, where the first line says
    second.run.interrupt()
    told = second.run.output().splitlines()[0]
    aside = clone.root / told.removeprefix("usher: the data that was here is in ").removesuffix(" now.")
    server = Valkey(aside)
    server.start()
    with server.client() as client:
        assert client.get("Holberton") == "changed"
    server.kill()


def test_without_a_server_make_snapshot_says_so_and_writes_nothing(clone: Clone) -> None:
    (clone.root / "dump.rdb").write_bytes(b"the last one")
    code, said = clone.run("make snapshot")
    assert code != 0
    first, *rest = said.splitlines()
    assert first.startswith(f"usher: No server answers at redis://127.0.0.1:{clone.ports['REDIS_PORT']}/0: Error ")
    assert first.endswith(". `usher up`, or in a clone `make run`, starts the bundled one.")
    assert all(line.startswith("make: ") for line in rest)
    assert (clone.root / "dump.rdb").read_bytes() == b"the last one"


def test_make_snapshot_honours_a_server_of_the_users_own(clone: Clone, valkey: Valkey) -> None:
    assert clone.run("make snapshot", REDIS_URL=valkey.url(3)) == (0, "The snapshot is in dump.rdb.\n")
    assert (clone.root / "dump.rdb").read_bytes().startswith((b"REDIS", b"VALKEY"))


def test_a_first_start_on_a_snapshot_has_its_data(up: Up, dump: Path, eventually: Eventually) -> None:
    up.arguments = ["--snapshot", str(dump)]
    process = up.start()
    eventually(up.is_up, 20)
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        assert client.get("Holberton") == "School"
    process.terminate()
    assert process.communicate(timeout=20)[1] == ""  # there was nothing to set aside


def test_a_runner_that_starts_again_goes_on_where_it_ended(up: Up, dump: Path, eventually: Eventually) -> None:
    # Given a start on a snapshot, and something written
    up.arguments = ["--snapshot", str(dump)]
    process = up.start()
    eventually(up.is_up, 20)
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        client.set("Holberton", "later")
    process.terminate()
    process.communicate(timeout=20)

    # When it starts again without a snapshot, then the key is there
    up.arguments = []
    up.start()
    eventually(up.is_up, 20)
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        assert client.get("Holberton") == "later"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "and there is no such file: `make snapshot` writes one."),
        (b"", "which is empty."),
        (b"no snapshot", "which is no snapshot of a Redis or Valkey server."),
        (b"REDIS0011\xfa", "which is damaged or not whole."),
    ],
    ids=["missing", "empty", "wrong", "truncated"],
)
def test_a_wrong_snapshot_is_one_sentence_and_nothing_starts(up: Up, content: bytes | None, sentence: str) -> None:
    file = up.root / "wrong.rdb"
    if content is not None:
        file.write_bytes(content)
    up.arguments = ["--snapshot", str(file)]
    assert up.refusal() == f"usher: SNAPSHOT is {file}, {sentence}"
    assert [path.name for path in (up.root / "var").iterdir() if path.is_dir() and "redis" in path.name] == ["redis"]
    assert [path.name for path in (up.root / "var" / "redis").iterdir()] == ["lock"]
    assert up.survivors() == []


def test_a_snapshot_for_a_server_of_the_users_own_is_refused(up: Up, dump: Path, valkey: Valkey) -> None:
    up.arguments = ["--snapshot", str(dump)]
    said = up.refusal(REDIS_URL=valkey.url(4))
    assert said == "usher: SNAPSHOT is for the bundled server, and REDIS_URL names your own: leave one of them out."
    assert not (up.root / "var").exists()


def test_while_another_usher_runs_here_its_data_is_left_alone(up: Up, dump: Path) -> None:
    # Given the lock that the bundled server holds as long as it lives
    directory = up.root / "var" / "redis"
    directory.mkdir(parents=True)
    with (directory / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        # When a start on a snapshot is tried
        up.arguments = ["--snapshot", str(dump)]
        said = up.refusal(REDIS_PORT=str(free_port()))

    # Then the lock refuses first
    assert said.startswith(f"usher: The data in {directory} is in use")
    assert [path.name for path in directory.iterdir()] == ["lock"]


@pytest.fixture
def snapshot_of(tmp_path: Path) -> Callable[[Callable[[redis.Redis], object]], Path]:
    """Makes a snapshot of a server to which something was written."""

    def make(write: Callable[[redis.Redis], object]) -> Path:
        server = Valkey(tmp_path / "older")
        server.start()
        with server.client() as client:
            client.config_set("repl-diskless-sync-delay", "0")
            write(client)
        snapshot.save(server.url(), tmp_path / "older.rdb")
        server.kill()
        return tmp_path / "older.rdb"

    return make


def test_a_snapshot_of_an_older_layout_is_brought_up(
    up: Up, snapshot_of: Callable[..., Path], eventually: Eventually
) -> None:
    up.arguments = ["--snapshot", str(snapshot_of(test_layout_1.lay_out))]
    up.start()
    eventually(up.is_up, 20)
    assert "usher  | bringing the data from layout 0 to 1" in (up.root / "output.txt").read_text()
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        assert client.hgetall(keys.layout()) == {"version": str(LAYOUT)}
        assert client.zcount(keys.index(TYPE, "queued"), "-inf", 4e12) == 0  # no times


def test_a_snapshot_of_a_newer_layout_is_refused_in_a_sentence(up: Up, snapshot_of: Callable[..., Path]) -> None:
    file = snapshot_of(lambda client: client.hset(keys.layout(), "version", str(LAYOUT + 1)))
    up.arguments = ["--snapshot", str(file)]
    said = up.refusal()
    assert said.startswith(
        f"usher: The data are of layout {LAYOUT + 1}, and this release knows {LAYOUT} at most: start"
    )
    assert said.count("\n") == 0
