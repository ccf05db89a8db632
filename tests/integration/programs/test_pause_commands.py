"""`usher pause`, `resume`, `pauses`: every kind of group, by its name, in the terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs import TYPE, new, take_in

ROOT = Path(__file__).parents[3]


@pytest.fixture
def run(valkey, state):
    """Run `usher` on the test's server: its exit code, and what it says to either side."""
    names = os.environ | {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)}

    def run(*words):
        command = [sys.executable, "-m", "usher", *words]
        ended = subprocess.run(command, cwd=ROOT, env=names, capture_output=True, text=True, timeout=60, check=False)
        return ended.returncode, ended.stdout, ended.stderr

    return run


def test_a_group_is_paused_listed_and_resumed(run, state, usher):
    job = new(key="a/b")
    take_in(state, job)
    group = f"key:{TYPE}/a/b"
    assert run("pause", group, "--reason", "too many", "--for-seconds", "3600")[0] == 0
    told = json.loads(run("pauses", "--json")[1])[group]
    assert (told["reason"], told["until_ms"] - told["since_ms"]) == ("too many", 3_600_000)
    assert group in run("pauses")[1]
    assert usher.jobs.read(job.id).waiting_for["group"] == group
    assert "goes on" in run("resume", group)[1]
    assert "Nothing is paused." in run("pauses")[1]
    assert "a/b" not in run("audit", "--json")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pigeon:x",), "must be type:TYPE"),
        (("key:x",), "key:TYPE/KEY"),
        (("key:x/",), "at least 1"),
        (("key:a:b/c",), "type"),
        (("queue:pigeons",), "reservations"),
        (("channel:pigeon",), "no such"),
        (("show:nowhere",), "no such show"),
        (("batch:nowhere",), "batch"),
        (("type:x", "--until", "tomorrow"), "2026-12-01"),
        (("type:x", "--reason", "r" * 201), "200"),
    ],
)
def test_what_cannot_be_paused_is_said_in_a_sentence(run, usher, words, said):
    code, _, error = run("pause", *words)
    assert code == 1
    assert said in error
    assert "Traceback" not in error
    assert usher.jobs.pauses() == {}
