"""One notification over HTTP: what is taken in, what is refused, and what became of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem
from tests.integration.notification_requests import HOUR_MS, PATH, job_of


def test_a_notification_is_accepted_and_then_sent(api: Api, eventually: Callable[..., None]) -> None:
    answer = api.post(PATH, {"to": "ada", "message": "Hello"})
    location = answer.headers["Location"]
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert location == f"{PATH}/{answer.json['id']}"
    eventually(lambda: api.get(location).json["state"] == "sent")
    found = api.get(location).json
    assert (found["channel"], found["to"], found["message"]) == ("console", "ada", "Hello")
    assert (found["answer"], found["code"], found["attempts_made"], found["attempts_max"]) == ("printed", None, 1, 1)


def test_a_caller_who_waits_gets_the_outcome(api: Api) -> None:
    answer = api.post(PATH, {"phoneNumber": "4153518743", "message": "1234 is your code"}, Prefer="wait=10")
    assert (answer.status_code, answer.json["state"], answer.json["to"]) == (200, "sent", "4153518743")
    data = job_of(api, answer.headers["Location"])["data"]
    assert data.pop("expires_ms") == answer.json["expires_ms"]
    assert data == {"phoneNumber": "4153518743", "message": "1234 is your code"}


def test_a_job_has_exactly_the_requested_content(api: Api) -> None:
    # Given a notification with everything
    quiet = {"from": "22:00", "to": "08:00", "zone": "Europe/Berlin", "policy": "skip"}
    body = {
        "channel": "webhook",
        "to": "https://example.org/hook",
        "message": "Hello",
        "title": "A title",
        "data": {"seat": 4},
        "urgency": "high",
        "ttl_seconds": 60,
        "quiet": quiet,
        "priority": "high",
        "delay_ms": HOUR_MS,
    }

    # When it is requested
    answer = api.post(PATH, body)

    # Then its job has that, five attempts, and a time after which it is not sent
    job = job_of(api, answer.headers["Location"])
    expires_ms = job["data"].pop("expires_ms")
    assert abs(expires_ms - job["due_ms"] - 60_000) < 5_000
    content = {name: body[name] for name in ("channel", "to", "message", "title", "data", "urgency", "quiet")}
    assert job["data"] == {**content, "ttl_ms": 60_000}
    assert (answer.json["state"], job["priority"], job["attempts_max"]) == ("delayed", -10, 5)
    assert json.loads(api.state.hget(keys.job(job["id"]), "backoff"))[:2] == ["exponential", 10_000]
    assert api.get(answer.headers["Location"]).json["state"] == "delayed"


@pytest.mark.parametrize("delay_ms", [0, HOUR_MS])
def test_without_a_ttl_nothing_is_sent_a_day_after_it_was_due(api: Api, delay_ms: int) -> None:
    body = {"to": "ada", "message": "Hi", "delay_ms": delay_ms}
    found = api.get(api.post(PATH, body).headers["Location"]).json
    assert abs(found["expires_ms"] - found["created_ms"] - delay_ms - 24 * HOUR_MS) < 5_000


def test_a_date_in_the_future_moves_the_expiry_with_it(api: Api) -> None:
    answer = api.post(PATH, {"to": "ada", "message": "Hi", "due_ms": 4_000_000_000_000, "ttl_seconds": 1.5})
    assert job_of(api, answer.headers["Location"])["data"]["expires_ms"] == 4_000_000_001_500


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"to": None}, ""),
        ({"phoneNumber": "12345"}, ""),
        ({"message": ""}, "message"),
        ({"channel": "Console"}, "channel"),
        ({"channel": "webhook"}, "to"),
        ({"channel": "webhook", "to": "ftp://example.org"}, "to"),
        ({"channel": "webhook", "to": "http://[::"}, "to"),
        ({"channel": "webhook", "to": "https://u:p@example.org"}, "to"),
        ({"channel": "apprise", "to": "<evil@example.org>bob@example.org"}, "to"),
        ({"channel": "apprise", "to": None, "phoneNumber": "0151/2345671"}, "phoneNumber"),
        ({"channel": "apprise", "to": "n4153518743"}, "to"),
        ({"channel": "webpush", "to": None, "phoneNumber": "12345"}, ""),
        ({"channel": "smoke"}, "channel"),
        ({"ttl_seconds": 0}, "ttl_seconds"),
        ({"urgency": "now"}, "urgency"),
        ({"quiet": {"from": "24:00", "to": "08:00", "zone": "UTC"}}, "quiet.from"),
        ({"quiet": {"from": "22:00", "to": "22:00", "zone": "UTC"}}, "quiet.to"),
        ({"quiet": {"from": "22:00", "to": "8:00", "zone": "UTC"}}, "quiet.to"),
        ({"quiet": {"from": "22:00", "to": "08:00", "zone": "Mars/Base"}}, "quiet.zone"),
        ({"quiet": {"from": "22:00", "to": "08:00", "zone": "../../etc/passwd"}}, "quiet.zone"),
        ({"attempts": 0}, "attempts"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_impossible_notification_is_refused_with_the_field(api: Api, change: dict[str, Any], field: str) -> None:
    body = {name: value for name, value in ({"to": "ada", "message": "Hi"} | change).items() if value is not None}
    problem = assert_problem(api.post(PATH, body), 422, "invalid_request")
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_suppressed_number_has_failed_at_once(api: Api) -> None:
    answer = api.post(PATH, {"phoneNumber": "4153518780", "message": "Hi", "delay_ms": HOUR_MS})
    assert answer.json["state"] == "failed"
    found = api.get(answer.headers["Location"]).json
    assert (found["state"], found["code"]) == ("failed", "suppressed")
    assert found["error"] == "Phone number 4153518780 is blacklisted"
    assert found["attempts_made"] == 0


def test_a_caller_who_waits_for_a_suppressed_notification_learns_so(api: Api, word: str) -> None:
    assert api.call("PUT", f"/v1/suppressions/console/{word}").status_code == 201
    answer = api.post(PATH, {"to": word, "message": "Hi"}, Prefer="wait=10")
    assert (answer.status_code, answer.json["state"]) == (200, "failed")
    assert answer.json["error"] == f"Recipient {word} is blacklisted"


def test_a_job_of_another_type_is_no_notification(api: Api) -> None:
    job = api.post("/v1/jobs", {"type": "echo"}).json["id"]
    assert_problem(api.get(f"{PATH}/{job}"), 404, "job_not_found")


def test_a_failed_notification_says_why(api: Api) -> None:
    answer = api.post(PATH, {"channel": "webpush", "to": "nobody", "message": "Hi"}, Prefer="wait=10")
    assert (answer.status_code, answer.json["state"], answer.json["attempts_made"]) == (200, "failed", 1)
    assert answer.json["code"]
    assert answer.json["error"]
