"""GET /v1/batches: which batches there are, page by page, those that changed last first."""

from typing import Any

import pytest

from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem
from tests.integration.notification_requests import send_lines

PATH = "/v1/batches"
JOB = {"type": "resize_image", "delay_ms": 3_600_000}


def listed(api: Api, limit: int = 500) -> list[Any]:
    """All batches, page by page."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = api.get(f"{PATH}?limit={limit}&cursor={cursor}").json
        assert len(page["batches"]) <= limit
        found += page["batches"]
        cursor = page["cursor"]
        if cursor is None:
            return found


def test_batches_are_listed_those_that_changed_last_first(api: Api) -> None:
    # Given three batches, of which the first changes at the end
    made = [api.post("/v1/jobs", [JOB, JOB]).json for _ in range(3)]
    api.state.zadd(keys.batches(), {made[1]["id"]: 1_700_000_000_001, made[2]["id"]: 1_700_000_000_002})
    api.call("DELETE", f"/v1/jobs/{made[0]['jobs'][1]}")

    # Then it is first among them, and shown as its own route shows it
    order = [one["id"] for one in listed(api)]
    assert sorted((one["id"] for one in made), key=order.index) == [made[0]["id"], made[2]["id"], made[1]["id"]]
    found = next(one for one in listed(api) if one["id"] == made[0]["id"])
    assert found == api.get(f"{PATH}/{made[0]['id']}").json
    assert (found["type"], found["total"], found["counts"]["cancelled"]) == ("resize_image", 2, 1)


def test_pages_have_each_batch_once_also_those_of_the_same_moment(api: Api) -> None:
    made = {api.post("/v1/jobs", [JOB, JOB]).json["id"] for _ in range(7)}
    api.state.zadd(keys.batches(), dict.fromkeys(made, 1_700_000_000_000))
    for limit in (1, 2, 3, 500):
        order = [one["id"] for one in listed(api, limit)]
        assert [one for one in order if one in made] == sorted(made, reverse=True)


def test_a_batch_of_lines_has_the_type_of_its_jobs_and_its_pause(api: Api) -> None:
    batch = send_lines(api, [{"to": "ada", "message": "Hi", "delay_ms": 3_600_000}]).json["id"]
    api.post(f"{PATH}/{batch}/pause", {"reason": "the wrong text"})
    found = next(one for one in listed(api) if one["id"] == batch)
    assert (found["type"], found["pause"]["reason"]) == ("push_notification", "the wrong text")


def test_a_batch_whose_first_job_is_forgotten_has_no_type(api: Api) -> None:
    made = api.post("/v1/jobs", [JOB, JOB]).json
    api.call("DELETE", f"/v1/jobs/{made['jobs'][0]}")
    api.post(f"/v1/jobs/{made['jobs'][0]}/forget")
    assert api.get(f"{PATH}/{made['id']}").json["type"] is None


@pytest.mark.parametrize("query", ["cursor=x", "cursor=WzFd", "limit=0", "limit=501"])
def test_a_cursor_or_limit_of_elsewhere_is_refused(api: Api, query: str) -> None:
    assert_problem(api.get(f"{PATH}?{query}"), 422, "invalid_request")
