"""`usher up` with the real server, and with every real process: start, stop, restart, no orphans."""

import json
import os
import shutil
import signal
import urllib.request
from collections.abc import Callable

import pytest
import redis

from tasks_app.configuration import own_settings
from tests import bundled
from tests.servers import Valkey
from tests.system.up import PROCFILE, REPOSITORY, Up

Eventually = Callable[..., None]


@pytest.fixture
def running(up: Up, eventually: Eventually) -> Up:
    up.start()
    eventually(up.is_up, 20, "the runner did not come up")
    return up


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_web_then_workers_then_redis(running: Up, number: signal.Signals) -> None:
    assert running.process is not None

    running.process.send_signal(number)
    _, said = running.process.communicate(timeout=20)

    # Then each ended in order, redis was there until the last of them, and no line was too many
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

    # When the user insists: repeatedly, since a signal right after the first counts as its echo
    def insist() -> bool:
        process.send_signal(signal.SIGINT)
        return process.poll() is not None

    eventually(insist, 5, "it still waits for the worker")

    assert process.returncode == 130
    assert up.survivors() == []


@pytest.fixture
def usher(up: Up, eventually: Eventually) -> Up:
    """The whole system as `make run` starts it, with every real process."""
    shutil.copy(REPOSITORY / "Procfile", up.root)
    up.start()
    eventually(up.is_up, 60, "the system did not come up")
    return up


def test_the_system_stops_without_a_complaint_while_a_browser_watches(usher: Up) -> None:
    # Given an event stream that nobody ends
    assert usher.process is not None
    with urllib.request.urlopen(f"http://127.0.0.1:{usher.ports['PORT']}/v1/stream?topic=type:confirm") as stream:
        stream.readline()

        # When the system is told to stop
        usher.process.send_signal(signal.SIGINT)
        _, said = usher.process.communicate(timeout=30)

    # Then it does, and no log shows trouble
    assert (usher.process.returncode, said) == (0, "")
    logs = {file.name: file.read_text() for file in (usher.root / "var" / "log").iterdir()}
    assert set(logs) == {"redis.log", "seller.log", "worker.log", "notifier.log", "flower.log", "web.log"}
    assert [name for name, log in logs.items() if "Traceback" in log or '"exception":' in log] == []
    # And all but the server's is JSON, to the last line
    lines = [line for name, log in logs.items() if name != "redis.log" for line in log.splitlines()]
    assert {json.loads(line)["process"] for line in lines} >= {"worker"}
    assert usher.survivors() == []


def test_nothing_is_left_when_the_runner_is_killed(usher: Up, eventually: Eventually) -> None:
    # Given runner, guard, redis, seller (pool of one), worker (pool of two), notifier, flower, web with its children
    assert usher.process is not None
    assert len(usher.survivors()) == 11 + own_settings().web_processes

    usher.process.kill()

    eventually(lambda: usher.survivors() == [], 10, "somebody outlived the runner")


def test_a_process_that_dies_is_started_again(running: Up, eventually: Eventually) -> None:
    # When a process that has a child of its own is killed
    first = running.pid("web")
    os.kill(first, signal.SIGKILL)

    # Then it is there again, and the remains of the dead one are not in its way
    eventually(lambda: running.pid("web") != first)
    assert "usher  | web was killed by SIGKILL; it is started again in 0.5 s." in running.output()
    children = [process for process in running.survivors() if "time.sleep(600)" in " ".join(process.cmdline())]
    assert len(children) == 2


def test_redis_is_started_again_on_the_same_data(running: Up, eventually: Eventually) -> None:
    # Given something written
    port = running.ports["REDIS_PORT"]
    with bundled.client(running.root, port) as client:
        client.set("fact", "kept")
        server = client.info("server")["process_id"]

    # When the server is killed
    os.kill(server, signal.SIGKILL)

    # Then a new server has it
    def is_back() -> bool:
        with bundled.client(running.root, port) as again:
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
