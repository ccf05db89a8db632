"""Lists of jobs over Kue's API, its search, its types and its counts."""

from collections.abc import Callable
from typing import Any

import pytest

from api.kue import lists, search
from tasks_app.access import Role
from tasks_app.jobs import NewJob
from tests.integration.access.access_kit import Gate
from tests.integration.api_system import Api, assert_problem
from tests.roots import Root


@pytest.fixture
def gate(usher: Root) -> Gate:
    """Without a worker: whatever is made waits."""
    return Gate(usher)


@pytest.fixture
def ask(gate: Gate) -> Callable[[str], Any]:
    """Jobs of two types, made by a client with a key of all types; a reader of their lists."""
    client = gate.caller("shop", Role.CLIENT)
    for kind in ("video:cut", "email"):
        told = client.post("/kue/job", [{"type": kind, "data": {"title": f"{kind} {n}"}} for n in (1, 2)])
        assert told.status_code == 200, told.text
    client.post("/kue/job", {"type": "email", "options": {"delay": 60_000}})
    viewer = gate.caller("eve", Role.VIEWER)
    return lambda path: viewer.get(f"/kue{path}").json


def numbers(jobs: Any) -> list[int]:
    return [job["id"] for job in jobs]


def test_lists_go_state_by_state_and_type_by_type_and_each_is_sorted_by_number(ask: Callable[[str], Any]) -> None:
    assert numbers(ask("/jobs/0..-1")) == [1, 2, 3, 4, 5]
    assert numbers(ask("/jobs/0..2")) == [1, 3, 4]  # of the list 3 4 (email), 1 2 (video:cut), 5 (delayed)
    assert numbers(ask("/jobs/0..2/desc")) == [4, 3, 1]
    assert numbers(ask("/jobs/inactive/1..2/asc")) == [1, 4]
    assert numbers(ask("/jobs/delayed/0..9")) == [5]
    assert numbers(ask("/jobs/video:cut/inactive/0..9/desc")) == [2, 1]
    assert numbers(ask("/jobs/email/inactive/-1..-1")) == [4]
    assert ask("/jobs/plum/inactive/0..9") == ask("/jobs/active/0..9") == ask("/jobs/3..2") == []


def test_types_counts_and_statistics_know_kues_names(ask: Callable[[str], Any]) -> None:
    assert ask("/job/types") == ["email", "video:cut"]
    assert ask("/jobs/video:cut/inactive/stats") == {"count": 2}
    assert ask("/jobs/email/delayed/stats") == {"count": 1}
    assert ask("/jobs/plum/failed/stats") == {"count": 0}
    told = ask("/stats")
    assert (told["inactiveCount"], told["delayedCount"], told["completeCount"]) == (4, 1, 0)


def test_a_window_that_is_too_wide_says_where_it_goes_on(gate: Gate, ask: Callable[[str], Any]) -> None:
    # Given more jobs than two answers have
    count = 2 * lists.MOST + 1
    gate.usher.intake.submit([NewJob("email", {}) for _ in range(count - 5)])
    viewer, path, found = gate.caller("eve", Role.VIEWER), "/kue/jobs/0..-1/asc", []

    # When a program follows the links, then it gets all jobs, each once
    while path:
        answer = viewer.get(path)
        found += numbers(answer.json)
        path = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert sorted(found) == [*range(1, count + 1)]
    assert viewer.get("/kue/jobs/video:cut/inactive/-2..-1").headers.get("Link") is None


@pytest.mark.usefixtures("ask")
def test_a_client_lists_and_finds_only_what_its_owner_made(gate: Gate) -> None:
    other = gate.caller("bob", Role.CLIENT)
    own = other.post("/kue/job", {"type": "email", "data": {"title": "email 1"}}).json["id"]
    assert numbers(other.get("/kue/jobs/0..-1").json) == [own]
    assert other.get("/kue/job/search?q=email").json == [str(own)]
    assert other.get("/kue/job/1").status_code == 404


@pytest.mark.usefixtures("ask")
def test_the_scopes_of_a_key_hold_for_kues_types_too(gate: Gate) -> None:
    narrow = gate.caller("shop", Role.CLIENT, scopes=("type:video..cut",))
    assert numbers(narrow.get("/kue/jobs/0..-1").json) == [1, 2]
    assert narrow.post("/kue/job", {"type": "video:cut"}).status_code == 200
    assert_problem(narrow.post("/kue/job", [{"type": "video:cut"}, {"type": "email"}]), 403, "out_of_scope")
    viewer = gate.caller("eve", Role.VIEWER, scopes=("type:video..cut",))
    assert_problem(viewer.get("/kue/jobs/email/inactive/stats"), 403, "out_of_scope")
    assert viewer.get("/kue/jobs/video:cut/inactive/stats").json == {"count": 3}
    assert_problem(viewer.get("/kue/stats"), 403, "out_of_scope")


@pytest.mark.usefixtures("ask")
def test_the_audit_log_has_changes_under_the_ids_of_the_jobs(gate: Gate) -> None:
    # Given an operator who makes two jobs, queues one at once, and removes one
    operator, ids = gate.caller("ops", Role.OPERATOR), [gate.usher.numbered.find(number) for number in (1, 5)]
    made = operator.post("/kue/job", [{"type": "email"}, {"type": "email"}]).json
    operator.get("/kue/inactive/5")
    operator.call("DELETE", "/kue/job/1")

    # Then each change is in the log, with the jobs that it was about
    new = [f"job:{gate.usher.numbered.find(one['id'])}" for one in made]
    changes = gate.caller("root", Role.ADMIN).get("/v1/audit").json["changes"]
    assert [(one["what"], one["on"]) for one in changes] == [
        ("delete_kue_job", [f"job:{ids[0]}"]),
        ("replay_kue_job", [f"job:{ids[1]}"]),
        ("create_kue_jobs", new),
    ]


def test_a_search_wants_all_words_whatever_their_case(ask: Callable[[str], Any]) -> None:
    assert ask("/job/search?q=VIDEO 2") == ["2"]
    assert ask("/job/search?q=video:cut") == ["2", "1"]
    assert ask("/job/search?q=vid") == ask("/job/search?q=video email") == ask("/job/search?q=%26") == []


def test_a_search_looks_at_a_bounded_number_of_jobs(gate: Gate, ask: Callable[[str], Any]) -> None:
    gate.usher.give(search.bounds, search.Bounds(jobs=3, jobs_at_once=1))
    found = ask("/job/search?q=cut") + ask("/job/search?q=email")
    assert len(found) == 2
    gate.usher.give(search.bounds, search.Bounds(jobs_at_once=1, characters=10))
    assert len(ask("/job/search?q=cut") + ask("/job/search?q=email")) == 1


@pytest.mark.parametrize("path", ["jobs/0..x", "jobs/napping/0..1", "jobs/0..1/up", "jobs/0..9007199254740993"])
def test_a_place_or_state_or_order_that_is_none_is_a_problem(api: Api, path: str) -> None:
    assert_problem(api.get(f"/kue/{path}"), 422, "invalid_request")


def test_work_time_grows_with_the_work(api: Api, eventually: Callable[..., None]) -> None:
    before = api.get("/kue/stats").json["workTime"]
    api.done("doze")
    eventually(lambda: api.get("/kue/stats").json["workTime"] >= before + 50)
