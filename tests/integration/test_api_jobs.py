"""Jobs and batches over HTTP: accepted, read, listed, changed, cancelled, replayed."""

import itertools
import time
import uuid
from collections import Counter
from collections.abc import Callable

import pytest

from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem

HOUR_MS = 3_600_000


def test_a_job_is_accepted_done_and_read(api: Api, eventually: Callable[..., None]) -> None:
    answer = api.post("/v1/jobs", {"type": "echo", "data": {"a": [1, None, "é"]}, "title": "An echo"})
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['id']}"
    eventually(lambda: api.get(answer.headers["Location"]).json["state"] == "complete")
    job = api.get(answer.headers["Location"]).json
    assert (job["type"], job["title"], job["data"]) == ("echo", "An echo", {"a": [1, None, "é"]})
    assert job["result"] == {"a": [1, None, "é"]}
    assert (job["attempts_made"], job["attempts_max"], job["in_doubt"]) == (1, 1, False)
    (attempt,) = job["attempts"]
    assert attempt == {name: job[name] for name in ("started_ms", "finished_ms", "worker")} | {"error": None}
    assert job["progress"] == 100
    assert job["created_ms"] <= job["started_ms"] <= job["finished_ms"]


def test_a_caller_who_waits_gets_the_job_as_it_ended(api: Api) -> None:
    assert api.done("echo", data={"a": 1})["result"] == {"a": 1}
    failed = api.done("stumble", data={"permanent": True})
    assert (failed["state"], failed["error"]["message"]) == ("failed", "no way")


@pytest.mark.parametrize("job_type", ["reserve_seat", "confirm", "create_inventory", "canary"])
def test_types_with_routes_of_their_own_are_refused(api: Api, job_type: str) -> None:
    assert_problem(api.post("/v1/jobs", {"type": job_type}), 422, "invalid_request")


def test_a_job_with_a_delay_waits_for_it(api: Api) -> None:
    answer = api.post("/v1/jobs", {"type": "echo", "delay_ms": HOUR_MS})
    assert answer.json["state"] == "delayed"
    job = api.get(answer.headers["Location"]).json
    assert (job["state"], job["due_ms"]) == ("delayed", job["created_ms"] + HOUR_MS)


def test_a_job_with_a_date_waits_for_it_and_one_with_a_past_date_does_not(api: Api) -> None:
    due_ms = int(time.time() * 1000) + HOUR_MS
    answer = api.post("/v1/jobs", {"type": "echo", "due_ms": due_ms})
    assert answer.json["state"] == "delayed"
    assert api.get(answer.headers["Location"]).json["due_ms"] == due_ms
    assert api.done("echo", due_ms=946_684_800_000)["state"] == "complete"


def test_a_job_that_is_due_is_done(api: Api) -> None:
    assert api.done("echo", delay_ms=1)["state"] == "complete"


def test_a_delayed_job_is_prioritised(api: Api) -> None:
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": HOUR_MS}).headers["Location"]
    assert api.call("PATCH", job, {"priority": "critical"}).json["priority"] == -15
    assert api.call("PATCH", job, {"priority": 7}).json["priority"] == 7
    body = assert_problem(api.call("PATCH", job, {"priority": "urgent"}), 422, "invalid_request")
    assert [error["field"] for error in body["errors"]] == ["priority"]


def test_a_delayed_job_is_cancelled_and_may_be_cancelled_twice(api: Api) -> None:
    job = api.post("/v1/jobs", {"type": "echo", "delay_ms": HOUR_MS}).headers["Location"]
    for _ in range(2):
        answer = api.call("DELETE", job)
        assert (answer.status_code, answer.json["state"]) == (200, "cancelled")
    assert_problem(api.call("PATCH", job, {"priority": 1}), 409, "illegal_transition")


def test_a_job_that_is_over_stays_as_it_is(api: Api) -> None:
    job = f"/v1/jobs/{api.done('echo')['id']}"
    assert_problem(api.call("DELETE", job), 409, "illegal_transition")
    assert_problem(api.call("PATCH", job, {"priority": 1}), 409, "illegal_transition")
    assert api.get(job).json["state"] == "complete"


def test_a_failed_job_is_replayed(api: Api, eventually: Callable[..., None]) -> None:
    # Given a job that failed for good
    failed = api.done("stumble", attempts=2, backoff={"kind": "fixed", "delay_ms": 0})
    assert (failed["state"], failed["attempts_made"], failed["attempts_max"]) == ("failed", 2, 2)
    errors = [attempt["error"] for attempt in failed["attempts"]]
    assert [(error["code"], error["message"]) for error in errors] == [tuple(failed["error"].values())] * 2
    assert all("Traceback (most recent call last)" in error["traceback"] for error in errors)
    place = f"/v1/jobs/{failed['id']}"

    # When it is replayed
    answer = api.post(f"{place}/replay")
    assert (answer.status_code, answer.headers["Location"]) == (202, place)

    # Then it gets all its attempts again
    eventually(lambda: (api.get(place).json["finished_ms"] or 0) > failed["finished_ms"])
    again = api.get(place).json
    assert (again["attempts_made"], again["attempts_max"], len(again["attempts"])) == (2, 2, 2)


def test_a_jobs_log_and_progress_are_read(api: Api) -> None:
    job = api.done("tell", data={"steps": 2})
    assert api.get(f"/v1/jobs/{job['id']}/log").json == {"lines": ["first", "second"]}
    assert job["progress_data"] == {"step": 1}


def pages(api: Api, query: str) -> list[list[str]]:
    """The ids of all pages."""
    found, cursor = [], ""
    while True:
        page = api.get(f"/v1/jobs?{query}&cursor={cursor}").json
        found.append([job["id"] for job in page["jobs"]])
        cursor = page["cursor"]
        if cursor is None:
            return found


def test_jobs_are_listed_by_state_and_type_page_by_page(api: Api, own_type: str) -> None:
    # Given seven jobs that wait, three of which came together and so in one millisecond, and a cancelled one
    ids = [api.post("/v1/jobs", {"type": own_type}).json["id"] for _ in range(4)]
    ids += api.post("/v1/jobs", [{"type": own_type}] * 4).json["jobs"]
    api.call("DELETE", f"/v1/jobs/{ids[0]}")

    # When they are listed three at a time
    found = pages(api, f"state=queued&type={own_type}&limit=3")

    # Then each is there once, and the newest came first
    assert [len(page) for page in found] == [3, 3, 1]
    assert sorted(itertools.chain(*found)) == sorted(ids[1:])
    assert found[2] == [ids[1]]
    assert pages(api, f"state=cancelled&type={own_type}") == [ids[:1]]


@pytest.mark.parametrize("moved", ["away", "on"])
def test_a_job_that_moves_between_two_pages_disturbs_no_other(api: Api, own_type: str, moved: str) -> None:
    # Given six jobs that came in one millisecond, and a page of two of them
    ids = api.post("/v1/jobs", [{"type": own_type}] * 6).json["jobs"]
    first = api.get(f"/v1/jobs?state=queued&type={own_type}&limit=2").json

    # When the last one seen is cancelled, or queued again and so has a later time
    last = first["jobs"][-1]["id"]
    if moved == "away":
        api.call("DELETE", f"/v1/jobs/{last}")
    else:
        api.state.zincrby(keys.index(own_type, "queued"), 1_000, last)

    # Then the next pages hold the rest, each once
    rest = api.get(f"/v1/jobs?state=queued&type={own_type}&limit=10&cursor={first['cursor']}").json
    seen = [job["id"] for job in first["jobs"] + rest["jobs"]]
    assert sorted(seen) == sorted(ids)


def test_jobs_of_all_types_are_listed(api: Api) -> None:
    types = [f"type-{uuid.uuid4()}" for _ in range(2)]
    ids = {api.post("/v1/jobs", {"type": name, "delay_ms": HOUR_MS}).json["id"] for name in types}
    assert ids <= set(itertools.chain(*pages(api, "state=delayed&limit=2")))


def test_a_cursor_stays_short_and_meets_each_job_that_stayed_once(api: Api) -> None:
    # Given 5 000 jobs of 50 types
    types = [f"type-{uuid.uuid4()}" for _ in range(50)]
    bodies = [{"type": types[n % 50], "delay_ms": HOUR_MS} for n in range(5_000)]
    stay = [job for start in (0, 2_500) for job in api.post("/v1/jobs", bodies[start : start + 2_500]).json["jobs"]]
    leave = [stay.pop() for _ in range(20)]

    # When they are listed page by page while some are cancelled and others come
    found, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/v1/jobs?state=delayed&limit=500&cursor={cursor}").json
        found += [job["id"] for job in page["jobs"]]
        cursor = page["cursor"]
        assert cursor is None or len(cursor) <= 200
        if leave:
            api.call("DELETE", f"/v1/jobs/{leave.pop()}")
        api.post("/v1/jobs", {"type": types[0], "delay_ms": 2 * HOUR_MS})

    # Then each job that stayed was met exactly once
    counts = Counter(found)
    assert {job: counts[job] for job in stay} == dict.fromkeys(stay, 1)


@pytest.mark.parametrize("cursor", ["x", "e30", "W10=", "W05hTiwgImEiXQ==", "é", "_w=="])
def test_a_cursor_from_elsewhere_is_refused(api: Api, cursor: str) -> None:
    body = assert_problem(api.get(f"/v1/jobs?cursor={cursor}"), 422, "invalid_request")
    assert body["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "limit=501", "type=%00"])
def test_a_list_of_an_impossible_state_or_type_is_refused(api: Api, query: str) -> None:
    assert_problem(api.get(f"/v1/jobs?{query}"), 422, "invalid_request")
