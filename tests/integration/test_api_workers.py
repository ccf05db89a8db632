"""The list of workers and what operators wish of them, over HTTP and in the terminal."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tasks_app import VERSION
from tasks_app.state import worker_keys
from tasks_app.usher import Usher
from tests.integration.api_system import Api, assert_problem
from tests.integration.listed_workers import name_worker
from usher import __version__
from usher.commands import run
from worker.jobs.job_store import Wishes
from worker.jobs.slots import Doing


def fresh() -> str:
    return f"worker-{uuid.uuid4().hex}@here"


def listed(api: Api, name: str) -> list[Any]:
    return [one for one in api.get("/v1/workers").json["workers"] if one["name"] == name]


def test_a_worker_is_listed_with_what_each_slot_does(api: Api) -> None:
    name = fresh()
    doing = [Doing(7, "resize", 5, False, "job-1", 3), Doing(8, "", 6, False), Doing(9, "resize", 4, True)]
    name_worker(api.state, name, {"jobs": 2}, doing)
    (worker,) = listed(api, name)
    assert (worker["state"], worker["host"], worker["pid"], worker["queues"]) == ("working", "here", 4711, ["jobs"])
    slots = [(one["pid"], one["state"], one["type"], one["job"], one["jobs"]) for one in worker["slots"]]
    assert slots == [
        (7, "busy", "resize", "job-1", 3),
        (8, "idle", None, None, 0),
        (9, "dead", "resize", None, 0),
    ]
    assert api.get(f"/v1/workers/{name}").json == {**worker, "seen_ms": worker["seen_ms"]}
    api.state.delete(worker_keys.doing(name))


def test_wishes_reach_the_worker_and_can_be_taken_back_except_a_stop(api: Api) -> None:
    # Given a worker
    name, boot = fresh(), "first"
    assert name_worker(api.state, name, boot=boot) == Wishes()

    # When it is quieted twice, then since when stays, and the reason is the last
    first = api.post(f"/v1/workers/{name}/quiet", {"reason": "one"}).json
    second = api.post(f"/v1/workers/{name}/quiet").json
    assert (first["state"], first["quiet"]["reason"], second["quiet"]["reason"]) == ("quiet", "one", None)
    assert first["quiet"]["since_ms"] == second["quiet"]["since_ms"]
    assert name_worker(api.state, name, boot=boot) == Wishes(quiet=True)

    # And it is resumed; a stop cannot be taken back
    assert api.post(f"/v1/workers/{name}/resume").json["quiet"] is None
    assert name_worker(api.state, name, boot=boot) == Wishes()
    stopped = api.post(f"/v1/workers/{name}/stop", {"reason": "old"}).json
    assert (stopped["state"], stopped["stop"]["reason"]) == ("stopping", "old")
    assert_problem(api.post(f"/v1/workers/{name}/resume"), 409, "worker_stopping")
    assert name_worker(api.state, name, boot=boot) == Wishes(quiet=True, stop=True)


def test_the_next_process_of_the_same_name_begins_without_wishes(api: Api) -> None:
    name = fresh()
    name_worker(api.state, name)
    api.post(f"/v1/workers/{name}/stop")
    assert name_worker(api.state, name) == Wishes()
    assert api.get(f"/v1/workers/{name}").json["state"] == "working"


@pytest.mark.parametrize("wish", ["quiet", "resume", "stop"])
def test_a_worker_that_is_not_there_cannot_be_steered(api: Api, wish: str) -> None:
    assert_problem(api.post(f"/v1/workers/{fresh()}/{wish}"), 404, "worker_not_found")
    assert_problem(api.get(f"/v1/workers/{fresh()}"), 404, "worker_not_found")


def test_a_worker_without_a_sign_of_life_is_silent(api: Api) -> None:
    name = fresh()
    name_worker(api.state, name)
    api.state.zincrby(worker_keys.workers(), -4_000, name)
    assert [one["state"] for one in listed(api, name)] == ["silent"]
    assert name in {one["name"] for one in api.get("/v1/stats").json["workers"]}


def test_operators_steer_workers_in_the_terminal(
    api: Api, become: Callable[[Usher], Usher], capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a worker, and the commands on its Usher
    become(api.client.application.extensions["usher"])
    name = fresh()
    name_worker(api.state, name)

    # When it is quieted, then the list says so, and why
    assert run(["workers", "quiet", name, "--reason", "release 13"]) == 0
    assert run(["workers"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{name} ")]
    assert "quiet" in line
    assert "release 13" in line
    assert run(["workers", "--json"]) == 0
    assert name in [one["name"] for one in json.loads(capsys.readouterr().out)]

    # And it is resumed and stopped; a name that is not there is one sentence
    assert run(["workers", "resume", name]) == 0
    assert run(["workers", "stop", name]) == 0
    assert api.get(f"/v1/workers/{name}").json["state"] == "stopping"
    assert run(["workers", "quiet", "nobody@nowhere"]) == 1
    assert "There is no such worker" in capsys.readouterr().err


def test_both_places_name_the_same_release() -> None:
    assert __version__ == VERSION
