"""Batches over HTTP: counted, listed, searched, paused, cancelled, replayed."""

from collections.abc import Callable

import pytest

from tasks_app.jobs.batch_queries import LOOKED_AT
from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem
from tests.integration.notification_requests import PATH, later, send_lines
from tests.jobs import events_of


def test_a_batch_is_accepted_counted_and_listed_in_order(api: Api, eventually: Callable[..., None]) -> None:
    # When jobs come together
    body = [{"type": "echo", "data": {"n": n}} for n in range(3)] + [{"type": "stumble"}]
    answer = api.post("/v1/jobs", body)

    # Then they are one batch
    assert answer.status_code == 202
    batch = answer.headers["Location"]
    assert (batch, answer.json["links"]["self"]) == (f"/v1/batches/{answer.json['id']}",) * 2
    eventually(lambda: api.get(batch).json["finished"])
    found = api.get(batch).json
    assert (found["total"], found["paused"]) == (4, False)
    assert {state: count for state, count in found["counts"].items() if count} == {"complete": 3, "failed": 1}

    # And its jobs are listed in the order of the request
    listed = api.get(f"{batch}/jobs?start=1&limit=2").json["jobs"]
    assert [job["id"] for job in listed] == answer.json["jobs"][1:3]
    assert [job["data"]["n"] for job in listed] == [1, 2]
    assert {job["batch"] for job in listed} == {answer.json["id"]}


def test_counters_that_came_back_after_a_batch_was_forgotten_are_no_batch(api: Api) -> None:
    api.state.hset(keys.batch("b" * 26), "complete", 1)
    for path in ("", "/jobs"):
        assert_problem(api.get(f"/v1/batches/{'b' * 26}{path}"), 404, "batch_not_found")


def test_a_batch_beyond_the_limit_is_refused_whole(
    api: Api, own_type: str, change_setting: Callable[[str, object], None]
) -> None:
    change_setting("batch_limit", 2)
    assert_problem(api.post("/v1/jobs", [{"type": own_type}] * 3), 413, "batch_too_large")
    assert_problem(api.post("/v1/jobs", []), 422, "invalid_request")
    assert api.get(f"/v1/jobs?type={own_type}").json["jobs"] == []


def test_one_wrong_job_of_many_is_named_and_none_is_taken(api: Api, own_type: str) -> None:
    body = assert_problem(api.post("/v1/jobs", [{"type": own_type}, {"type": 5}]), 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["1.type"]
    assert api.get(f"/v1/jobs?type={own_type}").json["jobs"] == []


def test_a_paused_batch_waits_until_it_is_resumed(api: Api, eventually: Callable[..., None]) -> None:
    # Given a batch that is due in a moment, and paused before
    batch = api.post("/v1/jobs", [{"type": "echo", "delay_ms": 300}] * 2).headers["Location"]
    assert api.post(f"{batch}/pause").json["paused"] is True

    # When it is due, then it waits, where a job that came later does not
    eventually(lambda: api.get(batch).json["counts"]["queued"] == 2)
    assert api.done("echo")["state"] == "complete"
    assert api.get(batch).json["counts"]["complete"] == 0

    # Until it is resumed
    assert api.post(f"{batch}/resume").json["paused"] is False
    eventually(lambda: api.get(batch).json["finished"])


def test_a_batch_is_cancelled_as_far_as_it_has_not_started(api: Api, eventually: Callable[..., None]) -> None:
    # Given a batch of which one notification is sent
    answer = send_lines(api, [{"to": "ada", "message": "Hi"}, *(later(n) for n in range(1_100))])
    batch = answer.headers["Location"]
    eventually(lambda: api.get(batch).json["counts"]["complete"] == 1)

    # When it is cancelled, twice
    first, again = (api.post(f"{batch}/cancel") for _ in range(2))

    # Then the others are cancelled, once
    assert (first.status_code, first.json["cancelled"], again.json["cancelled"]) == (200, 1_100, 0)
    assert first.json["counts"]["cancelled"] == 1_100
    assert first.json["finished"]
    job = api.get(f"{batch}/jobs?start=1").json["jobs"][0]
    assert api.get(f"{PATH}/{job['id']}").json["state"] == "cancelled"
    assert_problem(api.post(f"/v1/batches/{'a' * 26}/cancel"), 404, "batch_not_found")


def test_only_failures_that_another_attempt_may_mend_are_replayed(api: Api, eventually: Callable[..., None]) -> None:
    # Given a batch with one suppressed, one expired, one of no known subscription, one sent
    body = [
        {"phoneNumber": "4153518780", "message": "Hi"},
        {"to": "ada", "message": "Hi", "ttl_seconds": 0.001},
        {"to": "ada", "message": "Hi", "channel": "webpush"},
        {"to": "ada", "message": "Hi"},
    ]
    answer = api.post(PATH, body)
    batch = answer.headers["Location"]
    eventually(lambda: api.get(batch).json["finished"])
    before = [api.get(f"{PATH}/{one}").json for one in answer.json["jobs"]]
    assert [one["code"] for one in before[:2]] == ["suppressed", "expired"]
    assert [one["state"] for one in before] == ["failed", "failed", "failed", "sent"]

    # When its failures are replayed
    replayed = api.post(f"{batch}/replay-failed")

    # Then that one is tried again
    assert (replayed.status_code, replayed.json["replayed"]) == (200, 1)
    events = [one for one in events_of(api.state) if one.batch == answer.json["id"]]
    assert [one.job for one in events if one.event == "replayed"] == [answer.json["jobs"][2]]
    eventually(lambda: api.get(batch).json["finished"])
    assert_problem(api.post(f"/v1/batches/{'a' * 26}/replay-failed"), 404, "batch_not_found")


def test_the_outcomes_of_a_batch_are_counted(api: Api, eventually: Callable[..., None]) -> None:
    # Given jobs that end well in several ways, some without an outcome of their own, and one that fails
    words = ["sent", "sent", "in_doubt", "No word", 7, None]
    body = [{"type": "echo", "data": {"outcome": word}} for word in words]
    batch = api.post("/v1/jobs", [*body, {"type": "stumble"}]).headers["Location"]
    eventually(lambda: api.get(batch).json["finished"])

    found = api.get(batch).json
    assert found["outcomes"] == {"in_doubt": 1, "sent": 2}
    assert (found["counts"]["complete"], found["counts"]["failed"]) == (6, 1)


def test_a_batch_is_searched_by_state_and_outcome(api: Api, eventually: Callable[..., None]) -> None:
    # Given a batch larger than what a search reads in one go
    body = [{"type": "echo", "data": {"outcome": "sent"}} for _ in range(594)]
    for place in (3, 350, 590):
        body[place] = {"type": "stumble", "data": {}}
    body[593] = {"type": "echo", "data": {"outcome": "in_doubt"}}
    answer = api.post("/v1/jobs", body)
    batch, ids = answer.headers["Location"], answer.json["jobs"]
    eventually(lambda: api.get(batch).json["finished"], 60)

    def search(query: str) -> tuple[list[int], int | None]:
        found = api.get(f"{batch}/jobs?{query}").json
        return [ids.index(job["id"]) for job in found["jobs"]], found["next"]

    # Then a page finds the few among the many
    assert search("state=failed") == ([3, 350, 590], None)
    assert search("outcome=in_doubt") == ([593], None)
    assert search("state=failed&outcome=in_doubt") == ([], None)
    # And part after part
    assert search("state=failed&limit=2") == ([3, 350], 590)
    assert search("state=failed&limit=2&start=590") == ([590], None)
    assert search("state=failed&start=4&limit=1") == ([350], 590)


def test_a_search_for_a_job_far_away_goes_on_where_it_ended(api: Api, own_type: str) -> None:
    body = [{"type": own_type, "delay_ms": 3_600_000}] * (LOOKED_AT + 5)
    answer = api.post("/v1/jobs", body)
    batch = answer.headers["Location"]
    api.call("DELETE", f"/v1/jobs/{answer.json['jobs'][-1]}")

    first = api.get(f"{batch}/jobs?state=cancelled").json
    assert first == {"jobs": [], "next": LOOKED_AT}
    rest = api.get(f"{batch}/jobs?state=cancelled&start={LOOKED_AT}").json
    assert ([job["id"] for job in rest["jobs"]], rest["next"]) == (answer.json["jobs"][-1:], None)


def test_the_pages_of_a_batch_end_with_its_last_job(api: Api, own_type: str) -> None:
    batch = api.post("/v1/jobs", [{"type": own_type, "delay_ms": 3_600_000}] * 4).headers["Location"]
    pages = [api.get(f"{batch}/jobs?limit=2&start={start}").json for start in (0, 2, 4)]
    assert [(len(page["jobs"]), page["next"]) for page in pages] == [(2, 2), (2, None), (0, None)]


@pytest.mark.parametrize("query", ["state=lost", "outcome=No%20word", "limit=501", "start=-1"])
def test_a_search_for_an_impossible_outcome_is_refused(api: Api, own_type: str, query: str) -> None:
    batch = api.post("/v1/jobs", [{"type": own_type, "delay_ms": 3_600_000}]).headers["Location"]
    assert_problem(api.get(f"{batch}/jobs?{query}"), 422, "invalid_request")
