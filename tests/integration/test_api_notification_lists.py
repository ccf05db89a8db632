"""Notifications are found by channel, recipient, batch and state, and one that is over is sent once more."""

import uuid
from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem

HELLO = {"message": "Hello"}


def listed(api: Api, query: str) -> list[Any]:
    """All that a query finds, page by page."""
    found, cursor = [], ""
    while True:
        page = api.get(f"/v1/notifications?{query}&limit=2&cursor={cursor}").json
        found += page["notifications"]
        cursor = page["cursor"]
        if cursor is None:
            return found


def ids(api: Api, query: str) -> set[str]:
    return {one["id"] for one in listed(api, query)}


def sent(api: Api, **more: Any) -> str:
    """The id of a notification that is over."""
    answer = api.post("/v1/notifications", {**HELLO, **more}, Prefer="wait=10")
    assert answer.status_code == 200, answer.text
    return str(answer.json["id"])


@pytest.fixture
def guest() -> str:
    return f"guest-{uuid.uuid4()}"


def test_notifications_are_found_by_recipient_channel_batch_state_and_metadata(api: Api, guest: str) -> None:
    over = sent(api, to=guest, metadata={"order": guest})
    later = api.post("/v1/notifications", {**HELLO, "to": guest, "delay_ms": 600_000}).json["id"]
    batch = api.post("/v1/notifications", [{**HELLO, "to": guest}, {**HELLO, "to": "bob", "delay_ms": 600_000}]).json
    first, second = batch["jobs"]
    assert ids(api, f"recipient={guest}") == {over, later, first}
    assert ids(api, f"recipient={guest}&state=delayed") == {later}
    assert over in ids(api, f"recipient={guest}&state=sent&channel=console")
    assert ids(api, f"recipient={guest}&channel=webhook") == set()
    assert ids(api, f"batch={batch['id']}") == {first, second}
    assert ids(api, f"batch={batch['id']}&state=delayed") == {second}
    assert ids(api, f"metadata.order={guest}") == {over}
    assert listed(api, f"metadata.order={guest}") == [{**api.get(f"/v1/notifications/{over}").json, "left_out": {}}]
    assert api.get(f"/v1/notifications/{over}").json["metadata"] == {"order": guest}


@pytest.mark.usefixtures("lists")
def test_a_recipient_is_found_in_any_form(api: Api) -> None:
    number = f"+1415555{uuid.uuid4().int % 10_000:04d}"
    made = sent(api, phoneNumber=number)
    assert made in ids(api, f"recipient=({number[2:5]}) {number[5:8]}-{number[8:]}")
    assert made in ids(api, f"recipient={number.replace('+', '%2B')}")


def test_what_is_over_is_sent_once_more_however_often_it_is_asked_for(api: Api, guest: str) -> None:
    # Given a notification that was sent
    first = sent(api, to=guest, title="Hi", ttl_seconds=60, metadata={"order": "4711"})
    # When it is sent once more, and the request comes twice
    key = str(uuid.uuid4())
    answers = [api.post(f"/v1/notifications/{first}/resend", Idempotency_Key=key, Prefer="wait=10") for _ in range(2)]
    # Then there is one more, with the same content and a time of its own
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    again, before = answers[0].json, api.get(f"/v1/notifications/{first}").json
    assert ids(api, f"recipient={guest}") == {first, again["id"]}
    for name in ("channel", "to", "message", "title", "metadata", "attempts_max", "state"):
        assert again[name] == before[name], name
    assert again["expires_ms"] - again["created_ms"] == pytest.approx(60_000, abs=1_000)
    assert answers[0].headers["Location"] == f"/v1/notifications/{again['id']}"


def test_what_is_not_over_is_not_sent_once_more(api: Api, guest: str) -> None:
    later = api.post("/v1/notifications", {**HELLO, "to": guest, "delay_ms": 600_000}).json["id"]
    problem = assert_problem(api.post(f"/v1/notifications/{later}/resend"), 409, "illegal_transition")
    assert "delayed" in problem["detail"]
    assert ids(api, f"recipient={guest}") == {later}
    other = api.done("echo")["id"]
    assert_problem(api.post(f"/v1/notifications/{other}/resend"), 404, "job_not_found")


@pytest.mark.usefixtures("lists")
def test_a_recipient_who_is_suppressed_meanwhile_gets_nothing_more(api: Api) -> None:
    number = f"+1415556{uuid.uuid4().int % 10_000:04d}"
    first = sent(api, phoneNumber=number)
    api.put(f"/v1/suppressions/any/{number}")
    again = api.post(f"/v1/notifications/{first}/resend", Prefer="wait=10").json
    assert (again["state"], again["code"]) == ("failed", "suppressed")


@pytest.mark.parametrize("query", ["channel=pigeon", "batch=1", "state=complete", "recipient=", "cursor=x"])
def test_a_wish_that_does_not_fit_is_refused_with_its_field(api: Api, query: str) -> None:
    body = assert_problem(api.get(f"/v1/notifications?{query}"), 422, "invalid_request")
    assert body["errors"][0]["field"] == query.partition("=")[0]
