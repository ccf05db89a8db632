"""`usher sandbox`: on, off, and how it is, in the terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_it_is_switched_on_told_of_and_switched_off(run, usher):
    assert "The sandbox is off" in run("sandbox")[1]
    code, said, _ = run("sandbox", "on", "--reason", "rehearsal of spring")
    assert (code, "usher sandbox off" in said) == (0, True)
    assert usher.sandbox.read().reason == "rehearsal of spring"
    assert run("sandbox")[1].endswith(": rehearsal of spring\n")
    told = json.loads(run("sandbox", "--json")[1])
    assert told == {"on": True, "since_ms": usher.sandbox.read().since_ms, "by": told["by"], "reason": told["reason"]}
    assert run("sandbox", "off")[0] == 0
    assert not usher.sandbox.read().on
    noted = [(one["what"], one["on"], one["outcome"]) for one in json.loads(run("audit", "--json")[1])]
    assert noted == [("usher sandbox off", ["sandbox:off"], "done"), ("usher sandbox on", ["sandbox:on"], "done")]


@pytest.mark.parametrize("words", [("on", "--reason", "r" * 201), ("maybe",), ("off", "--reason", "over")])
def test_what_cannot_be_meant_is_said_in_a_sentence_and_changes_nothing(run, usher, words):
    code, _, error = run("sandbox", *words)
    assert code != 0
    assert error.startswith("usher: ")
    assert "Traceback" not in error
    assert not usher.sandbox.read().on


def test_without_a_server_it_is_said_in_a_sentence(run, valkey):
    words = [sys.executable, "-m", "usher", "sandbox", "on"]
    names = os.environ | {"REDIS_URL": "redis://127.0.0.1:1/0", "BROKER_URL": valkey.url(1)}
    ended = subprocess.run(words, cwd=ROOT, env=names, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
