"""Two Ushers live in one process, each with settings and servers of its own."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator

import pytest
import redis

from api.app import create_app
from tasks_app.configuration import Settings
from tasks_app.state import keys
from tasks_app.state.layout import LAYOUT
from tasks_app.usher import Usher
from tests.servers import Valkey


@pytest.fixture
def two(valkey: Valkey, state: redis.Redis) -> Iterator[list[Usher]]:
    """The second one's state is in another database, and it takes one job at a time."""
    usual = Settings().model_dump()
    servers = [{"redis_url_given": valkey.url(n), "broker_url_given": valkey.url(n + 1)} for n in (0, 4)]
    ushers = [Usher(Settings.model_construct(**(usual | own))) for own in (servers[0], servers[1] | {"batch_limit": 1})]
    other = valkey.client(4)
    other.hset(keys.layout(), "version", str(LAYOUT))
    yield ushers
    other.flushdb()
    for usher in ushers:
        usher.publisher.flush()
        for client in (usher.connections.state, usher.connections.patient_state):
            client.close()  # a migration waits for every program that is connected


def test_two_ushers_have_their_own_jobs_limits_and_queues(two: list[Usher]) -> None:
    # Given an application and a queue of each
    first, second = (create_app(usher).test_client() for usher in two)
    queues = [usher.create_queue() for usher in two]
    assert queues[0] is not queues[1]
    assert two[0].celery.conf.broker_url != two[1].celery.conf.broker_url

    # When one takes two jobs in, then the other has none, and refuses two at once
    jobs = [{"type": "resize_image"}] * 2
    assert first.post("/v1/jobs", json=jobs).status_code == 202
    assert second.get("/v1/jobs").json["jobs"] == []
    assert second.post("/v1/jobs", json=jobs).json["code"] == "batch_too_large"

    # And a job of a queue belongs to its own Usher
    queues[1].create("index_page", {}).save()
    queues[1].close()
    assert [usher.jobs.types() for usher in two] == [["resize_image"], ["index_page"]]


def test_a_forked_process_shares_no_connection_and_waits_for_no_lock(two: list[Usher]) -> None:
    # Given an Usher, a part of which a thread is building at this moment, without end
    usher = two[0]
    before = usher.connections.state, usher.part(lambda usher: object())
    begun = threading.Event()

    def build() -> None:
        with usher._lock, getattr(Usher.intake, "lock", contextlib.nullcontext()):  # later Pythons have none
            begun.set()
            threading.Event().wait()

    threading.Thread(target=build, daemon=True).start()
    assert begun.wait(10)

    # When the process is forked, then the child builds its own
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        usher.drop()
        own = usher.connections.state, usher.part(lambda usher: object()), usher.intake
        os._exit(0 if own[0] is not before[0] and own[1] is not before[1] else 1)
    _, ended = os.waitpid(child, 0)
    usher.drop()  # the thread keeps a lock of the class
    assert ended == 0
