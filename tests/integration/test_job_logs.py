"""Lines that a real worker and a real processor write while they do jobs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks_app.configuration import Settings
from tasks_app.jobs import Backoff, NewJob, messages
from tasks_app.state import worker_keys
from tasks_app.usher import Usher
from tests.integration.api_system import ROOT
from tests.integration.notices_kit import SECRET
from tests.providers.provider import Provider, Reply
from tests.servers import Valkey

Eventually = Callable[..., None]
PROCESSOR = """
import logging
from usher import process
def write(job):
    logging.getLogger("shop").info("by a processor")
process("processed", 2, write)
"""


class Program:
    """One process before the server of this file, and the lines that it writes."""

    def __init__(self, valkey: Valkey, log: Path, *command: str, **environment: str) -> None:
        self.log = log
        names = {**os.environ, "REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1), **environment}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=names, stdout=output, stderr=output
            )

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def of(self, job_id: str, logger: str = "shop") -> list[dict[str, Any]]:
        return [one for one in self.lines() if one.get("job") == job_id and one["logger"] == logger]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def own(valkey: Valkey) -> Usher:
    servers = {"redis_url_given": valkey.url(0), "broker_url_given": valkey.url(1)}
    return Usher(Settings.model_construct(**(Settings().model_dump() | servers)))


@pytest.fixture(scope="module")
def worker(valkey: Valkey, own: Usher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A worker of all queues, with a pool of one process."""
    command = ("-m", "celery", "-q", "-A", "tasks_app.celery", "worker", "-Q", ",".join(messages.QUEUES))
    options = ("-P", "prefork", "-c", "1", "-n", "logs@test", "--without-gossip", "--without-mingle")
    own_networks = {"USHER_ALLOWED_NETWORKS": "127.0.0.0/8", "USHER_WEBHOOK_SECRETS": SECRET}
    log = tmp_path_factory.mktemp("logs") / "worker.log"
    handlers = "tests.integration.logging_handlers"
    program = Program(valkey, log, *command, *options, USHER_HANDLERS=handlers, **own_networks)
    yield program
    program.stop()


def done(own: Usher, job_type: str, data: Any, eventually: Eventually, **options: Any) -> str:
    job = NewJob(job_type, data, **options)
    own.intake.submit([job])
    eventually(lambda: own.jobs.read(job.id).state in ("complete", "failed"), 40)
    return job.id


ABOUT = ("process", "worker", "type", "attempt")


def test_every_line_of_a_handler_says_its_job(worker: Program, own: Usher, eventually: Eventually) -> None:
    job_id = done(own, "write", {"seats": 3}, eventually)

    lines = worker.of(job_id)
    assert [one["event"] for one in lines] == ["by logging", "by structlog", "by a thread"]
    assert lines[1]["seats"] == 3
    (of_library,) = worker.of(job_id, "a.library")
    for one in (*lines, of_library):
        assert [one[name] for name in ABOUT] == ["worker", "logs@test", "write", 1]


def test_tasks_of_an_asynchronous_handler_say_their_job(worker: Program, own: Usher, eventually: Eventually) -> None:
    job_id = done(own, "write_async", {}, eventually)
    assert [one["event"] for one in worker.of(job_id)] == ["by a task"] * 2


def test_a_failed_attempt_is_one_line_with_a_structured_error(
    worker: Program, own: Usher, eventually: Eventually
) -> None:
    job_id = done(own, "write_and_fail", {}, eventually, attempts=2, backoff=Backoff("fixed", 1))

    lines = worker.of(job_id, "worker.jobs.raised")
    assert [one["attempt"] for one in lines] == [1, 2]
    assert lines[0]["event"] == f"an attempt of job {job_id} failed: ValueError: not this time"
    (error,) = lines[0]["exception"]
    assert (error["exc_type"], error["frames"][-1]["name"]) == ("ValueError", "write_and_fail")


def test_a_line_for_many_jobs_names_them(worker: Program, own: Usher, eventually: Eventually) -> None:
    ids = {done(own, "write_together", {}, eventually) for _ in range(2)}
    told = [one for one in worker.lines() if one["event"] == "for all"]
    assert {job_id for one in told for job_id in one.get("jobs", [one.get("job")])} == ids


def test_what_a_provider_says_is_told_with_the_job_and_without_the_address(
    worker: Program, own: Usher, provider: Provider, eventually: Eventually
) -> None:
    # Given a provider that quotes the address
    address = provider.url("/hooks/its-secret-path")
    provider.default = Reply(418, body=f"no hook at {address}".encode())

    # When a webhook is sent there
    job_id = done(own, messages.PUSH_NOTIFICATION, {"channel": "webhook", "to": address, "message": "Hi"}, eventually)

    # Then the thread that sent it told of the job, and of nobody's address
    (line,) = worker.of(job_id, "worker.notifications.delivery")
    assert [line[name] for name in ABOUT] == ["worker", "logs@test", "push_notification", 1]
    assert line["event"].endswith("no hook at (the recipient)")
    assert "its-secret-path" not in worker.log.read_text()


def test_a_reservation_that_a_script_decides_is_told_with_its_id(
    worker: Program, own: Usher, eventually: Eventually
) -> None:
    job_id = done(own, "reserve_seat", {"nonsense": 1}, eventually)
    told = [one for one in worker.lines() if one.get("job") == job_id]
    assert [(one["type"], one["worker"]) for one in told] == [("reserve_seat", "logs@test")] * len(told)


def test_a_processor_s_lines_say_their_job(
    own: Usher, valkey: Valkey, tmp_path: Path, eventually: Eventually, worker: Program
) -> None:
    program = Program(valkey, tmp_path / "processor.log", "-c", PROCESSOR, PYTHONPATH=str(ROOT))
    try:
        with valkey.client() as client:
            eventually(lambda: client.zcard(worker_keys.attended("processed")), 30)
        job_id = done(own, "processed", {}, eventually)
        (line,) = program.of(job_id)
    finally:
        program.stop()
    assert (line["process"], line["type"], line["attempt"]) == ("processor", "processed", 1)
    assert line["worker"].startswith("processor@")
