"""One job over Kue's API: what its JSON has, and what may be done to it."""

from collections.abc import Callable
from typing import Any

import pytest

from tasks_app.jobs import Backoff
from tasks_app.state import keys
from tasks_app.usher import Usher
from tests.integration.api_system import Api, ApiSystem, assert_problem


def make(api: Api, kind: str, data: Any = None, **options: Any) -> int:
    answer = api.post("/kue/job", {"type": kind, "data": data or {}, "options": options})
    assert answer.status_code == 200, answer.text
    return int(answer.json["id"])


@pytest.fixture
def ended(api: Api, eventually: Callable[..., None]) -> Callable[[int], Any]:
    """A job, once it is in a state from which it does not go on by itself."""

    def wait(number: int) -> Any:
        eventually(lambda: api.get(f"/kue/job/{number}").json["state"] in ("complete", "failed"))
        return api.get(f"/kue/job/{number}").json

    return wait


@pytest.fixture
def usher(api_system: ApiSystem) -> Usher:
    return api_system.usher


def stored(usher: Usher, number: int) -> Any:
    return usher.jobs.read(usher.numbered.find(number))


def test_a_complete_job_has_its_result_and_times_as_texts(api: Api, ended: Callable[[int], Any]) -> None:
    job = ended(make(api, "echo", {"title": "Hello", "n": 1}, priority="high", attempts=3))
    assert (job["state"], job["progress"], job["priority"]) == ("complete", "100", -10)
    assert job["data"] == job["result"] == {"title": "Hello", "n": 1}
    assert job["attempts"] == {"made": 1, "remaining": 2, "max": 3}
    moments = [int(job[name]) for name in ("created_at", "started_at", "updated_at")]
    assert moments == sorted(moments)
    assert int(job["duration"]) >= 0
    assert {"error", "failed_at", "delay", "ttl"}.isdisjoint(job)


def test_a_failed_job_says_where_it_failed_and_can_be_queued_again(api: Api, ended: Callable[[int], Any]) -> None:
    number = make(api, "stumble")
    job = ended(number)
    assert job["state"] == "failed"
    assert "ValueError: not this time" in job["error"]
    assert job["error"].startswith("Traceback")
    assert job["attempts"] == {"made": 1, "remaining": 0, "max": 1}
    assert int(job["failed_at"]) >= int(job["created_at"])
    assert "duration" not in job
    for method, path in (("PUT", f"job/{number}/state/inactive"), ("GET", f"inactive/{number}")):
        assert ended(number)["state"] == "failed"
        answer = api.call(method, f"/kue/{path}")
        assert answer.status_code == 200, answer.text
    assert answer.json == {"message": f"job {number} inactive"}
    ended(number)


def test_the_lines_that_a_handler_logged_are_a_plain_array(api: Api, ended: Callable[[int], Any]) -> None:
    number = make(api, "tell", {"steps": 2})
    assert ended(number)["progress_data"] == {"step": 1}
    assert api.get(f"/kue/job/{number}/log").json == ["first", "second"]


def test_a_delayed_job_can_be_queued_at_once(api: Api, ended: Callable[[int], Any]) -> None:
    number = make(api, "echo", delay=600_000)
    job = api.get(f"/kue/job/{number}").json
    assert (job["state"], job["delay"]) == ("delayed", "600000")
    assert int(job["promote_at"]) - int(job["created_at"]) == 600_000
    assert api.put(f"/kue/job/{number}/state/inactive").json == {"message": "updated state"}
    assert ended(number)["state"] == "complete"


@pytest.mark.parametrize(("given", "number"), [("high", -10), ("7", 7), ("-15", -15)])
def test_a_waiting_job_gets_another_priority_by_name_and_by_number(
    api: Api, own_type: str, given: str, number: int
) -> None:
    job = make(api, own_type)
    assert api.put(f"/kue/job/{job}/priority/{given}").json == {"message": "updated priority"}
    assert api.get(f"/kue/job/{job}").json["priority"] == number


@pytest.mark.parametrize("given", ["urgent", "7.5", "7abc", "--7", "99999999", "٣"])
def test_what_is_no_priority_is_refused(api: Api, own_type: str, given: str) -> None:
    job = make(api, own_type)
    answer = api.put(f"/kue/job/{job}/priority/{given}")
    assert (answer.status_code, answer.json) == (400, {"error": "invalid priority"})


def test_a_move_that_only_workers_make_is_refused_and_a_word_that_is_no_state_too(
    api: Api, own_type: str, ended: Callable[[int], Any]
) -> None:
    waiting, done = make(api, own_type), make(api, "echo")
    ended(done)
    for number, state in ((waiting, "complete"), (waiting, "delayed"), (done, "inactive"), (done, "failed")):
        answer = api.put(f"/kue/job/{number}/state/{state}")
        assert (answer.status_code, set(answer.json)) == (409, {"error"}), answer.text
    assert api.put(f"/kue/job/{done}/state/complete").json == {"message": "updated state"}
    assert api.put(f"/kue/job/{done}/priority/high").status_code == 409
    answer = api.put(f"/kue/job/{waiting}/state/napping")
    assert answer.status_code == 400
    assert answer.json == {"error": "`state` must be one of inactive, active, failed, delayed, complete"}


def test_a_finished_job_that_was_removed_is_gone_everywhere(
    api: Api, usher: Usher, ended: Callable[[int], Any]
) -> None:
    number = make(api, "echo")
    ended(number)
    job_id = usher.numbered.find(number)
    assert api.call("DELETE", f"/kue/job/{number}").json == {"message": f"job {number} removed"}
    for path in (f"job/{number}", f"job/{number}/log"):
        assert api.get(f"/kue/{path}").status_code == 404
    assert api.get(f"/v1/jobs/{job_id}").status_code == 404


def test_a_job_cancelled_elsewhere_was_removed_for_kue(api: Api, usher: Usher, own_type: str) -> None:
    number = make(api, own_type)
    usher.controls.cancel(usher.numbered.find(number))
    assert api.get(f"/kue/job/{number}").status_code == 404
    assert api.get(f"/kue/jobs/{own_type}/inactive/0..9").json == []


@pytest.mark.parametrize("number", ["0", "999999999", "-1", "x", "1" * 400, "%D9%A3", "1.5"])
def test_a_number_that_no_job_has_is_not_found(api: Api, number: str) -> None:
    for method, path in (("GET", ""), ("GET", "/log"), ("DELETE", ""), ("PUT", "/state/inactive")):
        answer = api.call(method, f"/kue/job/{number}{path}")
        assert (answer.status_code, set(answer.json)) == (404, {"error"}), answer.text
        assert answer.json["error"].endswith("doesnt exist")


def test_options_mean_what_they_mean_to_kue(api: Api, usher: Usher, own_type: str) -> None:
    given = {"attempts": "5", "priority": "critical", "delay": "1000", "ttl": 2000, "searchKeys": ["a"]}
    backoff = {"type": "exponential", "delay": 500, "maxDelay": 9000}
    job = stored(usher, make(api, own_type, {"title": "Hello"}, **given, backoff=backoff, removeOnComplete=True))
    assert (job.attempts_max, job.priority, job.due_ms - job.created_ms) == (5, -15, 1000)
    assert (job.ttl_ms, job.title) == (2000, "Hello")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (True, Backoff("fixed", 1000, 31_536_000_000, 0)),
        ({"type": "fixed"}, Backoff("fixed", 1000, 31_536_000_000, 0)),
        ({"type": "exponential", "delay": 50, "maxDelay": 70}, Backoff("exponential", 50, 70, 0)),
        (None, None),
        (False, None),
    ],
)
def test_a_backoff_is_data(api: Api, usher: Usher, own_type: str, given: Any, expected: Backoff | None) -> None:
    number = make(api, own_type, delay=1000, backoff=given)
    kept = usher.connections.state.hget(keys.job(usher.numbered.find(number)), "backoff")
    assert kept == (expected.to_json() if expected else None)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"data": {}}, "Must provide job type"),
        ({"type": ""}, "Must provide job type"),
        ({"type": "a..b"}, "two full stops"),
        ({"type": "a/b"}, '`type` is "a/b", but'),
        ({"type": ":a"}, '`type` is ":a", but'),
        ({"type": "reserve_seat"}, "names a type of Usher's own"),
        ({"type": "a", "data": [1]}, "`data` is"),
        ({"type": "a", "options": {"attempts": -1}}, "at least 1"),
        ({"type": "a", "options": {"attempts": "many"}}, "a whole number"),
        ({"type": "a", "options": {"priority": "urgent"}}, "`priority` is"),
        ({"type": "a", "options": {"priority": [1]}}, "`options.priority` is an array"),
        ({"type": "a", "options": {"delay": -5}}, "at least 0"),
        (
            {"type": "a", "options": {"backoff": "function(){}"}},
            '`options.backoff` is "function(){}", but must be an object.',
        ),
        (7, "an object"),
    ],
)
def test_what_is_no_job_is_refused_in_a_sentence(api: Api, body: Any, told: str) -> None:
    answer = api.post("/kue/job", body)
    assert (answer.status_code, set(answer.json)) == (400, {"error"}), answer.text
    assert told in answer.json["error"]
    assert api.post("/kue/job", [body]).json == [answer.json]


@pytest.mark.parametrize("body", [{}, [], None])
def test_an_empty_body_makes_nothing(api: Api, body: Any) -> None:
    assert api.post("/kue/job", body).status_code == 204
    assert api.client.post("/kue/job").status_code == 204


def test_a_body_that_cannot_be_read_is_a_problem(api: Api) -> None:
    assert_problem(api.client.post("/kue/job", data="{", content_type="application/json"), 400, "malformed_json")
    assert_problem(api.client.post("/kue/job", data="type=a"), 415, "unsupported_media_type")


def test_more_jobs_than_a_request_may_have_are_refused(api: Api, change_setting: Callable[..., None]) -> None:
    change_setting("batch_limit", 2)
    assert_problem(api.post("/kue/job", [{"type": "echo"}] * 3), 413, "batch_too_large")


def test_a_page_of_another_origin_queues_nothing_again(api: Api) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert_problem(api.get("/kue/inactive/1", **headers), 403, "cross_origin")
    assert api.call("HEAD", "/kue/inactive/1").status_code == 405
