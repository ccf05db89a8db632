"""Several notifications in one request: an array or a template; each is named where it is wrong, and counted."""

from collections.abc import Callable

import pytest

from tests.integration.api_system import Api, assert_problem
from tests.integration.notification_requests import HOUR_MS, PATH, later, send_lines


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


def test_a_missing_variable_is_reported_with_its_recipient_and_nothing_is_taken(api: Api, word: str) -> None:
    recipients = [{"to": word, "dedup_key": word, "variables": {"name": "Ada"}}, {"to": "b", "dedup_key": word}]
    body = {"template": {"message": "Hello {name}"}, "recipients": recipients}
    problem = assert_problem(api.post(PATH, body), 422, "invalid_request")
    assert problem["errors"] == [
        {"field": "recipients.1.variables", "message": "`recipients.1.variables` has no `name`."}
    ]
    recipients[1]["variables"] = {"name": "Bob"}
    assert api.post(PATH, body).json["duplicates"] == 0


def test_an_unknown_channel_is_named_wherever_it_stands(api: Api) -> None:
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


def test_a_batch_counts_the_suppressed(api: Api) -> None:
    answer = api.post(PATH, [later(1), {"phoneNumber": "415-351-8781", "message": "Hi"}, later(2)])
    assert answer.json["suppressed"] == 1
    counts = api.get(answer.headers["Location"]).json["counts"]
    assert (counts["failed"], counts["delayed"], counts["queued"]) == (1, 2, 0)
