"""Unique jobs over HTTP: which job's id is in the answer, how the answer says so, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem

MARK = "Unique-Conflict"


def body(job_type: str, n: int = 0, **unique: Any) -> dict[str, Any]:
    return {"type": job_type, "data": {"n": n}, "unique": {"key": "k", **unique}}


def test_a_job_beside_another_with_its_key_is_answered_with_that_ones_id_and_a_mark(api: Api, own_type: str) -> None:
    first = api.post("/v1/jobs", body(own_type))
    assert (first.status_code, MARK in first.headers) == (202, False)
    second = api.post("/v1/jobs", body(own_type, 1))
    assert (second.status_code, second.json, second.headers[MARK]) == (202, first.json, "returned")
    assert second.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in second.headers
    third = api.post("/v1/jobs", body(own_type, 2, on_conflict="replace"))
    assert (third.json["id"], third.headers[MARK]) == (first.json["id"], "replaced")
    job = api.get(first.headers["Location"]).json
    assert (job["data"], job["unique"]) == ({"n": 2}, {"key": "k", "while": "unfinished"})
    problem = assert_problem(api.post("/v1/jobs", body(own_type, on_conflict="refuse")), 409, "not_unique")
    assert problem["job"] == first.json["id"]


def test_a_debounced_job_is_moved_and_keeps_the_last_data(api: Api, own_type: str) -> None:
    asked = body(own_type, 1, on_conflict="replace", **{"while": "queued"})
    first = api.post("/v1/jobs", {**asked, "delay_ms": 60_000})
    before = api.get(first.headers["Location"]).json
    again = api.post("/v1/jobs", {**asked, "data": {"n": 2}, "delay_ms": 120_000})
    after = api.get(first.headers["Location"]).json
    assert (again.json["state"], after["data"]) == ("delayed", {"n": 2})
    assert after["due_ms"] - before["due_ms"] >= 60_000


def test_a_throttled_job_that_is_over_is_answered_as_it_ended(api: Api) -> None:
    asked = body("echo", 1, key=f"throttle {id(api)}", **{"while": 600})
    done = api.post("/v1/jobs", asked, Prefer="wait=10")
    assert (done.status_code, done.json["state"]) == (200, "complete")
    again = api.post("/v1/jobs", {**asked, "data": {"n": 2}})
    assert (again.status_code, again.json["id"], again.json["result"]) == (200, done.json["id"], {"n": 1})
    assert again.headers[MARK] == "returned"
    assert again.json["unique"]["while"] == 600


def test_a_caller_who_waits_beside_another_job_waits_for_that_job(api: Api) -> None:
    key = f"waits {id(api)}"
    first = api.post("/v1/jobs", {**body("echo", 1, key=key), "delay_ms": 700})
    second = api.post("/v1/jobs", body("echo", 2, key=key), Prefer="wait=10")
    assert (second.status_code, second.json["id"], second.json["result"]) == (200, first.json["id"], {"n": 1})
    assert second.headers["Preference-Applied"] == "wait=10"


def test_the_same_request_again_gets_the_same_answer(api: Api, own_type: str) -> None:
    # Given a request that met another one, which is over by now
    first = api.post("/v1/jobs", body(own_type))
    met = api.post("/v1/jobs", body(own_type, 1), Idempotency_Key=own_type)
    api.call("DELETE", first.headers["Location"])

    # When it comes again, it makes no job; with another body it is refused
    again = api.post("/v1/jobs", body(own_type, 1), Idempotency_Key=own_type)
    assert (again.json["id"], again.headers[MARK]) == (met.json["id"], "returned")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(api.post("/v1/jobs", body(own_type, 2), Idempotency_Key=own_type), 422, "idempotency_key_reused")
    assert api.post("/v1/jobs", body(own_type, 1)).json["id"] != met.json["id"]


def test_an_array_says_for_which_of_its_jobs_others_stand(api: Api, own_type: str) -> None:
    asked = [body(own_type), {"type": own_type}, body(own_type, 1), body(own_type, 2, on_conflict="replace")]
    answer = api.post("/v1/jobs", asked, Idempotency_Key=own_type)
    ids, conflicts = answer.json["jobs"], answer.json["conflicts"]
    assert (ids[0], ids[0]) == (ids[2], ids[3])
    assert conflicts == [
        {"place": 2, "job": ids[0], "conflict": "returned"},
        {"place": 3, "job": ids[0], "conflict": "replaced"},
    ]
    assert api.get(answer.headers["Location"]).json["total"] == 2
    again = api.post("/v1/jobs", asked, Idempotency_Key=own_type)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (answer.json, "true")
    assert api.get(answer.headers["Location"]).json["total"] == 2


def test_a_refused_job_keeps_its_array_out_and_is_named(api: Api, own_type: str) -> None:
    first = api.post("/v1/jobs", body(own_type)).json["id"]
    problem = assert_problem(
        api.post("/v1/jobs", [{"type": own_type}, body(own_type, on_conflict="refuse")]), 409, "not_unique"
    )
    assert (problem["job"], problem["place"]) == (first, 1)
    assert len(api.get(f"/v1/jobs?type={own_type}").json["jobs"]) == 1
    pair = [body(own_type, key="new"), body(own_type, key="new", on_conflict="refuse")]
    errors = assert_problem(api.post("/v1/jobs", pair), 422, "invalid_request")["errors"]
    assert [error["field"] for error in errors] == ["1.unique.key"]


@pytest.mark.parametrize(
    ("unique", "field"),
    [
        ({}, "unique.key"),
        ({"key": ""}, "unique.key"),
        ({"key": "x" * 201}, "unique.key"),
        ({"key": "k", "while": "never"}, "unique.while"),
        ({"key": "k", "while": 0}, "unique.while"),
        ({"key": "k", "while": True}, "unique.while"),
        ({"key": "k", "on_conflict": "ignore"}, "unique.on_conflict"),
        ({"key": "k", "until": 5}, "unique.until"),
        ("k", "unique"),
    ],
)
def test_a_wrong_unique_key_is_named_by_its_field(api: Api, own_type: str, unique: Any, field: str) -> None:
    errors = assert_problem(api.post("/v1/jobs", {"type": own_type, "unique": unique}), 422, "invalid_request")[
        "errors"
    ]
    assert [error["field"] for error in errors] == [field]


def test_a_key_is_free_again_when_its_job_was_done_by_a_worker(api: Api, eventually: Callable[..., None]) -> None:
    key = f"done {id(api)}"
    ids = set()
    for lasting in ("queued", "unfinished"):
        asked = body("echo", key=key, on_conflict="refuse", **{"while": lasting})
        for _ in range(2):
            ids.add(api.post("/v1/jobs", asked, Prefer="wait=10").json["id"])
    assert len(ids) == 4


def test_a_unique_job_keeps_its_key_when_its_priority_changes(api: Api, own_type: str) -> None:
    # Given a unique job that waits, and whose priority is changed
    first = api.post("/v1/jobs", body(own_type))
    url = first.headers["Location"]
    changed = api.call("PATCH", url, {"priority": "critical"})
    assert (changed.status_code, changed.json["priority"], changed.json["unique"]["key"]) == (200, -15, "k")

    # When others come with its key, then it stands for them, and has the priority of the one that replaces it
    again = api.post("/v1/jobs", body(own_type, 1))
    assert (again.json["id"], again.headers[MARK]) == (first.json["id"], "returned")
    assert api.get(url).json["priority"] == -15
    last = api.post("/v1/jobs", {**body(own_type, 2, on_conflict="replace"), "priority": "low"})
    assert (last.json["id"], last.headers[MARK]) == (first.json["id"], "replaced")
    found = api.get(url).json
    assert (found["priority"], found["data"]) == (10, {"n": 2})

    # And when it is cancelled, its key is free, and its priority stays as it is
    api.call("DELETE", url)
    assert_problem(api.call("PATCH", url, {"priority": "low"}), 409, "illegal_transition")
    assert MARK not in api.post("/v1/jobs", body(own_type, 3)).headers
