"""The routes about customers: an export of all that is known, and forgetting, over HTTP."""

import json
import uuid
from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem

NDJSON = "application/x-ndjson"


@pytest.fixture
def ada() -> str:
    """A name that no other test has."""
    return f"ada.{uuid.uuid4().hex}@example.org"


def sell(api: Api, show: str, customer: str, wanted: str = "wait=10", **more: Any) -> str:
    body = {"lines": [{"pool": "floor"}], "customer": customer, **more}
    held = api.post(f"/v1/shows/{show}/reservations", body, Prefer=wanted).json["id"]
    assert api.post(f"/v1/reservations/{held}/confirm", {}, Prefer="wait=10").json["state"] == "confirmed"
    return str(held)


def exported(api: Api, customer: str) -> list[dict[str, Any]]:
    answer = api.get(f"/v1/customers/{customer}")
    assert (answer.status_code, answer.mimetype) == (200, NDJSON)
    *things, end = map(json.loads, answer.text.splitlines())
    assert (end["kind"], end["lines"]) == ("end", len(things))
    return things


def test_the_export_has_all_that_is_known(api: Api, ada: str) -> None:
    # Given a sale of Ada's with metadata, a notification to her, and a sale of Bob's
    show = api.show()
    held = sell(api, show, ada, metadata={"order": "4711"})
    sell(api, show, "bob")
    sent = api.post("/v1/notifications", {"to": ada, "message": "Dear Ada"}, Prefer="wait=10").json["id"]
    api.put(f"/v1/suppressions/console/{ada}", {"why": "asked"})

    # When she asks what is known of her, then it is all there, and nothing of Bob's
    found = exported(api, ada)
    kinds = [one["kind"] for one in found]
    assert kinds == ["reservation", "change", "change", "job", "job", "suppression"]
    assert (found[0]["id"], found[0]["metadata"]) == (held, {"order": "4711"})
    assert [one["event"] for one in found[1:3]] == ["held", "confirmed"]
    assert {one["id"] for one in found if one["kind"] == "job"} == {held, sent}
    assert found[5]["why"] == "asked"


def test_a_forgotten_customer_is_a_pseudonym_from_then_on(api: Api, ada: str) -> None:
    # Given a sale of Ada's
    show = api.show()
    held = sell(api, show, ada)
    api.put(f"/v1/suppressions/console/{ada}", {"why": "asked"})

    # When she is forgotten
    done = api.call("DELETE", f"/v1/customers/{ada}", Prefer="wait=10")
    assert done.status_code == 200, done.text
    alias = done.json["customer"]

    # Then the answer says what stays, the sale is the pseudonym's, and the audit of the show is right
    assert done.json["replaced"]["reservations"] == 1
    assert [one["what"] for one in done.json["kept"]] == ["sales", "suppressions"]
    assert api.get(f"/v1/reservations/{held}").json["customer"] == alias
    assert api.get(f"/v1/shows/{show}/audit").json["ok"]
    assert [one["kind"] for one in exported(api, ada)] == ["suppression"]
    listed = api.get(done.json["links"]["self"]).json["reservations"]
    assert [one["id"] for one in listed] == [held]
    assert ada not in api.get(f"/v1/jobs/{held}").text

    # When she buys again, her data begin anew; forgotten once more, she has the same pseudonym
    again = sell(api, show, ada)
    assert api.get(f"/v1/reservations/{again}").json["customer"] == ada
    assert api.call("DELETE", f"/v1/customers/{ada}", Prefer="wait=10").json["customer"] == alias
    assert len(api.get(done.json["links"]["self"]).json["reservations"]) == 2


def test_who_holds_something_is_not_forgotten(api: Api, ada: str) -> None:
    body = {"lines": [{"pool": "floor"}], "customer": ada}
    held = api.post(f"/v1/shows/{api.show()}/reservations", body, Prefer="wait=10").json["id"]
    refused = assert_problem(api.call("DELETE", f"/v1/customers/{ada}", Prefer="wait=10"), 409, "customer_busy")
    assert refused["refusal"]["reservations"] == [held]
    assert api.get(f"/v1/reservations/{held}").json["customer"] == ada


def test_a_repeated_request_is_answered_again_and_keeps_no_name(api: Api, ada: str) -> None:
    sell(api, api.show(), ada)
    asked = {"Prefer": "wait=10", "Idempotency_Key": uuid.uuid4().hex}
    first = api.call("DELETE", f"/v1/customers/{ada}", **asked)
    again = api.call("DELETE", f"/v1/customers/{ada}", **asked)
    assert (first.status_code, again.json) == (200, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert not [key for key in api.state.scan_iter("{jobs}:forgetting:*") if api.state.hget(key, "name") == ada]


def test_a_pseudonym_is_nobody_to_forget(api: Api) -> None:
    assert_problem(api.call("DELETE", f"/v1/customers/forgotten-{'0' * 20}"), 422, "invalid_request")


def test_an_unknown_customer_is_forgotten_at_once(api: Api, ada: str) -> None:
    done = api.call("DELETE", f"/v1/customers/{ada}", Prefer="wait=10")
    assert (done.status_code, done.json["kept"]) == (200, [])
    assert exported(api, ada) == []
