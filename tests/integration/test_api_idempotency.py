"""Idempotency-Key: a request that is repeated with its key happens once, and the answer says what became of it."""

import uuid
from collections.abc import Callable

import pytest

from tests.integration.api_system import Api, assert_problem


@pytest.fixture
def key() -> str:
    return str(uuid.uuid4())


def test_a_repeated_request_gets_the_same_job_in_its_present_state(
    api: Api, key: str, eventually: Callable[..., None]
) -> None:
    # Given a job that was taken in and done
    first = api.post("/v1/jobs", {"type": "echo", "data": {"a": 1}}, Idempotency_Key=key)
    assert first.status_code == 202
    assert "Idempotent-Replayed" not in first.headers
    eventually(lambda: api.get(first.headers["Location"]).json["state"] == "complete")

    # When the request comes again
    again = api.post("/v1/jobs", {"type": "echo", "data": {"a": 1}}, Idempotency_Key=key)

    # Then the answer is the job as it is now
    assert (again.status_code, again.json["id"], again.json["state"]) == (200, first.json["id"], "complete")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_repeated_reservation_takes_nothing_more(api: Api, key: str) -> None:
    show = api.show(floor=5)
    body = {"lines": [{"pool": "floor", "quantity": 2}]}
    answers = [
        api.post(f"/v1/shows/{show}/reservations", body, Idempotency_Key=key, Prefer="wait=10") for _ in range(3)
    ]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["held"] == 2


def test_a_body_with_the_same_meaning_is_the_same_request(api: Api, key: str) -> None:
    first = api.post("/v1/jobs", {"type": "echo", "data": {"a": 1, "b": 2}}, Idempotency_Key=key)
    again = api.post("/v1/jobs", {"data": {"b": 2, "a": 1}, "type": "echo", "attempts": 1}, Idempotency_Key=key)
    assert again.json["id"] == first.json["id"]


def test_the_same_key_with_another_body_is_refused(api: Api, key: str) -> None:
    first = api.post("/v1/jobs", {"type": "echo", "data": {"a": 1}}, Idempotency_Key=key)
    other = api.post("/v1/jobs", {"type": "echo", "data": {"a": 2}}, Idempotency_Key=key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert api.get(first.headers["Location"]).json["data"] == {"a": 1}


@pytest.mark.parametrize("bad", ["", "x" * 256])
def test_an_impossible_key_is_refused(api: Api, bad: str) -> None:
    body = assert_problem(api.post("/v1/jobs", {"type": "echo"}, Idempotency_Key=bad), 422, "invalid_request")
    assert body["errors"][0]["field"] == "Idempotency-Key"


def test_the_longest_key_is_taken(api: Api) -> None:
    assert api.post("/v1/jobs", {"type": "echo"}, Idempotency_Key="x" * 255).status_code in (200, 202)


def test_the_same_key_on_another_route_is_another_job(api: Api, key: str) -> None:
    body = {"lines": [{"pool": "floor"}]}
    ids = {api.post(f"/v1/shows/{api.show()}/reservations", body, Idempotency_Key=key).json["id"] for _ in range(2)}
    assert len(ids) == 2


def test_without_a_key_every_request_is_another_job(api: Api) -> None:
    assert len({api.post("/v1/jobs", {"type": "echo"}).json["id"] for _ in range(3)}) == 3


def test_a_repeated_batch_is_the_same_batch_of_the_same_jobs(api: Api, key: str) -> None:
    body = [{"type": "echo", "data": {"n": n}} for n in range(3)]
    first, again = (api.post("/v1/jobs", body, Idempotency_Key=key) for _ in range(2))
    assert (again.status_code, again.json) == (202, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(set(first.json["jobs"])) == 3
    assert api.get(first.headers["Location"]).json["total"] == 3


@pytest.mark.parametrize("other", [2, 4])
def test_a_batch_with_more_or_fewer_jobs_under_the_same_key_is_refused_whole(api: Api, key: str, other: int) -> None:
    body = [{"type": "echo", "data": {"n": n}} for n in range(4)]
    batch = api.post("/v1/jobs", body[:3], Idempotency_Key=key)
    assert_problem(api.post("/v1/jobs", body[:other], Idempotency_Key=key), 422, "idempotency_key_reused")
    assert api.get(batch.headers["Location"]).json["total"] == 3
    assert len(api.get(f"{batch.headers['Location']}/jobs").json["jobs"]) == 3


def test_the_key_of_a_single_job_cannot_be_that_of_a_batch(api: Api, key: str) -> None:
    one = {"type": "echo"}
    assert api.post("/v1/jobs", one, Idempotency_Key=key).status_code == 202
    assert_problem(api.post("/v1/jobs", [one], Idempotency_Key=key), 422, "idempotency_key_reused")


def test_a_repeated_change_is_made_once(api: Api, key: str) -> None:
    product = api.product(5)
    answers = [
        api.post(f"/v1/products/{product}/restock", {"quantity": 3}, Idempotency_Key=key, Prefer="wait=10")
        for _ in range(2)
    ]
    assert [answer.json["capacity"] for answer in answers] == [8, 8]
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_a_repetition_with_a_refreshed_token_happens_once(api: Api, key: str) -> None:
    show = api.show(floor=5)
    body = {"lines": [{"pool": "floor", "quantity": 2}]}
    answers = [
        api.post(f"/v1/shows/{show}/reservations", body, Idempotency_Key=key, Prefer="wait=10", Authorization=token)
        for token in ("Bearer yesterday", "Bearer today", "Basic YTpi")
    ]
    assert len({answer.json["id"] for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["held"] == 2


ROUTES = {
    "a job": ("POST", "/v1/jobs", {"type": "echo"}),
    "a batch": ("POST", "/v1/jobs", [{"type": "echo"}, {"type": "echo"}]),
    "a failed job": ("POST", "/v1/jobs", {"type": "stumble", "data": {"permanent": True}}),
    "a show": ("POST", "/v1/shows", {"name": "s", "pools": [{"name": "floor", "capacity": 1}]}),
    "a show that exists": (
        "POST",
        "/v1/shows",
        {"id": "classic", "name": "s", "pools": [{"name": "f", "capacity": 1}]},
    ),
    "a product": ("POST", "/v1/products", {"name": "p", "quantity": 1}),
    "a product that exists": ("POST", "/v1/products", {"id": "1", "name": "other", "quantity": 1}),
    "a reservation": ("POST", "/v1/shows/{show}/reservations", {"lines": [{"pool": "floor"}]}),
    "too many": ("POST", "/v1/shows/{show}/reservations", {"lines": [{"pool": "floor", "quantity": 9_000}]}),
    "no such pool": ("POST", "/v1/shows/{show}/reservations", {"lines": [{"pool": "x"}]}),
    "no such show": ("POST", "/v1/shows/nowhere/reservations", {"lines": [{"pool": "floor"}]}),
    "too much stock": ("POST", "/v1/products/{product}/reservations", {"quantity": 9_000}),
    "a restock": ("POST", "/v1/products/{product}/restock", {"quantity": 1}),
    "a restock of nothing": ("POST", "/v1/products/nothing/restock", {"quantity": 1}),
    "a capacity": ("PUT", "/v1/products/{product}/capacity", {"capacity": 50}),
    "a pool's capacity": ("PUT", "/v1/shows/{show}/pools/floor", {"capacity": 50}),
    "no such pool's capacity": ("PUT", "/v1/shows/{show}/pools/x", {"capacity": 50}),
    "a status": ("PUT", "/v1/shows/{show}/status", {"status": "on_sale"}),
    "a confirmation": ("POST", "/v1/reservations/{hold}/confirm", {}),
    "an extension": ("POST", "/v1/reservations/{hold}/extend", {"seconds": 9}),
    "a release": ("DELETE", "/v1/reservations/{hold}", None),
    "a second release": ("DELETE", "/v1/reservations/{released}", None),
    "a confirmation too late": ("POST", "/v1/reservations/{released}/confirm", {}),
    "a notification": ("POST", "/v1/notifications", {"to": "ada", "message": "m"}),
    "a suppressed one": ("POST", "/v1/notifications", {"phoneNumber": "4153518780", "message": "m"}),
    "notifications": ("POST", "/v1/notifications", [{"to": "ada", "message": "m"}, {"to": "bob", "message": "m"}]),
}


@pytest.mark.parametrize("wait", ["wait=10", "wait=0"])
@pytest.mark.parametrize("name", ROUTES)
def test_every_answer_to_a_repeated_request_says_so(api: Api, key: str, name: str, wait: str) -> None:
    # Given the thing that the request is about
    method, path, body = ROUTES[name]
    show, product = api.show(), api.product()
    hold, released = api.hold(show), api.hold(show)
    assert api.call("DELETE", f"/v1/reservations/{released}", Prefer="wait=10").status_code == 200
    path = path.format(show=show, product=product, hold=hold, released=released)

    # When it is repeated with its key, then the first answer does not say so, and the others do
    answers = [api.call(method, path, body, Idempotency_Key=key, Prefer=wait) for _ in range(3)]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]


def test_a_refused_line_of_a_repeated_stream_says_so(api: Api, key: str) -> None:
    lines = b'{"to": "ada", "message": "m"}\n{"to": 5}\n'
    options = {"data": lines, "content_type": "application/x-ndjson", "headers": {"Idempotency-Key": key}}
    answers = [api.client.post("/v1/notifications", **options) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {422}
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]


def test_the_same_key_with_another_body_is_no_repetition(api: Api, key: str) -> None:
    api.post("/v1/jobs", {"type": "echo"}, Idempotency_Key=key)
    other = api.post("/v1/jobs", {"type": "echo", "data": {"a": 2}}, Idempotency_Key=key)
    assert (other.status_code, other.headers.get("Idempotent-Replayed")) == (422, None)


def test_cancelling_a_waiting_reservation_says_that_it_was_repeated(api: Api, key: str) -> None:
    # Given a reservation that waits, as its show is paused
    show = api.show()
    api.post(f"/v1/shows/{show}/pause")
    path = api.post(f"/v1/shows/{show}/reservations", {"lines": [{"pool": "floor"}]}).headers["Location"]

    # When it is cancelled twice with one key
    answers = [api.call("DELETE", path, Idempotency_Key=key) for _ in range(2)]

    # Then the second answer says so
    assert [(one.status_code, one.json["state"]) for one in answers] == [(200, "cancelled")] * 2
    assert [one.headers.get("Idempotent-Replayed") for one in answers] == [None, "true"]
