"""Lists leave out what is large of their items, and say so; the item itself has it."""

from typing import Any

import pytest

from tasks_app.jobs import LARGE_BYTES
from tests.integration.api_system import Api

LARGE = "y" * 256_000
MOST_BYTES = 60_000  # of a list of ten jobs with large data


def within(value: dict[str, Any]) -> dict[str, Any]:
    """Data of exactly LARGE_BYTES of JSON."""
    return value | {"fill": "x" * (LARGE_BYTES - len('{"fill":""}'))}


@pytest.fixture
def batch(api: Api, own_type: str) -> dict[str, Any]:
    """Ten jobs that wait: nine have large data, and the first has as much as a list shows."""
    jobs = [{"type": own_type, "data": {"large": LARGE} if number else within({})} for number in range(10)]
    return dict(api.post("/v1/jobs", jobs).json)


@pytest.mark.parametrize("path", ["/v1/jobs?type={type}", "/v1/jobs?batch={batch}", "/v1/batches/{batch}/jobs"])
def test_a_list_of_jobs_says_how_much_it_leaves_out(api: Api, own_type: str, batch: dict[str, Any], path: str) -> None:
    answer = api.get(path.format(type=own_type, batch=batch["id"]))
    found = {one["id"]: one for one in answer.json["jobs"]}
    small, large = (found[batch["jobs"][place]] for place in (0, 1))
    assert (small["data"], small["left_out"]) == (within({}), {})
    assert (large["data"], large["left_out"]) == (None, {"data": len(LARGE) + len('{"large":""}')})
    assert len(found) == 10
    assert len(answer.data) < MOST_BYTES
    assert api.get(large["links"]["self"]).json["data"] == {"large": LARGE}


def test_the_examples_of_a_bulk_operation_have_no_large_data(api: Api, own_type: str, batch: dict[str, Any]) -> None:
    wish = {"action": "cancel", "filter": {"type": own_type}, "dry_run": True}
    answer = api.post("/v1/bulk", wish)
    assert [one["left_out"].keys() for one in answer.json["examples"]].count({"data"}) >= 4
    assert len(answer.data) < MOST_BYTES


def test_a_large_result_is_left_out_as_well(api: Api, own_type: str) -> None:
    job = api.post("/v1/jobs", {"type": "echo", "data": {"large": LARGE[:100_000]}}, Prefer="wait=20")
    assert job.json["result"] == {"large": LARGE[:100_000]}
    (listed,) = api.get(f"/v1/jobs?q={job.json['id']}").json["jobs"]
    assert (listed["data"], listed["result"]) == (None, None)
    assert listed["left_out"].keys() == {"data", "result"}


def test_what_an_edit_replaced_is_left_out_as_well(api: Api, own_type: str) -> None:
    job = api.post("/v1/jobs", {"type": own_type, "data": {"large": LARGE}}).json
    api.call("PATCH", f"/v1/jobs/{job['id']}", {"data": {}})
    (listed,) = api.get(f"/v1/jobs?type={own_type}").json["jobs"]
    assert (listed["data"], listed["edits"], listed["left_out"].keys()) == ({}, None, {"edits"})


def test_a_list_of_notifications_has_the_head_of_a_long_message(api: Api, own_type: str) -> None:
    long = "Dear Ada, " + "é" * 9_000
    batch = api.post("/v1/notifications", [{"to": own_type, "message": long}]).json["id"]
    (listed,) = api.get(f"/v1/notifications?batch={batch}").json["notifications"]
    assert (listed["message"], listed["left_out"]) == (long[:500], {"message": 6 * 9_000 + 12})
    assert api.get(f"/v1/notifications/{listed['id']}").json["message"] == long
