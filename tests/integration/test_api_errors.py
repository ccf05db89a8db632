"""Every error of a request is problem+json, with a stable code."""

from collections.abc import Callable

import pytest

from tests.integration.api_system import Api, ApiSystem, assert_problem

SHOW = {"name": "A show", "pools": [{"name": "floor", "capacity": 1}]}
NOBODY = "a" * 26  # has the form of an id, but is no job's


def test_unknown_fields_are_refused_by_name(api: Api) -> None:
    body = assert_problem(api.post("/v1/shows", {**SHOW, "colour": "red"}), 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["colour"]


def test_every_wrong_field_is_named(api: Api) -> None:
    given = {"name": "", "pools": [{"name": "floor", "capacity": "many"}], "hold_seconds": 0}
    body = assert_problem(api.post("/v1/shows", given), 422, "invalid_request")
    assert {error["field"] for error in body["errors"]} == {"name", "pools.0.capacity", "hold_seconds"}
    assert "pools.0.capacity" in body["detail"]


def test_unknown_query_parameters_are_refused_by_name(api: Api) -> None:
    body = assert_problem(api.get("/v1/jobs?colour=red"), 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["colour"]


@pytest.mark.parametrize("text", ["{", "", "nonsense", '{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000])
def test_a_body_that_is_no_json_is_malformed(api: Api, text: str) -> None:
    answer = api.client.post("/v1/jobs", data=text, content_type="application/json")
    assert_problem(answer, 400, "malformed_json")


def test_numbers_that_json_cannot_express_are_refused(api: Api) -> None:
    answer = api.client.post("/v1/jobs", data='{"type": "echo", "data": {"a": 1e999}}', content_type="application/json")
    body = assert_problem(answer, 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["data"]


def test_a_whole_number_may_be_written_with_a_point_but_not_as_text(api: Api) -> None:
    answer = api.client.post("/v1/jobs", data='{"type": "echo", "attempts": 3.0}', content_type="application/json")
    assert answer.status_code == 202
    for wrong in (3.5, "3", True):
        answer = api.post("/v1/jobs", {"type": "echo", "attempts": wrong})
        body = assert_problem(answer, 422, "invalid_request")
        assert [error["field"] for error in body["errors"]] == ["attempts"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_must_be_declared_as_json(api: Api, content_type: str | None) -> None:
    answer = api.client.post("/v1/jobs", data='{"type": "echo"}', content_type=content_type)
    assert_problem(answer, 415, "unsupported_media_type")


def test_a_wrong_id_is_not_mistaken_for_a_wrong_body(api: Api) -> None:
    body = assert_problem(api.post("/v1/jobs/NO-ID/replay"), 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["job_id"]


def test_a_body_beyond_the_limit_is_refused(api: Api) -> None:
    limit = api.client.application.config["MAX_CONTENT_LENGTH"]
    text = '{"type": "echo", "data": {"a": "%s"}}'
    frame = len(text) - 2
    fits = api.client.post("/v1/jobs", data=text % ("x" * (limit - frame)), content_type="application/json")
    assert fits.status_code == 202
    over = api.client.post("/v1/jobs", data=text % ("x" * (limit - frame + 1)), content_type="application/json")
    assert_problem(over, 413, "request_entity_too_large")


def test_the_limit_of_bodies_comes_from_the_settings(
    api: Api, api_system: ApiSystem, change_setting: Callable[[str, object], None]
) -> None:
    from api.app import create_app

    change_setting("body_limit_bytes", 1_024)
    answer = (
        create_app(api_system.usher).test_client().post("/v1/jobs", json={"type": "echo", "data": {"a": "x" * 1_024}})
    )
    assert_problem(answer, 413, "request_entity_too_large")


def test_an_unknown_route_is_not_found(api: Api) -> None:
    assert_problem(api.get("/v1/nothing"), 404, "not_found")


def test_an_answer_to_a_wrong_method_lists_the_allowed_ones(api: Api) -> None:
    answer = api.call("PUT", "/v1/jobs", {})
    assert_problem(answer, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"/v1/jobs/{NOBODY}", "job_not_found"),
        ("DELETE", f"/v1/jobs/{NOBODY}", "job_not_found"),
        ("GET", f"/v1/jobs/{NOBODY}/log", "job_not_found"),
        ("POST", f"/v1/jobs/{NOBODY}/replay", "job_not_found"),
        ("GET", f"/v1/batches/{NOBODY}", "batch_not_found"),
        ("GET", f"/v1/batches/{NOBODY}/jobs", "batch_not_found"),
        ("POST", f"/v1/batches/{NOBODY}/pause", "batch_not_found"),
        ("POST", f"/v1/batches/{NOBODY}/resume", "batch_not_found"),
        ("GET", f"/v1/reservations/{NOBODY}", "job_not_found"),
        ("POST", f"/v1/reservations/{NOBODY}/confirm", "job_not_found"),
        ("DELETE", f"/v1/reservations/{NOBODY}", "job_not_found"),
        *(
            (method, f"/v1/{kind}/nobody{rest}", "inventory_not_found")
            for kind in ("shows", "products")
            for method, rest in [
                ("GET", ""),
                ("GET", "/ledger"),
                ("GET", "/audit"),
                ("POST", "/pause"),
                ("POST", "/resume"),
            ]
        ),
    ],
)
def test_a_thing_that_does_not_exist_is_not_found(api: Api, method: str, path: str, code: str) -> None:
    assert_problem(api.call(method, path), 404, code)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/shows/nobody/reservations", {"lines": [{"pool": "floor"}]}),
        ("POST", "/v1/products/nobody/reservations", {}),
        ("POST", "/v1/products/nobody/restock", {"quantity": 1}),
        ("PUT", "/v1/products/nobody/capacity", {"capacity": 1}),
        ("PUT", "/v1/shows/nobody/status", {"status": "closed"}),
        ("PUT", "/v1/shows/nobody/pools/floor", {"capacity": 1}),
    ],
)
def test_a_change_of_a_thing_that_does_not_exist_is_not_found(api: Api, method: str, path: str, body: object) -> None:
    answer = api.call(method, path, body, Prefer="wait=10")
    assert_problem(answer, 404, "unknown_inventory")


def test_one_made_up_type_too_many_is_refused(api: Api, change_setting: Callable[[str, object], None]) -> None:
    assert api.post("/v1/jobs", {"type": "made up"}).status_code == 202
    change_setting("type_limit", 1)
    assert_problem(api.post("/v1/jobs", {"type": "made up too"}), 422, "too_many_types")
    assert api.post("/v1/jobs", {"type": "made up"}).status_code == 202
    assert api.done("tell", data={"steps": 1})["state"] == "complete"  # this type has a handler


def test_a_full_queue_answers_too_many_requests(api: Api, change_setting: Callable[[str, object], None]) -> None:
    # Given a type of which one job waits, since no worker does such jobs
    assert api.post("/v1/jobs", {"type": "nobody does it"}).status_code == 202
    change_setting("queue_limit", 1)

    # When another comes
    answer = api.post("/v1/jobs", {"type": "nobody does it"})

    # Then the answer says to come back later, and other types are not refused
    assert_problem(answer, 429, "queue_full")
    assert int(answer.headers["Retry-After"]) > 0
    assert api.post("/v1/jobs", {"type": "another"}).status_code == 202


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/jobs", {"type": "echo"}),
        ("POST", "/v1/products/1/reservations", {}),
        ("GET", f"/v1/jobs/{NOBODY}", None),
        ("GET", f"/v1/stream?topic=job:{NOBODY}", None),
        ("GET", "/v1/stats", None),
    ],
)
def test_while_the_state_is_away_the_answer_is_try_again(
    api: Api, api_system: ApiSystem, method: str, path: str, body: object
) -> None:
    with api_system.valkey.frozen():
        answer = api.call(method, path, body)
    assert_problem(answer, 503, "state_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_request_refused_in_an_outage_happens_once_when_repeated(
    api: Api, api_system: ApiSystem, change_setting: Callable[[str, object], None]
) -> None:
    change_setting("wake_seconds", 0.5)
    # Given a request that was sent while the state was away, so nobody knows whether it arrived
    show = api.show(floor=5)
    body = {"lines": [{"pool": "floor", "quantity": 2}]}
    path = f"/v1/shows/{show}/reservations"
    with api_system.valkey.frozen():
        assert api.post(path, body, Idempotency_Key="once").status_code == 503

    # When it is repeated with its key
    answer = api.post(path, body, Idempotency_Key="once", Prefer="wait=10")

    # Then it happened once
    assert answer.status_code == 201
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["held"] == 2
