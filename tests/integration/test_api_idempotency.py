"""Idempotency-Key: a request that is repeated with its key happens once, and says what became of it."""

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

    # Then the answer is the job as it now is
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


def test_a_body_that_says_the_same_in_other_words_is_the_same(api: Api, key: str) -> None:
    first = api.post("/v1/jobs", {"type": "echo", "data": {"a": 1, "b": 2}}, Idempotency_Key=key)
    again = api.post("/v1/jobs", {"data": {"b": 2, "a": 1}, "type": "echo", "attempts": 1}, Idempotency_Key=key)
    assert again.json["id"] == first.json["id"]


def test_the_same_key_with_another_body_is_refused(api: Api, key: str) -> None:
    first = api.post("/v1/jobs", {"type": "echo", "data": {"a": 1}}, Idempotency_Key=key)
    other = api.post("/v1/jobs", {"type": "echo", "data": {"a": 2}}, Idempotency_Key=key)
    assert_problem(other, 422, "idempotency_key_reused")
    assert api.get(first.headers["Location"]).json["data"] == {"a": 1}


@pytest.mark.parametrize("bad", ["", "x" * 256])
def test_a_key_that_cannot_be_one_is_refused(api: Api, bad: str) -> None:
    body = assert_problem(api.post("/v1/jobs", {"type": "echo"}, Idempotency_Key=bad), 422, "invalid_request")
    assert body["errors"][0]["field"] == "Idempotency-Key"


def test_the_longest_key_is_taken(api: Api) -> None:
    assert api.post("/v1/jobs", {"type": "echo"}, Idempotency_Key="x" * 255).status_code in (200, 202)


def test_the_same_key_on_another_route_is_another_job(api: Api, key: str) -> None:
    body = {"lines": [{"pool": "floor"}]}
    ids = {api.post(f"/v1/shows/{api.show()}/reservations", body, Idempotency_Key=key).json["id"] for _ in range(2)}
    assert len(ids) == 2


def test_the_same_key_of_another_caller_is_another_job(api: Api, key: str) -> None:
    body = {"type": "echo"}
    ids = {
        api.post("/v1/jobs", body, Idempotency_Key=key, Authorization=caller).json["id"]
        for caller in ("Bearer one", "Bearer two")
    }
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
def test_a_batch_with_more_or_less_under_the_same_key_is_refused_whole(api: Api, key: str, other: int) -> None:
    body = [{"type": "echo", "data": {"n": n}} for n in range(4)]
    batch = api.post("/v1/jobs", body[:3], Idempotency_Key=key)
    assert_problem(api.post("/v1/jobs", body[:other], Idempotency_Key=key), 422, "idempotency_key_reused")
    assert api.get(batch.headers["Location"]).json["total"] == 3
    assert len(api.get(f"{batch.headers['Location']}/jobs").json["jobs"]) == 3


def test_a_key_of_one_job_cannot_be_that_of_a_batch(api: Api, key: str) -> None:
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
