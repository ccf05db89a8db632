"""The audit log: who changed what, in it before the answer; without secrets, and without what clients do all day."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tasks_app.access import AuditEntry, AuditLog, Role
from tasks_app.errors import StateUnavailableError
from tests.integration.access.access_kit import WANTED, Caller, Gate, made_by
from tests.integration.access.test_sign_in import Browser, key_of
from tests.integration.api_system import assert_problem
from tests.roots import Root


def told(admin: Caller, query: str = "") -> list[dict[str, Any]]:
    return list(admin.get(f"/v1/audit{query}").json["changes"])


@pytest.fixture
def admin(stocked: Gate) -> Caller:
    return stocked.caller("root", Role.ADMIN)


def test_a_change_says_who_did_what_on_what_from_where_and_how_it_ended(stocked: Gate, admin: Caller):
    operator = stocked.caller("ops", Role.OPERATOR)
    operator.call("POST", "/v1/types/resize_image/pause", X_Request_Id="ticket-7")
    operator.call("POST", "/v1/shows/nowhere/pause")
    refused, done = told(admin)
    assert done.items() >= {
        "by": "key", "owner": "ops", "roles": ["operator"], "what": "pause_type", "on": ["type:resize_image"],
        "address": "127.0.0.1", "request_id": "ticket-7", "outcome": "done", "status": 200, "code": "",
    }.items()  # fmt: skip
    assert (refused["on"], refused["outcome"], refused["code"]) == (["show:nowhere"], "refused", "inventory_not_found")
    assert refused["at_ms"] >= done["at_ms"]


def test_the_sandbox_is_in_it_with_what_became_of_it(stocked: Gate, admin: Caller):
    operator = stocked.caller("ops", Role.OPERATOR)
    assert operator.call("PUT", "/v1/sandbox", {"on": True, "reason": "spring"}).json["by"] == "ops"
    operator.call("PUT", "/v1/sandbox", {"on": False})
    off, on = told(admin)
    assert [(one["owner"], one["what"], one["on"]) for one in (on, off)] == [
        ("ops", "set_sandbox", ["sandbox:on"]),
        ("ops", "set_sandbox", ["sandbox:off"]),
    ]


def test_each_kind_of_change_by_a_person_is_in_it_with_what_it_was_about(stocked: Gate, admin: Caller):
    made = made_by(stocked.caller("ada", Role.CLIENT))
    key_id = admin.post("/v1/keys", {"owner": "shop", "roles": ["client"]}).json["id"]
    new_id = admin.post(f"/v1/keys/{key_id}/rotate", {}).json["id"]
    admin.call("DELETE", f"/v1/keys/{new_id}")
    admin.call("PUT", "/v1/types/resize_image", {"weight": 2})
    admin.call("DELETE", f"/v1/jobs/{made['job_id']}")
    admin.call("POST", f"/v1/batches/{made['batch_id']}/cancel")
    admin.call("PUT", "/v1/shows/hamlet/status", {"status": "closed"}, Prefer="wait=0")
    admin.call("DELETE", f"/v1/reservations/{made['reservation_id']}", Prefer="wait=0")
    found = {one["what"]: one["on"] for one in told(admin)}
    assert (
        found.items()
        >= {
            "create_key": [f"key:{key_id}"],
            "rotate_key": [f"key:{key_id}", f"key:{new_id}"],
            "revoke_key": [f"key:{new_id}"],
            "put_type": ["type:resize_image"],
            "cancel_job": [f"job:{made['job_id']}"],
            "cancel_batch": [f"batch:{made['batch_id']}"],
        }.items()
    )
    assert "show:hamlet" in found["set_show_status"]
    assert f"reservation:{made['reservation_id']}" in found["release_reservation"]


def test_what_clients_reserve_and_submit_is_in_it_only_if_the_settings_say_so(stocked: Gate, admin: Caller):
    shop = stocked.caller("shop", Role.CLIENT)
    made_by(shop)
    assert told(admin) == []
    vars(stocked.usher.settings)["audit"] = "all"
    shop.post("/v1/shows/hamlet/reservations", WANTED)
    assert [one["what"] for one in told(admin)] == ["reserve_seats"]
    admin.get("/v1/stats")
    assert len(told(admin)) == 1


def test_the_new_show_is_named(stocked: Gate, admin: Caller):
    show = {"id": "macbeth", "name": "Macbeth", "pools": [{"name": "floor", "capacity": 1}]}
    admin.call("POST", "/v1/shows", show, Prefer="wait=0")
    assert "show:macbeth" in told(admin)[0]["on"]


def test_it_has_no_secret_and_no_address_of_a_recipient_but_finds_it(stocked: Gate, admin: Caller):
    path = "/v1/suppressions/any/+14155550100"
    admin.call("PUT", path, {"why": "asked"})
    secret = admin.post("/v1/keys", {"owner": "shop", "roles": ["client"]}).json["key"]
    kept = json.dumps(told(admin))
    assert "4155550100" not in kept
    assert secret.rpartition("_")[2] not in kept
    (found,) = told(admin, "?on=suppression:any:%2B14155550100")
    assert found["what"] == "put_suppression"


class Forgetful(AuditLog):
    """Takes no entry, or only those of changes that begin."""

    def __init__(self, usher: Root, begins: bool) -> None:
        super().__init__(usher.connections.state, 3_600, 1_000)
        self._begins = begins

    def note(self, entry: AuditEntry, replaces: str = "") -> str:
        if replaces or not self._begins:
            raise StateUnavailableError
        return super().note(entry)


def test_nothing_is_changed_if_the_log_does_not_take_the_entry(stocked: Gate, admin: Caller):
    vars(stocked.usher)["audit_log"] = Forgetful(stocked.usher, begins=False)
    assert_problem(admin.post("/v1/types/resize_image/pause"), 503, "state_unavailable")
    assert not admin.get("/v1/types/resize_image").json["paused"]


def test_a_change_that_was_answered_is_in_it_even_if_its_end_could_not_be_noted(stocked: Gate, admin: Caller):
    vars(stocked.usher)["audit_log"] = Forgetful(stocked.usher, begins=True)
    assert admin.post("/v1/types/resize_image/pause").status_code == 200
    (found,) = told(admin)
    assert (found["what"], found["outcome"], found["status"]) == ("pause_type", "unknown", None)


def test_it_is_searched_page_by_page_and_exported_as_lines(gate: Gate):
    few = AuditLog(gate.usher.connections.state, 3_600, 1_000, read_at_once=3, read_at_most=6)
    vars(gate.usher)["audit_log"] = few
    admin, entry = gate.caller("root", Role.ADMIN), AuditEntry("key", "pause_type", owner="ops")
    ids = [gate.usher.audit_log.note(replace(entry, owner="ops" if at % 5 == 0 else "bob")) for at in range(20)]
    seen, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"/v1/audit?who=ops&limit=2&cursor={cursor}").json
        seen, cursor = seen + [one["id"] for one in page["changes"]], page["cursor"]
    assert seen == [ids[at] for at in (15, 10, 5, 0)]
    lines = admin.get("/v1/audit?who=ops", Accept="application/x-ndjson")
    assert lines.mimetype == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in lines.text.splitlines()] == seen
    at_ms = int(ids[-1].partition("-")[0])
    assert told(admin, f"?since={at_ms + 1}") == []
    read_at_most = [one["id"] for one in told(admin, f"?until={at_ms}")]
    assert read_at_most == ids[:-7:-1]
    assert_problem(admin.get("/v1/audit?cursor=x"), 422, "invalid_request")


def test_sign_ins_are_in_it_also_those_that_failed(gate: Gate):
    key, browser = key_of(gate, "ops", Role.OPERATOR), Browser(gate)
    browser.sign_in(f"{key[:-1]}{'a' if key[-1] != 'a' else 'b'}")
    browser.sign_in(key)
    browser.post("/v1/types/resize_image/pause")
    browser.post("/sign-out")
    found = told(gate.caller("root", Role.ADMIN))
    assert [(one["what"], one["by"], one["outcome"]) for one in reversed(found)] == [
        ("sign_in", "nobody", "refused"),
        ("sign_in", "session", "done"),
        ("pause_type", "session", "done"),
        ("sign_out", "session", "done"),
    ]
    assert all(one["on"] == [f"key:{key[4:12]}"] for one in found if one["what"] != "pause_type")
    assert key.rpartition("_")[2][:-1] not in json.dumps(found)


def test_where_nobody_needs_a_key_changes_are_in_it_and_everybody_reads_it(gate: Gate):
    nobody = gate.nobody()
    nobody.post("/v1/types/resize_image/pause")
    (found,) = told(nobody)
    assert (found["by"], found["owner"], found["what"]) == ("nobody", "", "pause_type")
