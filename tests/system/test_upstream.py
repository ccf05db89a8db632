"""
Real workers on a broker that freezes, dies or holds garbage: each test fails without its setting or patch.

WITHOUT=events,silence pytest tests/system/test_upstream.py leaves patches out (see upstream_app.py).
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from kombu.exceptions import OperationalError

from tests.system.upstream_worker import ROOT, Scene

Eventually = Callable[..., None]


def test_a_worker_consumes_again_after_an_acknowledgement_failed(scene: Scene, eventually: Eventually) -> None:
    # Given a worker with one slot, in the middle of a task
    worker = scene.worker()
    eventually(worker.ready, 20)
    scene.send("linger", "first", 1)
    eventually(lambda: "first begun" in scene.marks())

    # When Redis freezes until the worker has given up the acknowledgement
    with scene.valkey.frozen():
        eventually(lambda: worker.says("Couldn't ack"), 15)

    # Then the slot is free again
    scene.send("mark", "second")
    eventually(lambda: "second" in scene.marks(), 20)


def test_workers_end_within_15_seconds_of_sigterm_while_redis_is_frozen(scene: Scene, eventually: Eventually) -> None:
    # Given an idle and a busy worker of each pool
    queues = (("prefork", "jobs"), ("threads", "jobs"), ("prefork", "reservations"), ("threads", "notifications"))
    workers = [scene.worker("-P", pool, "-c", "4", "-Q", queue) for pool, queue in queues]
    eventually(lambda: all(worker.ready() for worker in workers), 40)
    for queue in ("reservations", "notifications"):
        for seconds in (1, 1, 1, 8):
            scene.send("linger", f"{seconds}", seconds, queue=queue)
    eventually(lambda: sum("begun" in mark for mark in scene.marks()) == 8)

    # When Redis freezes, some tasks end, and the workers are told to end while others run
    with scene.valkey.frozen():
        eventually(lambda: all(worker.says("Couldn't ack") for worker in workers[2:]), 8)
        assert "8 done" not in scene.marks()
        for worker in workers:
            worker.process.send_signal(signal.SIGTERM)
        eventually(lambda: all(worker.ended() for worker in workers), 15)

    # Then they ended in order, and finished the tasks that they had begun
    assert [worker.process.returncode for worker in workers] == [0, 0, 0, 0]
    assert scene.marks().count("8 done") == 2


@pytest.mark.parametrize("pool", ["prefork", "threads"])
def test_a_worker_survives_the_death_of_redis_during_a_task(scene: Scene, eventually: Eventually, pool: str) -> None:
    # Given a worker in the middle of a task
    worker = scene.worker("-P", pool, "-c", "2", "-Q", "jobs")
    eventually(worker.ready, 20)
    scene.send("linger", "slow", 2)
    eventually(lambda: "slow begun" in scene.marks())

    # When Redis dies, and comes back after the task has ended
    scene.valkey.kill()
    eventually(lambda: "slow done" in scene.marks())
    scene.valkey.start()

    # Then the same worker consumes again
    scene.send("mark", "after")
    eventually(lambda: "after" in scene.marks(), 20)
    assert not worker.ended()


@pytest.mark.parametrize("why", ["disk", "replicas"])
def test_a_worker_survives_a_broker_that_refuses_writes(scene: Scene, eventually: Eventually, why: str) -> None:
    # Given a worker in the middle of a task
    worker = scene.worker()
    eventually(worker.ready, 20)
    scene.send("linger", "slow", 2)
    eventually(lambda: "slow begun" in scene.marks())

    # When the broker refuses writes until the task has ended and the worker has tried to come back
    with scene.valkey.refusing_writes(why):
        with pytest.raises(OperationalError):
            scene.send("mark", "refused")
        eventually(lambda: "slow done" in scene.marks() and worker.says("Cannot connect"), 20)

    # Then the same worker consumes again
    scene.send("mark", "after")
    eventually(lambda: "after" in scene.marks(), 20)
    assert not worker.ended()


def test_a_message_published_before_any_worker_ever_ran_is_done(scene: Scene, eventually: Eventually) -> None:
    for queue in ("reservations", "notifications", "jobs"):
        scene.send("mark", queue, queue=queue)
    scene.worker("-P", "prefork", "-c", "1", "-Q", "reservations,notifications,jobs")
    eventually(lambda: sorted(scene.marks()) == ["jobs", "notifications", "reservations"], 20)


def test_a_killed_workers_message_is_done_by_another(scene: Scene, eventually: Eventually) -> None:
    # Given a task that runs in one worker, and another one
    first = scene.worker(visibility_seconds=2)
    eventually(first.ready, 20)
    scene.send("linger", "slow", 1)
    eventually(lambda: "slow begun" in scene.marks())

    # When the first is killed
    first.kill()
    scene.worker(visibility_seconds=2)

    # Then the other one does it, within the visibility timeout and one or two looks (T1: 5 s apart, not 100)
    eventually(lambda: scene.marks() == ["slow begun", "slow begun", "slow done"], 25)


def test_a_killed_pool_process_brings_its_message_back_at_once(scene: Scene, eventually: Eventually) -> None:
    worker = scene.worker()
    eventually(worker.ready, 20)
    scene.send("linger", "slow", 1)
    eventually(lambda: "slow begun" in scene.marks())
    for process in worker.pool():
        process.kill()
    eventually(lambda: scene.marks() == ["slow begun", "slow begun", "slow done"], 25)


def test_the_lock_of_a_worker_killed_while_it_restores_ends_soon(scene: Scene) -> None:
    with scene.client.monitor() as monitor:  # type: ignore[no-untyped-call]
        scene.worker()
        locks = (seen["command"] for seen in monitor.listen() if "SET unacked_mutex" in seen["command"])
        words = next(locks).split()
    assert int(words[words.index("PX") + 1]) <= 30_000


def test_urgent_messages_run_first_whatever_their_queue(scene: Scene, eventually: Eventually) -> None:
    # Given messages of every level on two queues, the least urgent first
    for level in (4, 3, 2, 1, 0):
        for queue in ("jobs", "reservations"):
            scene.send("mark", f"{level}", queue=queue, priority=level)
            scene.send("mark", f"{level}", queue=queue, priority=level)

    # When a worker of one process takes from both
    scene.worker("-P", "prefork", "-c", "1", "-Q", "reservations,jobs")

    # Then it does all of one level before the next
    eventually(lambda: len(scene.marks()) == 20, 20)
    assert scene.marks() == sorted(scene.marks())


def test_messages_of_one_level_run_in_the_order_they_were_sent(scene: Scene, eventually: Eventually) -> None:
    for number in range(20):
        scene.send("mark", f"{number:02}")
    scene.worker()
    eventually(lambda: len(scene.marks()) == 20, 20)
    assert scene.marks() == sorted(scene.marks())


def test_publishing_to_a_frozen_broker_fails_soon_and_once(scene: Scene) -> None:
    # Given a connection that was used before
    scene.send("mark", "before")

    # When the broker freezes
    with scene.valkey.frozen():
        began = time.monotonic()
        with pytest.raises(OperationalError):
            scene.send("mark", "during")
        waited = time.monotonic() - began

    # Then the caller knew soon, the message is there at most once, and the same connections serve again
    assert waited < 15
    assert scene.client.llen("jobs\x06\x163") <= 2
    scene.send("mark", "after")


def test_publishing_to_a_dead_broker_fails_at_once(scene: Scene) -> None:
    scene.valkey.kill()
    began = time.monotonic()
    with pytest.raises(OperationalError):
        scene.send("mark", "lost")
    assert time.monotonic() - began < 10


def test_publishing_imports_nothing_of_the_worker(scene: Scene) -> None:
    code = (
        "import sys; from tasks_app.celery import app; app.send_task('mark', ('x',), queue='jobs', priority=3);"
        "sys.exit([name for name in sys.modules if name.split('.')[0] in ('worker', 'api', 'flask')] or 0)"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"BROKER_URL": scene.valkey.url(1)},
        check=True,
        timeout=60,
    )
    assert scene.client.llen("jobs\x06\x163") == 1


def test_remote_control_leaves_no_reply_behind(scene: Scene, eventually: Eventually) -> None:
    worker = scene.worker()
    eventually(worker.ready, 20)
    for _ in range(3):
        assert scene.app.control.inspect(timeout=5, limit=1).ping() == {"worker0@test": {"ok": "pong"}}
    replies = [key for key in scene.client.keys("*") if "reply" in key and scene.client.ttl(key) == -1]
    assert all("binding" in key for key in replies), replies
