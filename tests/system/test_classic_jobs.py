"""The course's notification jobs on the whole of Usher: its workers do them, without a processor of one's own."""

import os
import subprocess
import sys

from tests.system.client import Listener
from tests.system.processes import ROOT
from tests.system.usher import Usher, until


def test_eleven_classic_jobs_are_done_by_the_workers_and_seen_everywhere(shared_usher: Usher) -> None:
    # When part 8 runs beside a running Usher
    with shared_usher.listen("type:push_notification_code_2") as listener:
        answer = subprocess.run(
            [sys.executable, "-m", "examples.part_8_job_creator"],
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

    # And a worker prints its own, the stream tells of the progress, and the API knows the outcome
    text = "Sending notification to 4153518743, with message: This is the code 4321 to verify your account"
    assert sum(file.read_text().count(text) for file in shared_usher.directory.glob("worker-*.log")) == 1
    assert sorted(percents(listener)) == [0] * 11 + [50] * 9
    assert [shared_usher.job(job_id)["state"] for job_id in ids] == ["failed"] * 2 + ["complete"] * 9


def percents(listener: Listener) -> list[int]:
    return [event["data"]["progress"] for event in listener.events if event.get("event") == "progress"]
