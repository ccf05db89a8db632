"""`usher tail`: what happens, in the terminal, as it happens."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deadlines import deadline_in
from tests.jobs import new, take_in
from worker.inventory.requests import Confirmation

ROOT = Path(__file__).parents[3]


@contextmanager
def tailing(command, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    words, names = command
    process = subprocess.Popen(
        [*words, "tail", *arguments], cwd=ROOT, env=names, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_the_tail_begins_with_what_has_happened_and_goes_on(command, state, hamlet):
    with tailing(command, "--past", "3") as process:
        past = [process.stdout.readline().split()[1:3] for _ in range(3)]
        assert past == [["held", "show:hamlet"], ["held", "show:hamlet"], ["confirmed", "show:hamlet"]]
        job = new()
        take_in(state, job)
        assert process.stdout.readline().split()[1:] == ["queued", "resize_image", job.id]


def test_the_tail_of_a_topic_has_only_its_events_as_json(command, state, hamlet):
    with tailing(command, "show:hamlet", "--event", "confirmed", "--past", "9", "--json") as process:
        told = json.loads(process.stdout.readline())
        assert (told["event"], told["target"], told["about"]) == ("confirmed", "show:hamlet", "r1")
        take_in(state, new())
        hamlet.confirm("show:hamlet", [Confirmation("c2", "r2")])
        assert json.loads(process.stdout.readline())["about"] == "r2"


def test_the_tail_goes_on_after_the_server_was_away(command, state, valkey, hamlet):
    with tailing(command, "--past", "1") as process:
        process.stdout.readline()
        state.client_kill_filter(_type="normal", skipme=True)
        job = new()
        take_in(state, job)
        assert process.stdout.readline().split()[3] == job.id


def test_the_tail_ends_quietly_when_nobody_reads_or_by_an_interrupt(command, state, hamlet):
    # Given a reader that goes away
    with tailing(command, "--past", "1") as process:
        process.stdout.readline()
        process.stdout.close()
        deadline = deadline_in(20)
        while process.poll() is None and time.monotonic() < deadline:
            take_in(state, new())
        assert (process.poll(), process.stderr.read()) == (0, "")
    # And another that is interrupted
    with tailing(command, "--past", "1") as process:
        process.stdout.readline()
        process.send_signal(2)
        assert (process.wait(20), process.stderr.read()) == (0, "")
