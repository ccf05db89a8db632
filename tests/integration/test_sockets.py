"""A server behind a unix socket serves state and broker; memory that is nearly full holds new jobs back."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from celery import Celery

from tasks_app.configuration.servers import parse
from tasks_app.errors import QueueFullError
from tasks_app.jobs.intake import Intake
from tasks_app.state import connections
from tests.jobs import new, news, options, read
from tests.servers import Valkey


class Socketed(Valkey):
    """It also listens at a socket, in a directory with a short name: its path may have about a hundred characters."""

    socket = ""

    def command(self):
        return [*super().command(), "--unixsocket", self.socket]


@pytest.fixture
def socketed(tmp_path):
    with tempfile.TemporaryDirectory() as directory:
        server = Socketed(tmp_path / "socketed")
        server.socket = f"{directory}/redis.sock"
        server.start()
        yield server
        server.kill()


def test_state_and_broker_are_reached_over_a_socket(socketed):
    # Given a state behind a socket, and the broker that follows from it
    state = parse(f"unix://{socketed.socket}?db=2")
    broker = state.next_database()
    with connections.connect(state.url, 1.0) as client:
        client.set("a", "1")
    app = Celery("socket", broker=broker.celery_url)

    # When Celery publishes a message, then it is in that database
    with app.connection() as connection, connection.SimpleQueue("jobs") as queue:
        queue.put({"a": 1})
        assert queue.get(timeout=5).payload == {"a": 1}
    with socketed.client(2) as there:
        assert there.get("a") == "1"
    with socketed.client(3) as there:
        assert there.keys("*jobs*")


@pytest.mark.parametrize("variables", [{}, {"db": "?db=4"}], ids=["0", "4"])
def test_a_worker_works_over_a_socket(socketed, tmp_path, eventually, variables):
    # Given a worker whose state is behind a socket
    root = Path(__file__).parents[2]
    url = f"unix://{socketed.socket}{variables.get('db', '')}"
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "tasks_app.celery",
        "worker",
        "-Q",
        "reservations,jobs",
        "-P",
        "solo",
    ]
    with (tmp_path / "log").open("wb") as log:
        environment = {**os.environ, "REDIS_URL": url, "USHER_SEED": "none"} | {
            "USHER_HANDLERS": "tests.integration.api_handlers"
        }
        worker = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
    try:
        # When a job is taken in, then it is done: by the clock's message, so both databases were reached
        with connections.connect(parse(url).url, 2.0) as client:
            job = new(type="echo")
            Intake(client, lambda wakes: None, options(wake_seconds=0.2)).submit([job])
            eventually(lambda: read(client, job.id).state == "complete", 60)
    finally:
        worker.terminate()
        worker.wait(30)


def test_new_jobs_are_refused_while_memory_is_nearly_full(valkey, state):
    used = int(state.info("memory")["used_memory"])
    try:
        state.config_set("maxmemory", int(used * 1.05))
        with pytest.raises(QueueFullError):
            Intake(state, lambda wakes: None, options()).submit([new()])
        state.config_set("maxmemory", used * 10)
        assert news(Intake(state, lambda wakes: None, options()).submit([new()])) == [True]
    finally:
        state.config_set("maxmemory", 0)
