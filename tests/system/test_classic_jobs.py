"""The course's notification jobs on a whole Usher: its workers do them, unless a processor program runs."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks_app.state import worker_keys
from tests.deadlines import until
from tests.programs import Program
from tests.system.client import Listener
from tests.system.processes import ROOT
from tests.system.usher import Usher


def test_eleven_classic_jobs_are_done_by_the_workers_and_seen_everywhere(shared_usher: Usher) -> None:
    # When part 8 runs beside a running Usher
    with shared_usher.listen("type:push_notification_code_2") as listener:
        answer = subprocess.run(
            [sys.executable, "-m", "examples.7_job_creator"],
            cwd=ROOT,
            env=os.environ | shared_usher.urls(),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        until(lambda: len(percents(listener)) == 20, 20, lambda: str(listener.facts()))

    # Then it prints all of its lines
    assert answer.stderr == ""
    lines = answer.stdout.splitlines()
    ids = [line.split(": ")[1] for line in lines if " created: " in line]
    assert (len(ids), len(lines)) == (11, 2 * 3 + 9 * 4)
    assert [line for line in lines if ids[0] in line][1:] == [
        f"Notification job {ids[0]} 0% complete",
        f"Notification job {ids[0]} failed: Phone number 4153518780 is blacklisted",
    ]
    assert [line for line in lines if ids[2] in line][1:] == [
        f"Notification job {ids[2]} 0% complete",
        f"Notification job {ids[2]} 50% complete",
        f"Notification job {ids[2]} completed",
    ]

    # And a worker prints its own lines, the stream shows the progress, and the API knows the outcome
    text = "Sending notification to 4153518743, with message: This is the code 4321 to verify your account"
    assert said_by_workers(shared_usher).count(text) == 1
    assert sorted(percents(listener)) == [0] * 11 + [50] * 9
    assert [shared_usher.job(job_id)["state"] for job_id in ids] == ["failed"] * 2 + ["complete"] * 9


def percents(listener: Listener) -> list[int]:
    return [event["data"]["progress"] for event in listener.events if event.get("event") == "progress"]


def said_by_workers(usher: Usher) -> str:
    return "".join(file.read_text() for file in usher.directory.glob("worker-*.log"))


def attended(usher: Usher, job_type: str) -> int:
    """How many processors do this type."""
    with usher.state.server.client() as client:
        return int(client.zcard(worker_keys.attended(job_type)))


@pytest.fixture
def start(shared_usher: Usher, tmp_path: Path) -> Iterator[Callable[[str], Program]]:
    """Starts an example beside the running Usher."""
    started: list[Program] = []

    def start(name: str) -> Program:
        file = tmp_path / f"output-{len(started)}"
        started.append(Program(["-m", f"examples.{name}"], shared_usher.urls(), file))
        return started[-1]

    yield start
    for program in started:
        program.close()


@pytest.mark.parametrize(
    ("creator_name", "processor_name", "job_type", "created", "sent"),
    [
        ("6_job_creator", "6_job_processor", "push_notification_code", 1, 1),
        ("7_job_creator", "7_job_processor", "push_notification_code_2", 11, 9),
    ],
)
def test_while_a_processor_runs_the_workers_leave_its_jobs_to_it(
    shared_usher: Usher,
    start: Callable[[str], Program],
    creator_name: str,
    processor_name: str,
    job_type: str,
    created: int,
    sent: int,
) -> None:
    # Given two processors of one type, of which one leaves again
    before = said_by_workers(shared_usher).count("Sending notification")
    processor, other = start(processor_name), start(processor_name)
    until(lambda: attended(shared_usher, job_type) == 2, 30, lambda: "no processors")
    assert other.ended(signal.SIGTERM) == 0

    # When its creator runs
    creator = start(creator_name)
    assert creator.ended() == 0

    # Then the processor prints all of the lines, and no worker prints any
    assert sum(" created: " in line for line in creator.lines()) == created
    assert processor.ended(signal.SIGINT) == 0
    assert len(processor.lines()) == sent
    assert all(line.startswith("Sending notification to ") for line in processor.lines())
    assert said_by_workers(shared_usher).count("Sending notification") == before


def test_jobs_that_a_killed_processor_leaves_are_done_by_the_workers(
    shared_usher: Usher, start: Callable[[str], Program]
) -> None:
    # Given a processor that is killed, and whose mark is still there
    processor = start("6_job_processor")
    until(lambda: attended(shared_usher, "push_notification_code") == 1, 30, lambda: "no processor")
    processor.ended(signal.SIGKILL)
    assert attended(shared_usher, "push_notification_code") == 1

    # When a job comes, then it waits until the mark is gone, and is done
    creator = start("6_job_creator")
    assert creator.ended() == 0
    assert creator.lines()[1:] == ["Notification job completed"]
    assert attended(shared_usher, "push_notification_code") == 0
    assert processor.lines() == []
