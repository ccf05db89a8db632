"""The system of `make chaos` knows its processes by their roles, even those that become another program."""

import os
import shutil
import subprocess
import sys

import pytest

from chaos.system import System

BECOME = "import os, sys; print('here', flush=True); sys.stdin.read(1); os.execve(sys.argv[1], ['server', '60'], {})"


@pytest.fixture
def system(tmp_path):
    return System(tmp_path, {})


@pytest.fixture
def process(system):
    """It carries a role until it becomes a server, which has nothing in its environment."""
    server = system.root / "redis-server"
    shutil.copy(shutil.which("sleep"), server)
    with subprocess.Popen(
        [sys.executable, "-c", BECOME, str(server)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=system.root,
        env=system.environment | {"CHAOS_ROLE": "worker"},
    ) as made:
        yield made
        made.kill()


def test_a_process_that_becomes_the_server_is_known_as_the_server(system, process, eventually):
    process.stdout.readline()
    assert [one.pid for one in system.processes("worker")] == [process.pid]

    process.stdin.write(b".")
    process.stdin.flush()

    eventually(lambda: [one.pid for one in system.processes("redis")] == [process.pid], 10, "it is not known")
    assert system.processes("worker") == []


def test_a_foreign_process_is_not_one_of_the_systems(system, process):
    process.stdout.readline()
    assert os.getpid() not in [one.pid for one in system.processes()]


def test_everything_is_killed(system, process):
    process.stdout.readline()
    system.kill_everything()
    assert system.processes() == []
    assert process.wait(5) == -9
