"""The limits of a key are given, changed and kept: by HTTP, by the commands, over a rotation; and it is noted."""

import json

import pytest
from click.testing import CliRunner

from tasks_app.access import ApiKey, Role, WantedChanges
from tasks_app.errors import UnknownKeyError
from tests.integration.access.access_kit import Caller, Gate
from tests.integration.api_system import assert_problem
from usher.commands import commands

LIMITED = {"owner": "shop", "roles": ["client"], "rate": "2/h", "streams": 3}


def ran(*arguments: str) -> str:
    done = CliRunner().invoke(commands, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_admin_gives_and_changes_limits_over_http(gate: Gate) -> None:
    # Given a key with limits
    admin = gate.caller("root", Role.ADMIN)
    made = admin.post("/v1/keys", LIMITED).json
    assert (made["rate"], made["streams"]) == ("2/h", 3)
    shop = Caller(gate.application, made["key"])
    assert [shop.get("/v1/jobs").status_code for _ in range(3)] == [200, 200, 429]
    # When they are changed, then the next request knows, and what was left out stays
    path = f"/v1/keys/{made['id']}"
    for sent, told in (
        ({"rate": "100/s"}, ("100/s", 3)),
        ({"streams": "none"}, ("100/s", "none")),
        ({"rate": None, "streams": 0}, (None, 0)),
        ({}, (None, 0)),
    ):
        changed = admin.call("PATCH", path, sent).json
        assert (changed["rate"], changed["streams"]) == told
        assert shop.get("/v1/jobs").status_code == 200


def test_a_rotated_key_has_the_same_limits(gate: Gate) -> None:
    admin = gate.caller("root", Role.ADMIN)
    made = admin.post("/v1/keys", LIMITED).json
    rotated = admin.post(f"/v1/keys/{made['id']}/rotate").json
    assert (rotated["rate"], rotated["streams"]) == ("2/h", 3)
    assert_problem(admin.call("PATCH", f"/v1/keys/{made['id']}", {"rate": "1/s"}), 404, "key_not_found")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rate": "fast"}, "rate"),
        ({"rate": 5}, "rate"),
        ({"rate": ""}, "rate"),
        ({"streams": -1}, "streams"),
        ({"streams": 100_001}, "streams"),
        ({"streams": "many"}, "streams"),
    ],
)
def test_what_is_no_limit_is_refused_with_its_field(gate: Gate, body: dict[str, object], field: str) -> None:
    admin = gate.caller("root", Role.ADMIN)
    for answer in (
        admin.post("/v1/keys", {"owner": "shop", "roles": ["client"], **body}),
        admin.call("PATCH", f"/v1/keys/{gate.usher.api_keys.listed()[0].id}", body),
    ):
        assert assert_problem(answer, 422, "invalid_request")["errors"][0]["field"].partition(".")[0] == field
    assert len(gate.usher.api_keys.listed()) == 1


def test_changes_of_limits_are_noted_with_what_they_became(gate: Gate) -> None:
    admin = gate.caller("root", Role.ADMIN)
    key_id = admin.post("/v1/keys", LIMITED).json["id"]
    admin.call("PATCH", f"/v1/keys/{key_id}", {"rate": "7/s", "streams": None})
    ran("key", "limit", key_id, "--rate", "default", "--streams", "9")
    found = [one.entry for one in gate.usher.audit_log.page(WantedChanges(on=f"key:{key_id}")).changes]
    assert [(one.what, one.on, one.outcome) for one in found[:2]] == [
        ("usher key limit", (f"key:{key_id}", "rate:default", "streams:9"), "done"),
        ("edit_key", (f"key:{key_id}", "rate:7/s", "streams:default"), "done"),
    ]


def test_the_commands_give_change_and_show_limits(gate: Gate) -> None:
    made = json.loads(ran("key", "create", "shop", "--role", "client", "--rate", "100/s", "--streams", "20", "--json"))
    assert (made["rate"], made["streams"]) == ("100/s", 20)
    assert "100/s  20" in ran("key", "list")
    told = ran("key", "limit", made["id"], "--rate", "none")
    assert told == f"The key {made['id']} of shop has the rate none, and streams 20.\n"
    changed = json.loads(ran("key", "limit", made["id"], "--rate", "default", "--streams", "default", "--json"))
    assert (changed["rate"], changed["streams"]) == (None, None)
    assert "default  default" in ran("key", "list")
    assert gate.usher.api_keys.read(made["id"]).rate == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rate", "fast"), "a rate is written as 100/s"),
        (("--streams", "-3"), "the streams are a number from 0 to 100000"),
        ((), "give --rate, --streams or both"),
    ],
)
def test_the_commands_refuse_what_is_no_limit_in_a_sentence(gate: Gate, arguments: tuple[str, ...], said: str) -> None:
    token, key = ApiKey.issue("shop", (Role.CLIENT,))
    gate.usher.api_keys.add(key)
    done = CliRunner().invoke(commands, ["key", "limit", key.id, *arguments])
    assert done.exit_code != 0
    assert said in done.output
    assert "Traceback" not in done.output
    assert token not in done.output


def test_a_key_of_an_earlier_release_has_the_usual_limits(gate: Gate, state) -> None:
    _, key = ApiKey.issue("shop", (Role.CLIENT,))
    record = {name: value for name, value in key.to_record().items() if name not in ("rate", "streams")}
    state.hset(f"{{jobs}}:api-key:{key.id}", mapping=record)
    assert (gate.usher.api_keys.read(key.id).rate, gate.usher.api_keys.read(key.id).to_json()["streams"]) == ("", None)
    with pytest.raises(UnknownKeyError):
        gate.usher.api_keys.limit("aaaaaaaa", "1/s")
