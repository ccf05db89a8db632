"""The route of the sandbox, and what notifications, batches and numbers say while it is on."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.notifications import sandbox
from tests.integration.api_system import Api, assert_problem
from tests.scrape import Scrape

PATH = "/v1/sandbox"
OFF = {"on": False, "since_ms": None, "by": None, "reason": None}

pytestmark = pytest.mark.usefixtures("resumed")


def test_it_is_off_and_is_switched_on_and_off(api: Api) -> None:
    assert api.get(PATH).json == OFF
    began = time.monotonic()
    answer = api.put(PATH, {"on": True, "reason": "rehearsal"})
    assert answer.status_code == 200
    assert time.monotonic() - began >= sandbox.SETTLED_SECONDS > sandbox.FRESH_SECONDS
    assert (answer.json["on"], answer.json["reason"], answer.json["by"]) == (True, "rehearsal", None)
    assert api.get(PATH).json == answer.json
    assert api.put(PATH, {"on": True}).json == answer.json | {"reason": None}
    assert [api.put(PATH, {"on": False}).json for _ in range(2)] == [OFF, OFF]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "on"),
        ({"on": 1}, "on"),
        ({"on": "true"}, "on"),
        ({"on": True, "reason": ""}, "reason"),
        ({"on": True, "reason": "r" * 201}, "reason"),
        ({"on": True, "for_seconds": 60}, "for_seconds"),
        ({"on": False, "reason": "over"}, "reason"),
    ],
)
def test_a_body_that_cannot_be_meant_changes_nothing(api: Api, body: Any, field: str) -> None:
    answer = api.put(PATH, body)
    assert_problem(answer, 422, "invalid_request")
    assert field in answer.text
    assert api.get(PATH).json == OFF


def test_a_notification_is_sandboxed_and_so_is_one_that_is_sent_again(api: Api, word: str) -> None:
    # Given the sandbox, and a notification that would reach somebody
    api.put(PATH, {"on": True})
    to = f"https://example.org/{word}"
    body = {"to": to, "message": "m", "channel": "webhook"}
    one = api.post("/v1/notifications", body, Prefer="wait=10").json

    # Then it says so wherever it is told of, and is found by that word
    assert (one["state"], one["answer"]) == ("sandboxed", "printed")
    job = api.get(f"/v1/jobs/{one['id']}").json
    assert (job["state"], job["result"]["sandboxed"]) == ("complete", True)
    again = api.post(f"/v1/notifications/{one['id']}/resend", Prefer="wait=10").json
    assert again["state"] == "sandboxed"
    query = {"channel": "webhook", "recipient": to}
    listed = {
        state: [
            each["id"]
            for each in api.client.get("/v1/notifications", query_string=query | {"state": state}).json["notifications"]
        ]
        for state in ("sandboxed", "sent")
    }
    assert listed == {"sandboxed": [again["id"], one["id"]], "sent": []}


def test_a_batch_counts_them_apart_the_courses_form_too(api: Api, word: str, eventually: Callable[..., None]) -> None:
    api.put(PATH, {"on": True})
    several = [{"to": word, "message": "m"}, {"phoneNumber": "4155550100", "message": "m"}]
    batch = api.post("/v1/notifications", several).headers["Location"]
    eventually(lambda: api.get(batch).json["finished"])
    assert api.get(batch).json["outcomes"] == {"sandboxed": 2}


def test_the_metrics_tell_of_it(api: Api) -> None:
    def told() -> float:
        return Scrape(api.get("/metrics").text).of("usher_sandbox")

    assert told() == 0
    api.put(PATH, {"on": True})
    assert told() == 1
