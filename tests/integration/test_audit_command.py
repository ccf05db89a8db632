"""Commands that change something are in the audit log with the user who gave them; `usher audit` shows it."""

import getpass
import json
import socket

import pytest

from tests.roots import Root
from usher.commands import run


def test_a_command_is_noted_with_its_user_and_how_it_ended(usher: Root, capsys: pytest.CaptureFixture[str]):
    run(["key", "create", "shop", "--role", "client", "--json"])
    key_id = json.loads(capsys.readouterr().out)["id"]
    run(["key", "revoke", key_id])
    assert run(["key", "revoke", "aaaaaaaa"]) == 1
    capsys.readouterr()
    run(["audit", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [(one["what"], one["on"], one["outcome"], one["code"]) for one in reversed(found)] == [
        ("usher key create", [f"key:{key_id}"], "done", ""),
        ("usher key revoke", [f"key:{key_id}"], "done", ""),
        ("usher key revoke", ["key:aaaaaaaa"], "refused", "key_not_found"),
    ]
    assert {(one["by"], one["owner"], one["address"]) for one in found} == {
        ("command", getpass.getuser(), socket.gethostname())
    }


def test_usher_audit_shows_the_newest_first_or_says_that_there_are_none(
    usher: Root, capsys: pytest.CaptureFixture[str]
):
    run(["audit"])
    assert capsys.readouterr().out == "There are no such changes.\n"
    for owner in ("shop", "desk"):
        run(["key", "create", owner, "--role", "client"])
    capsys.readouterr()
    run(["audit", "--what", "usher key create", "--limit", "1"])
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["TIME", "WHO", "OUTCOME", "WHAT", "ON"]
    assert usher.api_keys.listed()[-1].id in line
