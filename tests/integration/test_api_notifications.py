"""Notifications over HTTP: one, several, a template; and what became of each."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem
from tests.integration.notification_requests import HOUR_MS, PATH, job_of, later, send_lines


@pytest.fixture
def word() -> str:
    """A name that no other test uses."""
    return uuid.uuid4().hex


def test_one_is_taken_in_and_then_sent(api: Api, eventually: Callable[..., None]) -> None:
    answer = api.post(PATH, {"to": "ada", "message": "Hello"})
    location = answer.headers["Location"]
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert location == f"{PATH}/{answer.json['id']}"
    eventually(lambda: api.get(location).json["state"] == "sent")
    found = api.get(location).json
    assert (found["channel"], found["to"], found["message"]) == ("console", "ada", "Hello")
    assert (found["answer"], found["code"], found["attempts_made"], found["attempts_max"]) == ("printed", None, 1, 1)


def test_who_waits_gets_the_outcome(api: Api) -> None:
    answer = api.post(PATH, {"phoneNumber": "4153518743", "message": "1234 is your code"}, Prefer="wait=10")
    assert (answer.status_code, answer.json["state"], answer.json["to"]) == (200, "sent", "4153518743")
    data = job_of(api, answer.headers["Location"])["data"]
    assert data.pop("expires_ms") == answer.json["expires_ms"]
    assert data == {"phoneNumber": "4153518743", "message": "1234 is your code"}


def test_a_job_holds_exactly_what_was_asked_for(api: Api) -> None:
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

    # When it is asked for
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
def test_what_cannot_be_sent_is_refused_with_the_field(api: Api, change: dict[str, Any], field: str) -> None:
    body = {name: value for name, value in ({"to": "ada", "message": "Hi"} | change).items() if value is not None}
    problem = assert_problem(api.post(PATH, body), 422, "invalid_request")
    assert [error["field"] for error in problem["errors"]] == [field]


def test_an_array_is_a_batch(api: Api, eventually: Callable[..., None]) -> None:
    answer = api.post(PATH, [{"to": name, "message": "Hi"} for name in ("ada", "bob", "cleo")])
    assert (answer.status_code, len(answer.json["jobs"])) == (202, 3)
    batch = answer.headers["Location"]
    assert batch == f"/v1/batches/{answer.json['id']}"
    eventually(lambda: api.get(batch).json["counts"]["complete"] == 3)
    assert [api.get(f"{PATH}/{one}").json["to"] for one in answer.json["jobs"]] == ["ada", "bob", "cleo"]


def test_a_batch_beyond_the_limit_is_refused(api: Api, change_setting: Callable[[str, object], None]) -> None:
    change_setting("batch_limit", 2)
    assert_problem(api.post(PATH, [later(n) for n in range(3)]), 413, "batch_too_large")


def test_a_template_gives_each_recipient_a_text_of_its_own(api: Api) -> None:
    body = {
        "template": {"title": "For {name}", "message": "{name}, row {row} {{sic}}"},
        "recipients": [
            {"to": "a@example.org", "variables": {"name": "Ada", "row": 4}, "delay_ms": HOUR_MS},
            {"to": "b@example.org", "variables": {"name": "Bob", "row": "five", "spare": 1}, "delay_ms": HOUR_MS},
        ],
    }
    answer = api.post(PATH, body)
    found = [api.get(f"{PATH}/{one}").json for one in answer.json["jobs"]]
    assert [(one["title"], one["message"]) for one in found] == [
        ("For Ada", "Ada, row 4 {sic}"),
        ("For Bob", "Bob, row five {sic}"),
    ]


def test_a_variable_that_is_missing_names_the_recipient_and_nothing_is_taken(api: Api, word: str) -> None:
    recipients = [{"to": word, "dedup_key": word, "variables": {"name": "Ada"}}, {"to": "b", "dedup_key": word}]
    body = {"template": {"message": "Hello {name}"}, "recipients": recipients}
    problem = assert_problem(api.post(PATH, body), 422, "invalid_request")
    assert problem["errors"] == [
        {"field": "recipients.1.variables", "message": "`recipients.1.variables` has no `name`."}
    ]
    recipients[1]["variables"] = {"name": "Bob"}
    assert api.post(PATH, body).json["duplicates"] == 0


def test_a_channel_that_there_is_not_is_named_wherever_it_stands(api: Api) -> None:
    good, bad = {"to": "ada", "message": "Hi"}, {"to": "ada", "message": "Hi", "channel": "smoke"}
    recipients = [{"to": "ada"}, {"to": "ada", "channel": "smoke"}]
    answers = [
        api.post(PATH, [good, bad]),
        api.post(PATH, {"template": {"message": "Hi"}, "recipients": recipients}),
        send_lines(api, [bad]),
    ]
    problems = [assert_problem(answer, 422, "invalid_request") for answer in answers]
    assert [one["errors"][0]["field"] for one in problems] == ["1.channel", "recipients.1.channel", "channel"]


@pytest.mark.parametrize("text", ["{0}", "{}", "{a.b}", "{a[0]}", "{a!r}", "{a:>10}", "{", "}", "{a{b}}"])
def test_a_template_takes_plain_names_only(api: Api, text: str) -> None:
    body = {"template": {"message": text}, "recipients": [{"to": "ada"}]}
    problem = assert_problem(api.post(PATH, body), 422, "invalid_request")
    assert problem["errors"][0]["field"] == "template.message"


def test_a_text_that_a_variable_makes_empty_is_refused(api: Api) -> None:
    body = {"template": {"message": "{a}"}, "recipients": [{"to": "ada", "variables": {"a": ""}}]}
    assert (
        assert_problem(api.post(PATH, body), 422, "invalid_request")["errors"][0]["field"] == "recipients.0.variables"
    )


# The same message to the same recipient


def test_the_same_message_to_the_same_recipient_is_one_job(api: Api, word: str) -> None:
    first, again = (api.post(PATH, later(1, dedup_key=word)) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert [one.headers.get("Idempotent-Replayed") for one in (first, again)] == [None, "true"]
    others = [later(2, dedup_key=word), later(1, dedup_key=word + "x"), later(1, dedup_key=word, channel="webpush")]
    ids = {api.post(PATH, other).json["id"] for other in others}
    assert len(ids | {first.json["id"]}) == 4


def test_one_phone_number_in_two_spellings_is_one_recipient(api: Api, word: str) -> None:
    body = {"message": "Hi", "delay_ms": HOUR_MS, "dedup_key": word}
    spellings = ({"phoneNumber": "415 351-8743"}, {"to": "4153518743"})
    assert len({api.post(PATH, body | one).json["id"] for one in spellings}) == 1


def test_names_that_only_look_like_a_number_are_recipients_of_their_own(api: Api, word: str) -> None:
    body = {"message": "Hi", "delay_ms": HOUR_MS, "dedup_key": word}
    names = ("4153518743", "n4153518743", "#4153518743", "-4153518743", "@4153518743")
    assert len({api.post(PATH, body | {"to": name}).json["id"] for name in names}) == len(names)


def test_a_duplicate_within_a_batch_is_counted_and_not_added(api: Api, word: str) -> None:
    answer = api.post(PATH, [later(n, dedup_key=word) for n in (1, 2, 1, 1)])
    ids = answer.json["jobs"]
    assert (answer.json["duplicates"], ids[0]) == (2, ids[2])
    assert api.get(answer.headers["Location"]).json["total"] == 2


def test_a_batch_of_nothing_but_duplicates_is_empty_and_finished(api: Api, word: str) -> None:
    body = [later(n, dedup_key=word) for n in (1, 2)]
    api.post(PATH, body)
    answer = api.post(PATH, body)
    assert answer.json["duplicates"] == 2
    batch = api.get(answer.headers["Location"]).json
    assert (batch["total"], batch["finished"]) == (0, True)


# Suppression at intake


def test_a_suppressed_number_has_failed_at_once(api: Api) -> None:
    answer = api.post(PATH, {"phoneNumber": "4153518780", "message": "Hi", "delay_ms": HOUR_MS})
    assert answer.json["state"] == "failed"
    found = api.get(answer.headers["Location"]).json
    assert (found["state"], found["code"]) == ("failed", "suppressed")
    assert found["error"] == "Phone number 4153518780 is blacklisted"
    assert found["attempts_made"] == 0


def test_who_waits_for_a_suppressed_one_learns_it(api: Api, word: str) -> None:
    assert api.call("PUT", f"/v1/suppressions/console/{word}").status_code == 201
    answer = api.post(PATH, {"to": word, "message": "Hi"}, Prefer="wait=10")
    assert (answer.status_code, answer.json["state"]) == (200, "failed")
    assert answer.json["error"] == f"Recipient {word} is blacklisted"


def test_a_batch_counts_the_suppressed(api: Api) -> None:
    answer = api.post(PATH, [later(1), {"phoneNumber": "415-351-8781", "message": "Hi"}, later(2)])
    assert answer.json["suppressed"] == 1
    counts = api.get(answer.headers["Location"]).json["counts"]
    assert (counts["failed"], counts["delayed"], counts["queued"]) == (1, 2, 0)


# Idempotency-Key


def test_a_repeated_request_is_the_same_notification(api: Api, word: str) -> None:
    first, again = (api.post(PATH, later(1), Idempotency_Key=word) for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(api.post(PATH, later(2), Idempotency_Key=word), 422, "idempotency_key_reused")


def test_a_repeated_batch_is_the_same_batch(api: Api, word: str) -> None:
    first, again = (api.post(PATH, [later(n) for n in range(3)], Idempotency_Key=word) for _ in range(2))
    assert first.json["jobs"] == again.json["jobs"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert api.get(first.headers["Location"]).json["total"] == 3
    assert_problem(api.post(PATH, [later(9)], Idempotency_Key=word), 422, "idempotency_key_reused")


# What became of it, and batches as a whole


def test_a_job_of_another_type_is_no_notification(api: Api) -> None:
    job = api.post("/v1/jobs", {"type": "echo"}).json["id"]
    assert_problem(api.get(f"{PATH}/{job}"), 404, "job_not_found")


def test_what_fails_says_why(api: Api) -> None:
    answer = api.post(PATH, {"channel": "webpush", "to": "nobody", "message": "Hi"}, Prefer="wait=10")
    assert (answer.status_code, answer.json["state"], answer.json["attempts_made"]) == (200, "failed", 1)
    assert answer.json["code"]
    assert answer.json["error"]
