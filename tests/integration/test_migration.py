"""The version of the stored data: how older data are brought up, whichever process is killed or frozen meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from tasks_app.errors import LayoutError
from tasks_app.migration import migration
from tasks_app.migration.ground import Ground, LostLockError
from tasks_app.migration.steps import STEPS
from tasks_app.state import keys
from tasks_app.state.layout import LAYOUT
from tests.channels import RECIPIENTS
from tests.deadlines import deadline_in
from tests.integration.migrating import OLD, ONE_MORE, Killed, bring_up, killed_after, laid_out, moved, rename
from tests.threads import all_at_once


@pytest.fixture
def data(state: redis.Redis) -> redis.Redis:
    return laid_out(state)


def test_a_server_without_data_is_of_this_layout_at_once(state):
    state.flushall()
    assert bring_up(state) == []
    assert state.hgetall(keys.layout()) == {"version": str(LAYOUT)}


def test_the_number_of_the_layout_is_the_number_of_the_steps():
    assert len(STEPS) == LAYOUT


def test_older_data_are_brought_up_and_marked(data):
    assert len(bring_up(data, ONE_MORE)) == 2
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT + 1)}
    assert moved(data) == OLD
    assert not data.exists(keys.layout_lock())


def test_data_of_this_layout_are_left_alone(data):
    bring_up(data, ONE_MORE)
    data.set("old:later", "1")
    assert bring_up(data, ONE_MORE) == []
    assert data.get("old:later") == "1"


def test_a_migration_that_was_killed_goes_on_where_it_stopped(data, eventually):
    with pytest.raises(Killed):
        bring_up(data, (*STEPS, killed_after(rename, 1)))
    assert len(moved(data)) == 1
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT), "to": str(LAYOUT + 1)}

    # Its lock is still there: the next process waits for it, and needs nobody's help
    said: list[str] = []
    thread = threading.Thread(target=lambda: migration.Migration(data, RECIPIENTS, said.append, ONE_MORE).bring_up())
    thread.start()
    eventually(lambda: said == ["another process brings the data up; waiting for it"])
    data.pexpire(keys.layout_lock(), 1)
    thread.join(10)
    assert moved(data) == OLD
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT + 1)}


def test_two_migrations_that_start_at_once_run_once(data, valkey):
    counts: list[int] = []

    def counted(ground: Ground) -> Iterator[int]:
        for count in rename(ground):
            counts.append(count)
            yield count

    def run() -> None:
        with valkey.client() as client:
            client.client_setname("usher:999:test")
            bring_up(client, (*STEPS, counted))

    all_at_once([run] * 4)
    assert len(counts) == len(OLD)
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT + 1)}


def test_a_migration_that_gets_the_lock_when_all_is_done_changes_nothing(data, monkeypatch):
    take = Ground.take

    def late(ground: Ground) -> bool:
        monkeypatch.setattr(Ground, "take", take)
        bring_up(data, ONE_MORE)
        return take(ground)

    monkeypatch.setattr(Ground, "take", late)
    bring_up(data, ONE_MORE)
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT + 1)}


def test_a_migration_that_lost_its_lock_changes_nothing_more(data):
    ground = Ground(data, "frozen", RECIPIENTS)
    assert ground.take()
    data.set(keys.layout_lock(), "another")
    with pytest.raises(LostLockError):
        next(rename(ground))
    assert moved(data) == {}


def test_a_migration_that_lost_its_lock_waits_for_the_other(data):
    def overtaken(ground: Ground) -> Iterator[int]:
        for count in rename(ground):
            yield count
            if len(moved(data)) == 1:  # it was frozen, and another process took over
                data.set(keys.layout_lock(), "another", px=300)

    said = bring_up(data, (*STEPS, overtaken))
    assert "another process brings the data up; waiting for it" in said
    assert moved(data) == OLD


def test_a_migration_that_is_no_longer_wanted_stops_between_two_parts(data):
    answers = iter([True, False])
    migration.Migration(data, RECIPIENTS, print, ONE_MORE, lambda: next(answers, False)).bring_up()
    assert len(moved(data)) == 1
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT), "to": str(LAYOUT + 1)}
    assert not data.exists(keys.layout_lock())  # so the next start need not wait


def test_a_step_that_meets_foreign_data_ends_with_a_sentence(data):
    data.delete("old:b")
    data.lpush("old:b", "no string")

    def picky(ground: Ground) -> Iterator[int]:
        yield ground.run("return #redis.call('GET', 'old:b')\n")

    with pytest.raises(LayoutError, match=rf"cannot be brought from layout {LAYOUT} to {LAYOUT + 1}: .*WRONGTYPE"):
        bring_up(data, (*STEPS, picky))
    assert not data.exists(keys.layout_lock())


def test_data_newer_than_the_program_are_refused_in_a_sentence(data):
    data.hset(keys.layout(), "version", str(LAYOUT + 1))
    with pytest.raises(
        LayoutError, match=rf"are of layout {LAYOUT + 1}, and this release knows {LAYOUT} at most: start"
    ):
        bring_up(data)
    assert moved(data) == {}


# ---- A real process ----


def test_a_process_that_is_killed_while_it_migrates_loses_nothing(state, valkey):
    state.delete(keys.layout())
    jobs = [f"job{n:05}" for n in range(40_000)]
    pipeline = state.pipeline(transaction=False)
    pipeline.sadd(keys.types(), "resize_image")
    for n, job_id in enumerate(jobs):
        pipeline.hset(
            keys.job(job_id), mapping={"type": "resize_image", "state": "queued", "created": 1780000000000 + n}
        )
        pipeline.zadd(keys.index("resize_image", "queued"), {job_id: 1780000030000 + n})
    pipeline.execute()
    environment = {**os.environ, "REDIS_URL": valkey.url()}
    state.client_setname("usher:999:test")  # otherwise it counts as an older program
    command = [sys.executable, "-m", "usher", "migrate"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        deadline = deadline_in(30)
        while not state.hget(keys.layout(), "count"):  # without a pause: all of it takes a fraction of a second
            assert process.poll() is None
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
    assert state.hgetall(keys.layout())["to"] == str(LAYOUT)
    state.pexpire(keys.layout_lock(), 1)

    again = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (again.returncode, again.stderr.count("bringing the data")) == (0, LAYOUT), again.stderr
    assert state.zrange(keys.index("resize_image", "queued"), 0, -1) == jobs


def test_a_process_ends_with_a_sentence_if_the_data_are_newer(state, valkey):
    state.hset(keys.layout(), "version", str(LAYOUT + 1))
    for command in (["-m", "usher", "migrate"], ["-m", "celery", "-A", "tasks_app.celery", "worker", "-Q", "jobs"]):
        environment = {**os.environ, "REDIS_URL": valkey.url(), "BROKER_URL": valkey.url(1)}
        began = time.monotonic()
        ended = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 1, time.monotonic() - began
        assert f"usher: The data are of layout {LAYOUT + 1}, and this release knows" in ended.stderr
        assert "Traceback" not in ended.stderr
