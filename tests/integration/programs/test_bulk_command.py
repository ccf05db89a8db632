"""`usher bulk` and `usher replay --type`: many jobs at once, from the terminal."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.bulk_kit import BOOM, Bulk
from tests.jobs import TYPE
from tests.roots import Root
from tests.servers import Valkey

ROOT = Path(__file__).parents[3]


@pytest.fixture
def command(valkey: Valkey, state: redis.Redis) -> Callable[..., subprocess.Popen[str]]:
    """Starts `usher` with these words on the test's server."""
    names = os.environ | {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)}

    def start(*words: str) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, "-m", "usher", *words], cwd=ROOT, env=names, **pipes)

    return start


@pytest.fixture
def says(command: Callable[..., subprocess.Popen[str]]) -> Callable[..., tuple[int, str, str]]:
    """Its exit code, and what it says to either side."""

    def run(*words: str) -> tuple[int, str, str]:
        ended = command(*words)
        out, err = ended.communicate(timeout=60)
        return ended.returncode, out, err

    return run


@pytest.fixture
def many(usher: Root) -> Bulk:
    return Bulk(usher)


@pytest.fixture
def worker(many: Bulk) -> Iterator[Bulk]:
    """Does what comes, until the test is over."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            for one in many.usher.bulk.page("", 10)[0]:
                if one.finished_ms is None:
                    many.part(one.id)

    thread = threading.Thread(target=work)
    thread.start()
    yield many
    over.set()
    thread.join()


def test_a_dry_run_says_how_many_there_are_and_changes_nothing(says: Callable[..., Any], many: Bulk) -> None:
    failed = many.ended(7)
    code, out, _ = says("bulk", "replay", "--type", TYPE, "--state", "failed", "--dry-run")
    assert (code, out.splitlines()[0]) == (0, "7 jobs match.")
    assert {line.split()[0] for line in out.splitlines()[2:]} <= {*failed}
    found = json.loads(says("bulk", "delete", "--type", TYPE, "--dry-run", "--json")[1])
    assert (found["count"], len(found["examples"])) == (7, 5)
    assert {*many.states(failed)} == {"failed"}


def test_what_a_filter_finds_is_replayed_and_reported(says: Callable[..., Any], worker: Bulk) -> None:
    late, others = worker.ended(3, error=BOOM.replace("error", "time_limit")), worker.ended(2)
    code, out, err = says("replay", "--type", TYPE, "--code", "time_limit", "--yes")
    assert (code, out.splitlines()[0]) == (0, "3 jobs match."), err
    assert out.splitlines()[-1].endswith("is complete: 3 done.")
    assert {*worker.states(late)} == {"queued"}
    assert {*worker.states(others)} == {"failed"}
    (noted,) = json.loads(says("audit", "--what", "usher bulk replay", "--json")[1])
    (operation,) = json.loads(says("bulk", "list", "--json")[1])
    assert noted["on"] == [f"bulk:{operation['id']}"]


def test_a_priority_may_be_negative(says: Callable[..., Any], worker: Bulk) -> None:
    ids = worker.queued(3)
    code, out, err = says("bulk", "priority", "-10", "--type", TYPE, "--yes")
    assert code == 0, out + err
    assert {job.priority for job in worker.usher.jobs.read_many(ids)} == {-10}


def test_ctrl_c_only_ends_the_view_and_a_stop_ends_the_operation(
    command: Callable[..., subprocess.Popen[str]], says: Callable[..., Any], many: Bulk
) -> None:
    # Given an operation that somebody watches, and no worker
    many.queued(3)
    watching = command("bulk", "cancel", "--type", TYPE, "--yes")
    assert watching.stdout is not None
    while not watching.stdout.readline().endswith("begins.\n"):
        assert watching.poll() is None
    (asked,) = many.usher.bulk.page("", 10)[0]

    # When it is interrupted, then the operation goes on, until it is stopped
    watching.send_signal(signal.SIGINT)
    out, _ = watching.communicate(timeout=20)
    assert (watching.returncode, f"usher bulk stop {asked.id}" in out) == (0, True), out
    assert many.usher.bulk.read(asked.id).state == "running"
    assert says("bulk", "stop", asked.id)[1] == f"The operation {asked.id} is stopped: 0 done.\n"
    assert says("bulk", "show", asked.id)[0] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bulk", "cancel"), "name at least one condition"),
        (("replay",), "name IDs or a filter"),
        (("replay", "a" * 26, "--type", "x"), "not both"),
        (("bulk", "cancel", "--state", "complete"), "cancel is for jobs in the states delayed, queued, active"),
        (("bulk", "cancel", "--metadata", "colour=red"), "not found by colour"),
        (("bulk", "cancel", "--type", "bulk_operation"), "stopped one by one"),
    ],
)
def test_a_wrong_command_line_is_told_in_a_sentence(says: Callable[..., Any], words: Any, told: str) -> None:
    code, out, err = says(*words)
    assert (code, out, told in err, err.count("\n")) == (2, "", True, 1), err


def test_an_unknown_operation_or_date_is_told_in_a_sentence(says: Callable[..., Any]) -> None:
    for words in (("bulk", "show", "a" * 26), ("bulk", "cancel", "--since", "yesterday")):
        code, _, err = says(*words)
        assert (code, err.count("\n"), "Traceback" in err) == (1, 1, False), err
