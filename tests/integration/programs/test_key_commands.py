"""`usher key ...`, and the web process that serves no other machine while there is no key."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks_app.access import Role
from tests.servers import Valkey, free_port
from usher.key_commands import ROLES

ROOT = Path(__file__).parents[3]


@pytest.fixture
def usher(valkey: Valkey, state):
    """Run `usher` on the test's server: its exit code, and what it says to either side."""

    def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
        names = os.environ | {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)} | environment
        command = [sys.executable, "-m", "usher", *arguments]
        ended = subprocess.run(command, cwd=ROOT, env=names, capture_output=True, text=True, timeout=60, check=False)
        return ended.returncode, ended.stdout, ended.stderr

    return run


def test_the_command_line_has_the_roles_there_are():
    assert tuple(Role) == ROLES


def test_a_key_is_made_listed_rotated_and_revoked(usher):
    # Given no key
    assert usher("key", "list")[:2] == (0, "There are no keys.\n")
    # When one is made, then its text alone is on the standard output
    code, token, told = usher(
        "key", "create", "shop", "--role", "client", "--scope", "show:hamlet", "--expires-days", "1"
    )
    assert (code, token.startswith("usk_"), token.count("\n")) == (0, True, 1)
    key_id = token.split("_")[1]
    assert told == f"The key {key_id} of shop; nobody can read it again:\n"
    # And it is listed
    row = usher("key", "list")[1].splitlines()[1].split()
    assert row[:5] == [key_id, "shop", "valid", "client", "show:hamlet"]
    # And another takes its place, then it ends too
    new = json.loads(usher("key", "rotate", key_id, "--json")[1])
    assert (new["owner"], new["scopes"], new["key"].split("_")[1]) == ("shop", ["show:hamlet"], new["id"])
    assert usher("key", "revoke", new["id"])[:2] == (0, f"The key {new['id']} of shop is revoked.\n")
    assert [key["state"] for key in json.loads(usher("key", "list", "--json")[1])] == ["expired", "revoked"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("create", "a shop", "--role", "client"), "usher: the owner must be 1 to 64 letters"),
        (("create", "shop"), "usher: Missing option '--role'. Choose from: viewer, client,"),
        (("create", "shop", "--role", "root"), "usher: Invalid value for '--role': 'root' is not one of"),
        (("create", "shop", "--role", "client", "--scope", "hamlet"), "usher: a scope is written as show:ID"),
        (("create", "shop", "--role", "client", "--expires-days", "0"), "usher: Invalid value for '--expires-days'"),
        (("revoke", "aaaaaaaa"), "usher: There is no such API key, or it is over."),
        (("rotate", "aaaaaaaa"), "usher: There is no such API key, or it is over."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(usher, arguments, sentence):
    code, out, told = usher("key", *arguments)
    assert (code != 0, out) == (True, "")
    assert (told.startswith(sentence), told.count("\n")) == (True, 1), told


def test_a_server_that_is_away_is_one_sentence(usher):
    code, _, told = usher("key", "list", REDIS_URL="redis://127.0.0.1:1/0")
    assert (code, told.count("\n")) == (1, 1)
    assert told.startswith("usher: The state cannot be reached")


def test_the_web_process_serves_no_other_machine_while_nobody_has_a_key(usher):
    web = {"HOST": "0.0.0.0", "PORT": str(free_port()), "USHER_WEB_PROCESSES": "1"}
    code, _, told = usher("web", **web)
    assert code != 0
    assert "usher: HOST=0.0.0.0 is reached from other machines, and there is no API key: make one first" in told
    assert "Traceback" not in told
