"""Jobs are found over HTTP by a text, by target, batch, moment and metadata; none that goes on is missed."""

import uuid
from typing import Any

import pytest

from tasks_app.jobs import State
from tests.integration.api_system import Api, assert_problem


def listed(api: Api, query: str, limit: int = 2) -> list[Any]:
    """All that a query finds, page by page."""
    found, cursor = [], ""
    while True:
        page = api.get(f"/v1/jobs?{query}&limit={limit}&cursor={cursor}").json
        found += page["jobs"]
        cursor = page["cursor"]
        if cursor is None:
            return found


def ids(api: Api, query: str) -> list[str]:
    return [one["id"] for one in listed(api, query)]


def test_a_text_is_found_in_id_title_type_target_customer_and_declared_metadata(api: Api, own_type: str) -> None:
    # Given jobs with a word of their own in different places
    word = uuid.uuid4().hex
    body = {"type": own_type}
    titled = api.post("/v1/jobs", {**body, "title": f"Report {word.upper()}"}).json["id"]
    declared = api.post("/v1/jobs", {**body, "metadata": {"order": f"no {word}"}}).json["id"]
    other = api.post("/v1/jobs", {**body, "metadata": {"colour": word}, "data": {"note": word}}).json["id"]
    customers = api.hold(api.show(), customer=f"{word} Lovelace")
    # Then the word is found where it counts, in any case
    assert {*ids(api, f"q={word}")} == {titled, declared, customers}
    assert ids(api, f"q={word}&type={own_type}&metadata.order=no {word}") == [declared]
    assert {*ids(api, f"q={own_type}")} == {titled, declared, other}
    assert ids(api, f"q={titled}") == [titled]
    assert ids(api, f"q={titled[3:20]}") == [titled]
    assert ids(api, f"q={titled}&state=delayed") == []


def test_jobs_are_found_by_target_batch_and_moment(api: Api, own_type: str) -> None:
    show = api.show()
    hold = api.hold(show)
    assert hold in ids(api, f"target=show:{show}")
    assert {one["type"] for one in listed(api, f"target=show:{show}")} == {"create_inventory", "reserve_seat"}
    batch = api.post("/v1/jobs", [{"type": own_type}] * 5).json
    assert ids(api, f"batch={batch['id']}") == batch["jobs"][::-1]
    assert ids(api, f"batch={batch['id']}&state=complete") == []
    first = api.get(f"/v1/jobs/{batch['id']}").json["created_ms"]
    late = api.post("/v1/jobs", {"type": own_type}).json["id"]
    moment = api.get(f"/v1/jobs/{late}").json["created_ms"]
    assert late in ids(api, f"type={own_type}&since={moment}")
    assert late not in ids(api, f"type={own_type}&until={moment}")
    assert ids(api, f"type={own_type}&until={first}") == []


def test_pages_of_a_batch_stay_as_they_are_while_its_jobs_go_on(api: Api) -> None:
    batch = api.post("/v1/jobs", [{"type": "doze", "data": {"n": n}} for n in range(40)]).json
    assert ids(api, f"batch={batch['id']}") == batch["jobs"][::-1]


def test_a_job_that_goes_on_while_somebody_pages_is_still_met(api: Api, own_type: str) -> None:
    # Given delayed jobs, due in the order in which they came
    made = [api.post("/v1/jobs", {"type": own_type, "delay_ms": 600_000 + n * 1_000}).json["id"] for n in range(5)]
    page = api.get(f"/v1/jobs?type={own_type}&limit=2").json
    assert [one["id"] for one in page["jobs"]] == made[:2:-1]
    # When one that was not listed yet is queued, and another is cancelled
    state = api.state
    state.zrem(f"{{jobs}}:index:{own_type}:delayed", made[1])
    state.zadd(f"{{jobs}}:index:{own_type}:queued", {made[1]: 3 * 2**50})
    state.hset(f"{{jobs}}:job:{made[1]}", "s", "queued")
    api.call("DELETE", f"/v1/jobs/{made[2]}")
    # Then both are still to come
    found = []
    while page["cursor"]:
        page = api.get(f"/v1/jobs?type={own_type}&limit=1&cursor={page['cursor']}").json
        found += page["jobs"]
    assert [(one["id"], one["state"]) for one in found] == [
        (made[0], "delayed"),
        (made[1], "queued"),
        (made[2], "cancelled"),
    ]


def test_metadata_of_a_job_are_shown_and_bounded(api: Api, own_type: str) -> None:
    job = api.post("/v1/jobs", {"type": own_type, "metadata": {"a": {"b": [1.0]}}}).json["id"]
    assert api.get(f"/v1/jobs/{job}").json["metadata"] == {"a": {"b": [1.0]}}
    many = api.post("/v1/jobs", [{"type": own_type, "metadata": {"n": n}} for n in range(3)]).json["jobs"]
    assert [api.get(f"/v1/jobs/{one}").json["metadata"] for one in many] == [{"n": 0}, {"n": 1}, {"n": 2}]
    problem = assert_problem(
        api.post("/v1/jobs", {"type": own_type, "metadata": {"a": "x" * 2_048}}), 422, "invalid_request"
    )
    assert problem["errors"][0]["field"] == "metadata"


def test_jobs_that_failed_alike_are_found_by_the_code_of_their_error(api: Api) -> None:
    error, permanent = (api.done("stumble", data=data)["id"] for data in ({}, {"permanent": True}))
    for code, found, other in (("error", error, permanent), ("permanent", permanent, error)):
        listed = ids(api, f"state=failed&type=stumble&code={code}")
        assert (found in listed, other in listed) == (True, False)
    assert ids(api, "state=complete&code=error") == []


@pytest.mark.parametrize(
    "query", ["q=", "code=", "target=hamlet", "batch=1", "until=soon", "metadata.colour=red", "cursor=e30="]
)
def test_a_search_that_does_not_fit_is_refused_with_its_field(api: Api, query: str) -> None:
    body = assert_problem(api.get(f"/v1/jobs?{query}"), 422, "invalid_request")
    assert body["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("state", list(State))
def test_every_state_can_be_combined_with_a_search(api: Api, own_type: str, state: State) -> None:
    assert ids(api, f"q={own_type}&state={state}") == []
