"""Changes of one job over HTTP: edited, run now, replayed with other data, copied, forgotten."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem

HOUR_MS = 3_600_000


@pytest.fixture
def waiting(api: Api) -> str:
    """The path of a job that is due in an hour."""
    return api.post("/v1/jobs", {"type": "echo", "data": {"n": 1}, "delay_ms": HOUR_MS}).headers["Location"]


def test_a_waiting_job_is_edited_and_runs_now(api: Api, waiting: str, eventually: Callable[..., None]) -> None:
    # When its data are mended, and somebody does not want to wait
    edited = api.call("PATCH", waiting, {"data": {"n": 2}, "title": "Mended", "metadata": {"why": "a typo"}}).json
    (edit,) = edited["edits"]
    assert (edit["by"], edit["before"]) == (None, {"data": {"n": 1}, "title": None, "metadata": {}})
    assert api.call("PATCH", waiting, {"title": None}).json["title"] is None
    assert api.post(f"{waiting}/run-now").status_code == 200

    # Then it is done with these data
    eventually(lambda: api.get(waiting).json["state"] == "complete")
    assert api.get(waiting).json["result"] == {"n": 2}
    assert_problem(api.post(f"{waiting}/run-now"), 409, "illegal_transition")


def test_a_waiting_job_gets_another_date(api: Api, waiting: str) -> None:
    assert api.call("PATCH", waiting, {"due": "2126-12-01T09:00Z"}).json["due_ms"] == 4_951_789_200_000
    before = api.call("PATCH", waiting, {"due_ms": 4_951_789_300_000}).json["edits"][-1]["before"]
    assert before == {"due_ms": 4_951_789_200_000}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"data": [1]}, "data"),
        ({"attempts": 0}, "attempts"),
        ({"title": ""}, "title"),
        ({"metadata": {"a": "b" * 3_000}}, "metadata"),
        ({"delay_ms": 5, "due_ms": 4_951_789_200_000}, ""),
        ({"type": "echo"}, "type"),
        ({"state": "complete"}, "state"),
    ],
)
def test_an_impossible_edit_is_refused_and_changes_nothing(api: Api, waiting: str, body: Any, field: str) -> None:
    refused = assert_problem(api.call("PATCH", waiting, body), 422, "invalid_request")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert api.get(waiting).json["edits"] == []


def test_the_data_of_a_notification_are_fixed(api: Api) -> None:
    one = api.post("/v1/notifications", {"to": "ada", "message": "Hello", "delay_ms": HOUR_MS}).json["id"]
    assert_problem(api.call("PATCH", f"/v1/jobs/{one}", {"data": {}}), 409, "fixed_job")
    assert api.call("PATCH", f"/v1/jobs/{one}", {"priority": "high"}).json["priority"] == -10


def test_a_failed_job_is_replayed_with_mended_data(api: Api, eventually: Callable[..., None]) -> None:
    failed = api.done("stumble", data={"n": 1})
    place = f"/v1/jobs/{failed['id']}"
    answer = api.post(f"{place}/replay", {"data": {"n": 2}, "attempts": 2, "priority": "high"})
    assert (answer.status_code, answer.headers["Location"]) == (202, place)
    found = api.get(place).json
    assert (found["data"], found["attempts_max"], found["priority"]) == ({"n": 2}, 2, -10)
    assert found["edits"][0]["before"] == {"data": {"n": 1}, "attempts": 1, "priority": 0}
    eventually(lambda: api.get(place).json["state"] == "failed")


def test_a_cancelled_job_is_replayed(api: Api, waiting: str, eventually: Callable[..., None]) -> None:
    api.call("DELETE", waiting)
    assert api.post(f"{waiting}/replay").status_code == 202
    eventually(lambda: api.get(waiting).json["state"] == "complete")


def test_a_complete_job_is_replayed_as_a_copy_that_names_it(api: Api, eventually: Callable[..., None]) -> None:
    first = api.done("echo", data={"n": 1})
    copy = api.post(f"/v1/jobs/{first['id']}/replay", {"data": {"n": 2}}).headers["Location"]
    eventually(lambda: api.get(copy).json["result"] == {"n": 2})
    assert api.get(copy).json["replay_of"] == first["id"]
    again = api.get(f"/v1/jobs/{first['id']}").json
    assert (again["result"], again["replay_of"], again["edits"]) == ({"n": 1}, None, [])


def test_a_reservation_is_not_replayed_once_it_is_complete(api: Api) -> None:
    show = api.post("/v1/shows", {"name": "Replayed", "pools": [{"name": "floor", "capacity": 2}]}).json["id"]
    held = api.post(f"/v1/shows/{show}/reservations", {"lines": [{"pool": "floor"}]}, Prefer="wait=10").json["id"]
    assert_problem(api.post(f"/v1/jobs/{held}/replay"), 409, "illegal_transition")
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["held"] == 1


def test_a_job_that_is_over_is_forgotten(api: Api, waiting: str) -> None:
    assert_problem(api.post(f"{waiting}/forget"), 409, "illegal_transition")
    done = api.done("echo")["id"]
    assert api.post(f"/v1/jobs/{done}/forget").json == {"id": done, "forgotten": True}
    assert_problem(api.get(f"/v1/jobs/{done}"), 404, "job_not_found")
