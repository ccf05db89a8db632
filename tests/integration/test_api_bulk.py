"""Bulk operations over HTTP: a dry run, the operation, its report, its stop; and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api_system import Api, assert_problem

PATH = "/v1/bulk"


def waiting(api: Api, job_type: str, count: int = 3, **options: Any) -> list[str]:
    """Jobs that nobody does."""
    made = api.post("/v1/jobs", [{"type": job_type, "delay_ms": 600_000, **options} for _ in range(count)])
    assert made.status_code == 202, made.text
    return list(made.json["jobs"])


def ended(api: Api, path: str, eventually: Callable[..., None]) -> Any:
    """The operation once it is over."""
    eventually(lambda: api.get(path).json["state"] != "running", 20)
    return api.get(path).json


def test_a_dry_run_counts_and_changes_nothing(api: Api, own_type: str) -> None:
    ids = waiting(api, own_type, 7, title="Mail to ada")
    asked = {"action": "cancel", "dry_run": True}
    for more in ({}, {"q": "ADA"}, {"state": "delayed"}):
        found = api.post(PATH, {**asked, "filter": {"type": own_type, **more}})
        assert (found.status_code, found.json["count"], found.json["is_all"]) == (200, 7, True), found.text
        assert len(found.json["examples"]) == 5
        assert {one["id"] for one in found.json["examples"]} <= {*ids}
    assert api.post(PATH, {**asked, "filter": {"type": own_type, "q": "bob"}}).json["count"] == 0
    assert {api.get(f"/v1/jobs/{one}").json["state"] for one in ids} == {"delayed"}


def test_an_operation_is_done_and_reports(api: Api, own_type: str, eventually: Callable[..., None]) -> None:
    # Given jobs of which one is not meant
    ids, (other,) = waiting(api, own_type), waiting(api, own_type, 1, title="another")
    assert api.call("DELETE", f"/v1/jobs/{other}").status_code == 200

    # When they are cancelled, and the request is repeated
    body = {"action": "cancel", "filter": {"type": own_type}}
    answers = [api.post(PATH, body, Idempotency_Key=own_type) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202], answers[0].text
    path = answers[0].headers["Location"]
    assert [one.json["links"]["self"] for one in answers] == [path, path]

    # Then one operation says what it has done, in the list as well
    found = ended(api, path, eventually)
    expected = {"state": "complete", "done": 3, "skipped": {}, "failed": {}, "total": 3, "looked_at": 3, "rate": None}
    assert {name: found[name] for name in expected} == expected
    assert found["filter"] == {"type": own_type}
    assert {api.get(f"/v1/jobs/{one}").json["state"] for one in ids} == {"cancelled"}
    listed, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{PATH}?limit=500&cursor={cursor}").json
        listed, cursor = [*listed, *page["operations"]], page["cursor"]
    assert found in listed


def test_a_priority_is_given_by_its_name(api: Api, own_type: str, eventually: Callable[..., None]) -> None:
    ids = waiting(api, own_type)
    body = {"action": "priority", "priority": "high", "filter": {"type": own_type}}
    found = ended(api, api.post(PATH, body).headers["Location"], eventually)
    assert (found["done"], found["priority"]) == (3, -10)
    assert {api.get(f"/v1/jobs/{one}").json["priority"] for one in ids} == {-10}


def test_a_stop_leaves_the_rest(api: Api, own_type: str, eventually: Callable[..., None]) -> None:
    waiting(api, own_type, 20)
    body = {"action": "cancel", "filter": {"type": own_type}, "rate": 2}
    path = api.post(PATH, body).headers["Location"]
    eventually(lambda: api.get(path).json["done"])
    for _ in range(2):  # safe to repeat
        stopped = api.post(f"{path}/stop")
        assert (stopped.status_code, stopped.json["state"]) == (200, "stopped"), stopped.text
    found = api.get(path).json
    assert 0 < found["done"] < 20
    left = api.post(PATH, {**body, "dry_run": True}).json["count"]
    assert left == 20 - found["done"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "explode", "filter": {"type": "echo"}}, "action"),
        ({"action": "cancel", "filter": {}}, "filter"),
        ({"action": "cancel", "filter": {"kind": "echo"}}, "filter.kind"),
        ({"action": "cancel", "filter": {"state": "complete"}}, ""),
        ({"action": "cancel", "filter": {"type": "bulk_operation"}}, "filter.type"),
        ({"action": "cancel", "filter": {"metadata": {"colour": "red"}}}, "filter.metadata"),
        ({"action": "priority", "filter": {"type": "echo"}}, ""),
        ({"action": "cancel", "priority": 1, "filter": {"type": "echo"}}, ""),
        ({"action": "cancel", "filter": {"type": "echo"}, "rate": 0}, "rate"),
        ({"action": "cancel", "filter": {"since": "yesterday"}}, "filter.since"),
    ],
)
def test_a_wrong_body_is_refused_with_the_field(api: Api, body: Any, field: str) -> None:
    told = assert_problem(api.post(PATH, body), 422, "invalid_request")
    assert field in [one["field"] for one in told["errors"]], told


def test_what_is_no_bulk_operation_is_not_found(api: Api, own_type: str) -> None:
    (job_id,) = waiting(api, own_type, 1)
    for unknown in (job_id, "a" * 26):
        assert_problem(api.get(f"{PATH}/{unknown}"), 404, "bulk_not_found")
        assert_problem(api.post(f"{PATH}/{unknown}/stop"), 404, "bulk_not_found")
    body = {"action": "cancel", "filter": {"batch": "a" * 26}}
    assert_problem(api.post(PATH, body), 404, "batch_not_found")
    assert_problem(api.get(f"{PATH}?cursor=x"), 422, "invalid_request")
