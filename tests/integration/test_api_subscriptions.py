"""Subscriptions over HTTP: a browser's JSON goes in, an id comes out; and the page that does so."""

import json
from typing import Any

import pytest

from tasks_app.state import notification_keys
from tests.integration.api_system import Api, assert_problem
from tests.providers.webpush import Browser, unpadded

PATH = "/v1/subscriptions"
ENDPOINT = "https://push.example.org/send/abc"


def subscription(**changes: Any) -> dict[str, Any]:
    return Browser().subscription(ENDPOINT) | changes


def test_a_browsers_subscription_is_stored_under_an_id_of_its_endpoint(api: Api) -> None:
    # Given two browsers
    first, renewed = subscription(), subscription()
    other = Browser().subscription(ENDPOINT + "d")

    # When both subscribe, one of them again with new keys
    answers = [api.post(PATH, one) for one in (first, renewed, other)]

    # Then the same endpoint has one id, and its newest keys
    assert {answer.status_code for answer in answers} == {201}
    ids = [answer.json["id"] for answer in answers]
    assert ids[0] == ids[1] != ids[2]
    assert answers[0].headers["Location"] == f"{PATH}/{ids[0]}"
    stored = json.loads(api.state.get(notification_keys.subscription(ids[0])))
    assert stored == {"endpoint": ENDPOINT, "keys": renewed["keys"]}


def test_a_deleted_subscription_is_gone_and_a_push_to_it_fails(api: Api) -> None:
    id_ = api.post(PATH, subscription()).json["id"]
    assert [api.call("DELETE", f"{PATH}/{id_}").status_code for _ in range(2)] == [204, 204]
    assert not api.state.exists(notification_keys.subscription(id_))
    push = {"channel": "webpush", "to": id_, "message": "Hi"}
    assert api.post("/v1/notifications", push, Prefer="wait=10").json["state"] == "failed"


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:8080/a", "http://[::1]/a", "http://localhost/a", "https://example.org:444/a"]
)
def test_http_is_for_this_machine(api: Api, endpoint: str) -> None:
    assert api.post(PATH, subscription(endpoint=endpoint)).status_code == 201


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost:1245/v1/products/3/pause",
        "http://127.0.0.1/a",
        "http://[::1]/a",
        "https://10.0.0.1/a",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/a",
        "https://[::ffff:192.168.0.1]/a",
        "https://[64:ff9b::7f00:1]/a",
    ],
)
def test_an_endpoint_on_a_private_address_is_refused(api: Api, change_setting: Any, endpoint: str) -> None:
    change_setting("allowed_networks", ())
    problem = assert_problem(api.post(PATH, subscription(endpoint=endpoint)), 422, "invalid_request")
    assert "USHER_ALLOWED_NETWORKS" in problem["errors"][0]["message"]


KEYS = subscription()["keys"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "http://example.org/a"}, "endpoint"),
        ({"endpoint": "ftp://localhost/a"}, "endpoint"),
        ({"endpoint": "https:///a"}, "endpoint"),
        ({"keys": {"p256dh": KEYS["p256dh"]}}, "keys.auth"),
        ({"keys": {**KEYS, "auth": unpadded(b"x" * 15)}}, "keys.auth"),
        ({"keys": {**KEYS, "auth": "a" * 21}}, "keys.auth"),
        ({"keys": {**KEYS, "p256dh": unpadded(b"\x02" + b"x" * 64)}}, "keys.p256dh"),
        ({"keys": {**KEYS, "p256dh": unpadded(b"\x04" + b"x" * 63)}}, "keys.p256dh"),
        ({"keys": {**KEYS, "p256dh": "a+b/"}}, "keys.p256dh"),
    ],
)
def test_a_malformed_subscription_is_refused_with_the_field(api: Api, change: dict[str, Any], field: str) -> None:
    problem = assert_problem(api.post(PATH, subscription(**change)), 422, "invalid_request")
    assert [error["field"] for error in problem["errors"]] == [field]


def test_padded_keys_are_keys_too(api: Api) -> None:
    padded = {name: text + "=" * (-len(text) % 4) for name, text in KEYS.items()}
    assert api.post(PATH, subscription(keys=padded)).status_code == 201


def test_the_public_key_is_that_of_the_workers(api: Api) -> None:
    key = api.get("/v1/push-key").json["public_key"]
    assert key == json.loads(api.state.get(notification_keys.vapid()))["public"]
    assert len(key) == 87


def test_without_a_key_no_caller_gets_a_wrong_one(api: Api) -> None:
    api.state.rename(notification_keys.vapid(), "aside")
    try:
        answer = api.get("/v1/push-key")
        assert_problem(answer, 503, "push_key_missing")
        assert answer.headers["Retry-After"]
    finally:
        api.state.rename("aside", notification_keys.vapid())


def test_the_page_is_linked_and_loads_nothing_from_elsewhere(api: Api) -> None:
    assert 'href="/push"' in api.get("/").text
    page = api.get("/push")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "//" not in page.text
    assert "<style" not in page.text
    assert " style=" not in page.text


def test_the_service_worker_may_control_the_whole_site(api: Api) -> None:
    with api.get("/push-worker.js") as worker:
        assert (worker.status_code, worker.mimetype) == (200, "text/javascript")
        assert (worker.headers["Service-Worker-Allowed"], worker.headers["Cache-Control"]) == ("/", "no-cache")
        assert "showNotification" in worker.text
