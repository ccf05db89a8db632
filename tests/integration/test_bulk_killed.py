"""A bulk operation whose worker is killed anywhere: the next goes on, and each job is changed and counted once."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tasks_app.jobs import Intake
from tasks_app.jobs.job import State
from tasks_app.state import keys
from tests.integration.bulk_kit import Bulk, times
from tests.jobs import TYPE, read
from tests.roots import Root
from tests.servers import Valkey
from worker.bulk import bulk

ROOT = Path(__file__).parents[2]
WORKER = ["-A", "tasks_app.celery", "worker", "-Q", "notifications", "-P", "threads", "-c", "1"]


class Killed(BaseException):
    """The worker's process ends here."""


class MortalSteps(bulk.Steps):
    """Steps of workers that are killed: before (-1) or after (1) one of their scripts."""

    moments: list[int]

    def _step(self, *arguments: Any) -> None:
        moment = self.moments.pop(0) if self.moments else 0
        if moment == -1:
            raise Killed
        super()._step(*arguments)
        if moment == 1:
            raise Killed


@pytest.fixture
def mortal(usher: Root) -> Bulk:
    usher.give(bulk.step_terms, bulk.StepTerms(3, 3, MortalSteps))
    vars(usher.settings)["stall_limit"] = 100
    return Bulk(usher)


def do_with_deaths(mortal: Bulk, bulk_id: str) -> int:
    """Begin it again after each death; returns how many there were."""
    deaths = 0

    def carry_out(job: Any) -> Any:
        return bulk._Part(mortal.usher, job, mortal.usher.bulk.read(job.id)).do()

    for _ in range(100):
        if mortal.usher.bulk.read(bulk_id).finished_ms is not None:
            return deaths
        mortal.store.promote([bulk.messages.BULK_OPERATION])
        (claim,) = mortal.store.claim(bulk.messages.BULK_OPERATION, "worker@test")
        job = bulk.ActiveJob(bulk.messages.BULK_OPERATION, claim, mortal.store)
        try:
            mortal.settle(claim, carry_out(job))
        except Killed:
            deaths += 1
            mortal.recover()
    raise AssertionError("it does not end")


@pytest.mark.parametrize("action", ["cancel", "replay", "delete", "priority"])
@pytest.mark.parametrize("moments", [[-1], [1], [0, -1, 0, 1], [1, 1, 1, -1, -1, 1]])
def test_each_job_is_changed_and_counted_once_whenever_a_worker_dies(
    mortal: Bulk, state: redis.Redis, action: str, moments: list[int]
) -> None:
    # Given jobs for the action, and workers that die at these of their steps
    is_over = action in ("replay", "delete")
    ids = [*mortal.ended(4, "complete"), *mortal.ended(4)] if is_over else mortal.queued(8)
    asked = mortal.ask(action, -10 if action == "priority" else 0)
    MortalSteps.moments = list(moments)

    # Then it is done in the end, as if nobody had died
    assert do_with_deaths(mortal, asked) == sum(map(abs, moments))
    found = mortal.usher.bulk.read(asked)
    assert (found.state, found.done, found.skipped) == ("complete", 8, {})
    event = {"cancel": "cancelled", "replay": "replayed", "delete": "forgotten", "priority": "prioritised"}[action]
    assert times(state, event) == dict.fromkeys(ids[4:] if action == "replay" else ids, 1)
    if action == "replay":
        queued = mortal.usher.jobs.read_many(state.zrange(keys.index(TYPE, "queued"), 0, -1))
        assert sorted(job.replay_of for job in queued if job.replay_of) == sorted(ids[:4])


def test_a_worker_that_dies_between_its_copies_and_its_note_copies_nothing_twice(
    mortal: Bulk, state: redis.Redis
) -> None:
    ids, whole, left = mortal.ended(6, "complete"), mortal.usher.intake, [1]

    class MortalIntake(Intake):
        def __init__(self) -> None:
            """It asks the whole one."""

        def submit(self, jobs: Any) -> Any:
            answer = whole.submit(jobs)
            if left:
                left.pop()
                raise Killed
            return answer

    MortalSteps.moments = []
    vars(mortal.usher)["intake"] = MortalIntake()
    asked = mortal.ask("replay")
    assert do_with_deaths(mortal, asked) == 1
    assert mortal.usher.bulk.read(asked).done == 6
    queued = mortal.usher.jobs.read_many(state.zrange(keys.index(TYPE, "queued"), 0, -1))
    assert sorted(job.replay_of for job in queued) == sorted(ids)


@pytest.fixture
def worker(valkey: Valkey, state: redis.Redis, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts real workers, whose leases are short."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        number = len(started)
        environment = {**os.environ, "REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)}
        environment |= {"USHER_LEASE_SECONDS": "2"}
        command = [sys.executable, "-m", "celery", *WORKER, "-n", f"bulk{number}@test"]
        command += ["--without-gossip", "--without-mingle"]
        with (tmp_path / f"worker-{number}.log").open("wb") as log:
            started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


def test_a_process_that_is_killed_in_the_middle_is_followed_by_another(
    usher: Root,
    state: redis.Redis,
    worker: Callable[[], subprocess.Popen[bytes]],
    eventually: Callable[..., None],
) -> None:
    # Given an operation that is in its middle
    many = Bulk(usher)
    ids = many.ended(400)
    first, asked = worker(), many.ask("replay", state=State.FAILED, rate=100)
    eventually(lambda: 0 < usher.bulk.read(asked).done < 300, 30)

    # When its worker's process is killed, then another does the rest, and nothing twice
    os.kill(first.pid, signal.SIGKILL)
    worker()
    eventually(lambda: read(state, asked).state is State.COMPLETE, 60)
    found = usher.bulk.read(asked)
    assert (found.done, found.skipped, found.failed) == (400, {}, {})
    assert times(state, "replayed") == dict.fromkeys(ids, 1)
