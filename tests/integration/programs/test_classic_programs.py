"""The course's programs, as the processes that its users start: creators and processors of parts 6 to 9."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks_app import keys
from tasks_app.classic import BLACKLIST
from tests.jobs import told

ROOT = Path(__file__).parents[3]
NUMBERS = [
    *("4153518780", "4153518781", "4153518743", "4153538781", "4153118782", "4153718781"),
    *("4159518782", "4158718781", "4153818782", "4154318781", "4151218782"),
]
CODES = ["1234", *["4562", "4321"] * 5]
HANGS = """
import time
from worker.processor import process
process("push_notification_code", 1, lambda job: time.sleep(600))
"""
HURRIED = {"USHER_LEASE_SECONDS": "1", "PYTHONUNBUFFERED": "1"}


class Program:
    """One running example, and the lines it printed so far."""

    def __init__(self, arguments: list[str], url: str, file: Path) -> None:
        self.file = file
        environment = os.environ | HURRIED | {"REDIS_URL": url}
        with file.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
            )

    def lines(self) -> list[str]:
        return self.file.read_text().splitlines()

    def ended(self, number: int | None = None) -> int:
        """Its exit code, after that signal."""
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(40)


@pytest.fixture
def start(valkey, state, tmp_path):
    """Starts an example, or Python with the arguments given, on the test's own server."""
    started: list[Program] = []

    def start(*arguments: str) -> Program:
        given = list(arguments) if len(arguments) > 1 else ["-m", f"examples.{arguments[0]}"]
        started.append(Program(given, valkey.url(), tmp_path / f"output-{len(started)}"))
        return started[-1]

    yield start
    for program in started:
        program.process.kill()
        program.process.wait()


def test_parts_6_and_7_a_job_is_created_and_processed(start):
    # Given a creator, and a processor that starts later
    creator = start("part_6_job_creator")
    processor = start("part_7_job_processor")

    # When the creator ends by itself, and the processor is interrupted
    assert creator.ended() == 0
    assert processor.ended(signal.SIGINT) == 0

    # Then both printed the lines of the contract, and nothing else
    created, completed = creator.lines()
    assert created.startswith("Notification job created: ")
    assert len(created.split(": ")[1]) == 26
    assert completed == "Notification job completed"
    text = "This is the code to verify your account"
    assert processor.lines() == [f"Sending notification to 4153518780, with message: {text}"]


def test_part_6_tells_of_a_failure(start, state, eventually: Callable[..., None]):
    creator = start("part_6_job_creator")
    eventually(lambda: creator.lines(), 30)
    job_id = creator.lines()[0].split(": ")[1]
    state.hset(keys.job(job_id), mapping={"data": "{}"})  # without a phone number no line can be printed
    processor = start("part_7_job_processor")
    assert creator.ended() == 0
    assert creator.lines()[1:] == ["Notification job failed"]
    processor.ended(signal.SIGTERM)


def test_parts_8_and_9_eleven_jobs_with_progress_and_a_blacklist(start, state):
    # Given the creator of eleven jobs and its processor
    processor = start("part_9_job_processor")
    creator = start("part_8_job_creator")

    # When all is over
    assert creator.ended() == 0
    assert processor.ended(signal.SIGTERM) == 0

    # Then each job's lines are those of the contract, in their order
    lines = creator.lines()
    ids = [line.removeprefix("Notification job created: ") for line in lines if " created: " in line]
    assert len(ids) == len(NUMBERS)
    for job_id, number in zip(ids, NUMBERS, strict=True):
        sent = [f"Notification job {job_id} 50% complete", f"Notification job {job_id} completed"]
        refused = [f"Notification job {job_id} failed: Phone number {number} is blacklisted"]
        assert [line for line in lines if job_id in line] == [
            f"Notification job created: {job_id}",
            f"Notification job {job_id} 0% complete",
            *(refused if number in BLACKLIST else sent),
        ]
    assert len(lines) == 2 * 3 + 9 * 4
    assert sorted(processor.lines()) == sorted(
        f"Sending notification to {number}, with message: This is the code {code} to verify your account"
        for number, code in zip(NUMBERS, CODES, strict=True)
        if number not in BLACKLIST
    )
    assert {told(state, job_id).count("active") for job_id in ids} == {1}


def test_what_a_killed_processor_had_is_done_by_the_next(start, state, eventually: Callable[..., None]):
    # Given a processor that is killed at work
    creator = start("part_6_job_creator")
    hung = start("-c", HANGS)
    eventually(lambda: len(creator.lines()) == 1, 30)
    job_id = creator.lines()[0].split(": ")[1]
    eventually(lambda: state.hget(keys.job(job_id), "state") == "active", 30)
    hung.ended(signal.SIGKILL)

    # When another one starts
    processor = start("part_7_job_processor")

    # Then the job is done, and its creator hears of it
    assert creator.ended() == 0
    assert creator.lines()[1:] == ["Notification job completed"]
    assert told(state, job_id) == ["queued", "active", "stalled", "active", "complete"]
    assert processor.ended(signal.SIGTERM) == 0
