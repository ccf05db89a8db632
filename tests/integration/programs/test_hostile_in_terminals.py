"""A job made to harm whoever looks at it in a terminal: no command passes on an escape, and large data are cut."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tasks_app.jobs.controls import JobControls
from tasks_app.text.printing import UNSEEN
from tests.hostile import EVIL, LARGE_CHARACTERS, poison
from tests.jobs import TYPE, claim, new, options, take_in
from tests.servers import Valkey
from worker.jobs.job_store import JobStore, Settlement

ROOT = Path(__file__).parents[3]
Run = Callable[..., str]


@pytest.fixture
def variables(valkey: Valkey, state: redis.Redis) -> dict[str, str]:
    return os.environ | {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1), "NO_COLOR": "1"}


@pytest.fixture
def usher(variables: dict[str, str]) -> Run:
    """Run it: what it prints, to either side."""

    def run(*arguments: str) -> str:
        words = [sys.executable, "-m", "usher", *arguments]
        ended = subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    return run


@pytest.fixture
def hostile(state: redis.Redis) -> str:
    """A job that failed with hostile words, of a type that is paused for a hostile reason."""
    job = new(title=EVIL, data=poison(), metadata={"order": EVIL}, key=EVIL[:60])
    take_in(state, job)
    store = JobStore(state, options())
    (claimed,) = claim(store, job.id)
    store.log(claimed, EVIL)
    error = {"code": "broken", "message": EVIL, "traceback": f"Traceback\n  {EVIL}"}
    store.settle([Settlement(claimed, "permanent", json.dumps(error))])
    JobControls(state, lambda _: None).pause(f"type:{TYPE}", EVIL, "ops")
    return job.id


def raw(text: str) -> list[str]:
    """The unseen characters that reach the terminal; line ends are ours."""
    return [found for found in UNSEEN.findall(text) if found != "\n"]


@pytest.mark.parametrize(
    "words",
    [
        *(("jobs",), ("failures",), ("pauses",), ("top",)),
        ("jobs", "--state", "failed", "--type", TYPE),
        ("bulk", "replay", "--type", TYPE, "--dry-run"),
    ],
    ids=" ".join,
)
def test_no_list_passes_an_escape_to_the_terminal(usher: Run, hostile: str, words: tuple[str, ...]) -> None:
    assert raw(usher(*words)) == []
    told = usher(*words, "--json")
    assert raw(told) == []
    assert json.loads(told) is not None


def test_one_job_is_shown_as_text_on_lines_of_its_own_and_cut(usher: Run, hostile: str) -> None:
    told = usher("show", hostile)
    assert raw(told) == []
    assert "forged" not in [line.split()[0] for line in told.splitlines() if line.strip()]
    assert "characters; --json shows all" in told
    assert len(told) < 20_000
    whole = usher("show", hostile, "--json")
    assert raw(whole) == []
    read = json.loads(whole)
    assert (read["title"], read["data"]["evil"], len(read["data"]["large"])) == (EVIL, EVIL, LARGE_CHARACTERS)


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_the_tail_passes_no_escape(variables: dict[str, str], hostile: str, as_json: list[str]) -> None:
    words = [sys.executable, "-m", "usher", "tail", "--past", "20", *as_json]
    with subprocess.Popen(words, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = ""
        while "failed" not in told:
            told += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        told += process.stdout.read()
    assert raw(told) == []
    assert "gnp.exe" in told  # the event has the error
