"""Job types over HTTP: rules are put, read and kept; a type is paused and goes on."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tasks_app.jobs.type_rules import RULES_LIMIT
from tasks_app.state import keys
from tests.integration.api_system import Api, assert_problem

USUAL = {"at_once": None, "rate": None}


@pytest.fixture
def path(api: Api, own_type: str) -> Iterator[str]:
    yield f"/v1/types/{own_type}"
    api.state.hdel(keys.rules(), own_type)
    api.state.hdel(keys.pauses(), f"type:{own_type}")


def test_a_type_that_nobody_has_used_has_the_usual_rules(api: Api, path: str, own_type: str) -> None:
    found = api.get(path).json
    assert found.pop("links")["self"] == path
    assert found == {
        "type": own_type,
        "weight": 1,
        **USUAL,
        "per_key": USUAL,
        "paused": False,
        "pause": None,
        "paused_keys": {},
    }


def test_rules_are_put_whole_read_again_and_listed(api: Api, path: str, own_type: str) -> None:
    rules = {"weight": 3, "at_once": 4, "rate": {"jobs": 100, "seconds": 1.5}, "per_key": {"at_once": 1, "rate": None}}
    answer = api.put(path, rules)
    assert answer.status_code == 200
    assert answer.json.items() >= rules.items()
    assert api.get(path).json == answer.json
    assert answer.json in api.get("/v1/types").json["types"]

    # A rule that is left out becomes the usual one again
    assert api.put(path, {"weight": 2}).json["per_key"] == USUAL
    assert api.put(path, {}).json["weight"] == 1
    assert own_type not in api.state.hgetall(keys.rules())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"weight": 0}, "weight"),
        ({"weight": 101}, "weight"),
        ({"weight": 1.5}, "weight"),
        ({"at_once": 0}, "at_once"),
        ({"at_once": True}, "at_once"),
        ({"at_once": "3"}, "at_once"),
        ({"rate": 5}, "rate"),
        ({"rate": {}}, "rate.jobs"),
        ({"rate": {"jobs": 0}}, "rate.jobs"),
        ({"rate": {"jobs": 10_001}}, "rate.jobs"),
        ({"rate": {"jobs": 1, "seconds": 0}}, "rate.seconds"),
        ({"rate": {"jobs": 1, "seconds": 3_601}}, "rate.seconds"),
        ({"per_key": {"weight": 2}}, "per_key.weight"),
        ({"per_key": {"at_once": -1}}, "per_key.at_once"),
        ({"limit": 3}, "limit"),
    ],
)
def test_impossible_rules_are_refused_and_nothing_changes(
    api: Api, path: str, body: dict[str, object], field: str
) -> None:
    before = api.put(path, {"weight": 7}).json
    refused = assert_problem(api.put(path, body), 422, "invalid_request")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert api.get(path).json == before


def test_an_impossible_name_of_a_type_is_refused(api: Api) -> None:
    assert_problem(api.put(f"/v1/types/{'a' * 65}", {}), 422, "invalid_request")
    assert_problem(api.put("/v1/types/a:b", {}), 422, "invalid_request")


def test_too_many_types_with_rules_are_refused(api: Api, path: str) -> None:
    others = {f"other-{n}": '{"weight":2}' for n in range(RULES_LIMIT)}
    api.state.hset(keys.rules(), mapping=others)
    try:
        assert_problem(api.put(path, {"weight": 2}), 409, "too_many_rules")
    finally:
        api.state.hdel(keys.rules(), *others)


def test_a_paused_type_waits_says_so_and_goes_on(
    api: Api, path: str, own_type: str, eventually: Callable[..., None]
) -> None:
    found = api.post(f"{path}/pause", {"reason": "the printer is broken", "until": "2126-12-01T09:00Z"}).json
    assert found["paused"] is True
    pause = {"by": None, "reason": "the printer is broken", "until_ms": 4_951_789_200_000}
    assert found["pause"].items() >= pause.items()
    job = api.post("/v1/jobs", {"type": own_type, "key": "ada"}).headers["Location"]
    found = api.get(job).json
    assert (found["key"], found["waiting_for"]["what"]) == ("ada", "pause")
    assert found["waiting_for"].items() >= {"group": f"type:{own_type}", **pause}.items()
    assert api.get("/v1/stats").json["paused"][f"type:{own_type}"].items() >= pause.items()
    resumed = api.post(f"{path}/resume").json
    assert (resumed["paused"], resumed["pause"]) == (False, None)
    eventually(lambda: api.get(job).json["waiting_for"]["what"] == "worker")


def test_a_pause_over_http_ends_by_itself(api: Api, path: str, own_type: str, eventually: Callable[..., None]) -> None:
    assert api.post(f"{path}/pause", {"for_seconds": 1}).json["paused"] is True
    eventually(lambda: api.get(path).json["paused"] is False)  # the worker's clock ends it


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "r" * 201}, "reason"),
        ({"until": "tomorrow"}, "until"),
        ({"for_seconds": 0}, "for_seconds"),
        ({"for_seconds": 5, "until": "2126-12-01T09:00Z"}, ""),
        ({"why": "a"}, "why"),
    ],
)
def test_an_impossible_pause_is_refused(api: Api, path: str, body: dict[str, object], field: str) -> None:
    refused = assert_problem(api.post(f"{path}/pause", body), 422, "invalid_request")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert api.get(path).json["paused"] is False


def test_jobs_of_a_limited_key_are_done_one_after_the_other(api: Api, eventually: Callable[..., None]) -> None:
    # Given a limit of one at a time for each key, and slots for four
    api.put("/v1/types/doze", {"per_key": {"at_once": 1}})
    try:
        batch = api.post("/v1/jobs", [{"type": "doze", "key": "ada"}] * 4).headers["Location"]
        eventually(lambda: api.get(batch).json["finished"], 30)
    finally:
        api.put("/v1/types/doze", {})

    # Then none began before the job before it had ended
    done = api.get(f"{batch}/jobs").json["jobs"]
    assert [job["state"] for job in done] == ["complete"] * 4
    for one, next_one in itertools.pairwise(done):
        assert one["finished_ms"] <= next_one["started_ms"]


@pytest.mark.parametrize("key", ["", "k" * 201, 5, ["a"]])
def test_an_impossible_key_is_refused(api: Api, own_type: str, key: object) -> None:
    assert_problem(api.post("/v1/jobs", {"type": own_type, "key": key}), 422, "invalid_request")
