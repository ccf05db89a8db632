"""`python -m ops.up` with the real server and processes of our own: start, stop, restart, no orphans."""

import fcntl
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import redis

from tests.servers import Valkey, free_port

REPOSITORY = Path(__file__).parents[2]
FAKE = Path(__file__).with_name("fake.py")
PROCFILE = f"""
redis: python -m ops.server
worker: python {FAKE} worker
flower: python {FAKE} flower $FLOWER_PORT
web: python {FAKE} web $PORT
"""

Eventually = Callable[..., None]


class Up:
    """One runner in a directory of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mark = uuid4().hex
        self.ports = {name: free_port() for name in ("PORT", "FLOWER_PORT", "REDIS_PORT")}
        self.process: subprocess.Popen[str] | None = None
        (root / "Procfile").write_text(PROCFILE)

    def start(self, **environment: str) -> subprocess.Popen[str]:
        given = {name: str(port) for name, port in self.ports.items()} | environment
        with (self.root / "output.txt").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops.up", "--root", str(self.root)],
                cwd=REPOSITORY,
                env=os.environ | given | {"PYTHONPATH": str(REPOSITORY), "MARK_OF_THIS_TEST": self.mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        return self.process

    def refusal(self, **environment: str) -> str:
        """What a runner says that will not start."""
        process = self.start(**environment)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "Traceback" not in said
        return said.strip()

    def is_up(self) -> bool:
        return "Usher is up" in self.output()

    def output(self) -> str:
        return (self.root / "output.txt").read_text()

    def journal(self) -> list[str]:
        file = self.root / "journal.txt"
        return file.read_text().splitlines() if file.exists() else []

    def pid(self, name: str) -> int:
        """Of the newest process of this name."""
        return int([line for line in self.journal() if line.startswith(f"{name} started")][-1].split()[-1])

    def survivors(self) -> list[psutil.Process]:
        """Every process, however deep, that came of this runner and lives."""
        return [process for process in psutil.process_iter() if self._is_mine(process)]

    def _is_mine(self, process: psutil.Process) -> bool:
        server = f":{self.ports['REDIS_PORT']}"  # which writes its title where others keep their environment
        try:
            marked = process.environ().get("MARK_OF_THIS_TEST") == self.mark
            return marked or server in " ".join(process.cmdline())
        except psutil.Error:
            return False


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    runner = Up(tmp_path)
    yield runner
    for process in runner.survivors():
        process.kill()
    if runner.process is not None:
        runner.process.communicate()


@pytest.fixture
def running(up: Up, eventually: Eventually) -> Up:
    up.start()
    eventually(up.is_up, 20, "the runner did not come up")
    return up


def test_a_wrong_setting_is_named(up: Up) -> None:
    said = up.refusal(PORT="many", USHER_LEASE_SECONDS="0")

    assert said == (
        "usher: PORT is 'many', but should be a valid integer."
        " USHER_LEASE_SECONDS is '0', but should be greater than or equal to 1."
    )


@pytest.mark.parametrize("variable", ["PORT", "FLOWER_PORT", "REDIS_PORT"])
def test_a_busy_port_is_named_with_its_variable(up: Up, valkey: Valkey, variable: str) -> None:
    said = up.refusal(**{variable: str(valkey.port)})

    assert said.startswith(f"usher: Port {valkey.port} is busy: stop what listens there, or set {variable} ")


def test_one_port_for_two_is_refused(up: Up) -> None:
    said = up.refusal(PORT="4321", FLOWER_PORT="4321")

    assert said == "usher: PORT and FLOWER_PORT are both 4321: change one of them."


def test_an_unreachable_server_is_named_without_its_password(up: Up) -> None:
    port = free_port()

    said = up.refusal(REDIS_URL=f"redis://:secret@127.0.0.1:{port}/0")

    assert said.startswith(f"usher: REDIS_URL is redis://127.0.0.1:{port}/0, and no server answers there: ")
    assert "secret" not in said


def test_a_server_that_evicts_is_refused(up: Up, tmp_path: Path) -> None:
    # Given a server of the user's own that may throw keys away
    server = Valkey(tmp_path / "evicting")
    server.start()
    try:
        with server.client() as client:
            client.config_set("maxmemory-policy", "allkeys-lru")

        # When it is to be the broker, or the state
        as_broker = up.refusal(BROKER_URL=server.url(1))
        as_state = up.refusal(REDIS_URL=server.url(0))

        # Then neither will do
        assert "BROKER_URL is" in as_broker
        assert "whose maxmemory-policy is allkeys-lru: set it to noeviction" in as_broker
        assert "REDIS_URL is" in as_state
    finally:
        server.kill()


def test_one_database_for_state_and_broker_is_refused(up: Up, valkey: Valkey) -> None:
    said = up.refusal(REDIS_URL=valkey.url(3), BROKER_URL=valkey.url(3))

    assert said == "usher: REDIS_URL and BROKER_URL name the same database: give each one of its own."


def test_data_that_another_server_uses_is_refused(up: Up) -> None:
    # Given the lock that the bundled server holds as long as it lives
    directory = up.root / "var" / "redis"
    directory.mkdir(parents=True)
    with (directory / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        said = up.refusal()

    assert said.startswith(f"usher: The data in {directory} is in use")


def test_damaged_data_is_said_and_nothing_stays(up: Up) -> None:
    # Given an append-only file whose middle is no command
    parts = up.root / "var" / "redis" / "appendonlydir"
    parts.mkdir(parents=True)
    (parts / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    (parts / "appendonly.aof.1.incr.aof").write_bytes(b"*1\r\n$4\r\nPING\r\nrubbish\r\n*1\r\n$4\r\nPING\r\n")

    said = up.refusal()

    assert said.startswith("usher: redis finds its data in var/redis damaged")
    assert up.survivors() == []


def test_a_process_that_cannot_start_is_named_with_its_last_words(up: Up) -> None:
    failing = "web: python -c 'raise SystemExit(\"no such table\")'"
    (up.root / "Procfile").write_text(PROCFILE.partition("web:")[0] + failing)

    said = up.refusal()

    assert said.startswith("usher: web ended with code 1. Its last words")
    assert "no such table" in said
    assert up.survivors() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_web_then_workers_then_redis(running: Up, number: signal.Signals) -> None:
    assert running.process is not None

    running.process.send_signal(number)
    _, said = running.process.communicate(timeout=20)

    # Then each ended in order, while redis was still there for the last of them, and without a word too many
    assert running.process.returncode == 0
    ends = [line for line in running.journal() if "ended" in line]
    assert sorted(ends[:2]) == ["flower ended beside redis", "web ended beside redis"]
    assert ends[2:] == ["worker ended beside redis"]
    assert said == ""
    assert running.output().splitlines()[-2:] == ["usher  | stopping", "usher  | stopped"]
    assert running.survivors() == []


def test_a_second_ctrl_c_ends_at_once(up: Up, eventually: Eventually) -> None:
    # Given a worker that will not end
    (up.root / "Procfile").write_text(PROCFILE.replace("fake.py worker", "fake.py worker stubborn"))
    process = up.start()
    eventually(up.is_up, 20)
    process.send_signal(signal.SIGINT)
    eventually(lambda: "worker refused" in up.journal())

    # When the user insists: repeatedly, for a signal right behind the first is taken for its echo
    def insist() -> bool:
        process.send_signal(signal.SIGINT)
        return process.poll() is not None

    eventually(insist, 5, "it still waits for the worker")

    assert process.returncode == 130
    assert up.survivors() == []


def test_nothing_is_left_when_the_runner_is_killed(running: Up, eventually: Eventually) -> None:
    assert running.process is not None
    assert (
        len(running.survivors()) == 8
    )  # the runner, its guard, redis, three processes, two children of those

    running.process.kill()

    eventually(lambda: running.survivors() == [], 10, "somebody outlived the runner")


def test_who_dies_is_started_again(running: Up, eventually: Eventually) -> None:
    # When a process that has a child of its own is killed
    first = running.pid("web")
    os.kill(first, signal.SIGKILL)

    # Then it is there again, and what the dead one left is not in its way
    eventually(lambda: running.pid("web") != first)
    assert "usher  | web was killed by SIGKILL; it is started again in 0.5 s." in running.output()
    children = [
        process for process in running.survivors() if "time.sleep(600)" in " ".join(process.cmdline())
    ]
    assert len(children) == 2


def test_redis_is_started_again_on_the_same_data(running: Up, eventually: Eventually) -> None:
    # Given something written
    port = running.ports["REDIS_PORT"]
    with redis.Redis(port=port, decode_responses=True) as client:
        client.set("fact", "kept")
        server = client.info("server")["process_id"]

    # When the server is killed
    os.kill(server, signal.SIGKILL)

    # Then a new one knows it
    def is_back() -> bool:
        with redis.Redis(port=port, decode_responses=True) as again:
            try:
                return again.info("server")["process_id"] != server and again.get("fact") == "kept"
            except redis.ConnectionError:
                return False

    eventually(is_back)


def test_output_is_named_and_kept(running: Up, eventually: Eventually) -> None:
    # When a process says something
    with urllib.request.urlopen(f"http://127.0.0.1:{running.ports['PORT']}/something"):
        pass

    # Then the terminal says who, the log file says what, and the noise of the start is in the log file only
    eventually(lambda: "web    | asked for /something" in running.output().splitlines())
    log = (running.root / "var" / "log" / "web.log").read_text()
    assert "asked for /something\n" in log
    assert "asked for /readyz\n" in log
    assert "/readyz" not in running.output()


def test_given_servers_are_used_and_left_alone(up: Up, valkey: Valkey, eventually: Eventually) -> None:
    # When the user has a server
    process = up.start(REDIS_URL=valkey.url(5))
    eventually(up.is_up, 20)

    # Then no other is started, and it stays when Usher stops
    assert not (up.root / "var" / "redis").exists()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    with valkey.client() as client:
        assert client.ping()
