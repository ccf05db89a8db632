"""Whether the system works, and how much it has to do."""

import uuid
from collections.abc import Callable
from typing import Any

from api.health import health
from tasks_app.doctor.work import CHECKS
from tasks_app.jobs import messages
from tasks_app.jobs.slot_queries import SlotState
from tasks_app.state import worker_keys
from tests.integration.api_system import Api, ApiSystem, assert_problem
from tests.jobs import options
from worker.jobs.job_store import JobStore
from worker.jobs.slots import Doing


def test_the_process_is_alive_whatever_happens_elsewhere(api: Api, api_system: ApiSystem) -> None:
    with api_system.valkey.frozen():
        answer = api.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_system_whose_every_queue_is_consumed_is_ready(api: Api) -> None:
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert set(answer.json["queues"]) == {"reservations", "notifications", "jobs"}
    assert all(queue["status"] == "ok" for queue in answer.json["queues"].values())


def test_a_queue_that_was_not_consumed_for_long_is_not_ready(
    api: Api, change_setting: Callable[[str, object], None]
) -> None:
    change_setting("ready_seconds", -60)  # longer ago than any queue can have been consumed
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert answer.json["queues"]["jobs"]["status"] == "not consumed"
    assert (answer.json["state"], answer.json["broker"]) == ("ok", "ok")


def test_without_servers_it_is_not_ready(api: Api, api_system: ApiSystem) -> None:
    with api_system.valkey.frozen():
        answer = api.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json["state"], answer.json["broker"]) == ("unavailable", "unavailable")
    assert api.get("/readyz").status_code == 200


def test_the_numbers_say_how_much_there_is_of_each_type(api: Api) -> None:
    name = f"type-{uuid.uuid4()}"
    for body in ({"type": name}, {"type": name}, {"type": name, "delay_ms": 60_000}):
        assert api.post("/v1/jobs", body).status_code == 202
    for _ in range(3):
        assert api.post("/v1/jobs", {"type": f"{name}-b"}).status_code == 202
    stats = api.get("/v1/stats").json
    assert {state: count for state, count in stats["jobs"][name].items() if count} == {"queued": 2, "delayed": 1}
    assert set(stats["queues"]) == {"reservations", "notifications", "jobs"}
    of_ours = [count["queued"] for name, count in stats["jobs"].items() if messages.queue_of(name) == "jobs"]
    assert stats["queues"]["jobs"] == sum(of_ours) >= 5
    assert stats["dead_messages"] >= 0


def test_the_numbers_have_the_levels_of_what_is_on_sale(api: Api) -> None:
    name = f"show-{uuid.uuid4()}"
    made = {"id": name, "name": "Hamlet", "pools": [{"name": "a", "capacity": 3}, {"name": "b", "capacity": 4}]}
    assert api.post("/v1/shows", made, Prefer="wait=20").status_code == 201

    def told() -> list[Any]:
        return [one for one in api.get("/v1/stats").json["on_sale"] if one["target"] == f"show:{name}"]

    reserved = api.post(f"/v1/shows/{name}/reservations", {"lines": [{"pool": "a", "quantity": 2}]}, Prefer="wait=20")
    assert reserved.status_code == 201  # of many on sale, those are told of which units are held
    numbers = {"capacity": 7, "held": 2, "sold": 0, "available": 5}
    assert told() == [{"target": f"show:{name}", "name": "Hamlet", **numbers, "paused": False}]
    api.put(f"/v1/shows/{name}/status", {"status": "closed"}, Prefer="wait=20")
    assert told() == []


def test_findings_are_those_of_the_doctor(api: Api, eventually: Callable[..., None]) -> None:
    name = f"unheard-{uuid.uuid4()}"
    api.post("/v1/jobs", [{"type": name}] * 300)  # of many types, a finding names those with most jobs
    found: dict[str, Any] = {}

    def names_it() -> bool:  # a report stands for some seconds
        found.update(api.get("/v1/findings").json)
        return any(name in one["what"] for one in found["findings"])

    eventually(names_it, 20)
    assert found["status"] != "ok"
    assert len(found["looked_at"]) + len(found["unseen"]) == len(CHECKS)
    (fault,) = [one for one in found["findings"] if name in one["what"]]
    assert (fault["check"], fault["level"]) == ("work.types_without_worker", "warning")


def test_the_history_has_a_number_for_each_step(api: Api) -> None:
    hour = api.get("/v1/history").json
    assert (len(hour["recorded_ms"]), hour["step_ms"], hour["start_ms"] % 60_000) == (60, 60_000, 0)
    assert set(hour["queues"]) == {"reservations", "notifications", "jobs"}
    assert {len(course) for its in hour["queues"].values() for course in its.values()} == {60}
    day = api.get("/v1/history?span=day&queue=jobs").json
    assert (len(day["recorded_ms"]), set(day["queues"])) == (96, {"jobs"})
    assert api.get("/v1/history?type=resize_image").json["queues"] == {}
    for wrong in ("span=year", "queue=mine", "type=", "kind=jobs"):
        assert_problem(api.get(f"/v1/history?{wrong}"), 422, "invalid_request")


def test_the_front_page_has_links_to_everything_and_none_is_broken(api: Api) -> None:
    page = api.get("/")
    assert page.content_type.startswith("text/html")
    links = [part.split('"')[0] for part in page.text.split('href="')[1:]]
    own = [link for link in links if not link.startswith(("http", "#"))]
    assert {"/docs/", "/jobs", "/push", "/v1"} <= set(own)
    assert [link for link in own if api.status(link) != 200] == ["/flower/"]  # none runs here


def freshness(*slots: str) -> dict[str, Any]:
    """The state of a queue that was not consumed for long, with such slots: a type, "" = idle, or dead."""
    states = {"": "idle", "dead": "dead"}
    found = [SlotState("worker@x", "jobs", 7, states.get(one, "busy"), one or None, 1) for one in slots]  # type: ignore[arg-type]
    return health._freshness(None, found)


def test_a_queue_is_busy_while_each_live_slot_is_at_work() -> None:
    assert (freshness("resize", "resize")["status"], freshness("resize", "a")["busy_with"]) == (
        "busy",
        {"resize": 1, "a": 1},
    )
    assert (freshness("dead", "resize")["status"], freshness("dead", "resize")["busy_with"]) == ("busy", {"resize": 1})
    assert (freshness("resize", "")["status"], freshness("resize", "")["busy_with"]) == ("not consumed", {})
    assert (freshness()["status"], freshness("dead", "")["status"]) == ("not consumed", "not consumed")
    assert (freshness("dead")["status"], len(freshness("dead", "dead")["dead_slots"])) == ("dead", 2)


def test_slots_are_shown_until_their_worker_is_silent(api: Api) -> None:
    # Given a worker that announces a dead slot, a busy one and an idle one
    store, worker = JobStore(api.state, options()), f"worker@{uuid.uuid4()}"
    doing = [
        Doing(1, "", 1_700_000_000_000, True),
        Doing(2, "resize", 1_700_000_000_000, False),
        Doing(3, "", 1_700_000_000_001, False),
    ]
    store.announce(worker, {"jobs": 2}, [], 60, doing)

    def told() -> list[Any]:
        slots = [one for one in api.get("/v1/stats").json["slots"] if one["worker"] == worker]
        return [(one["queue"], one["pid"], one["state"], one["type"], one["since_ms"]) for one in slots]

    def dead() -> list[Any]:
        queues = api.get("/readyz").json["queues"]
        assert [queues[name]["dead_slots"] for name in ("reservations", "notifications")] == [[], []]
        found: list[Any] = queues["jobs"]["dead_slots"]
        return found

    # Then all are shown, and readyz names the dead one while others serve its queue
    assert told() == [
        ("jobs", 1, "dead", None, 1_700_000_000_000),
        ("jobs", 2, "busy", "resize", 1_700_000_000_000),
        ("jobs", 3, "idle", None, 1_700_000_000_001),
    ]
    assert dead() == [{"worker": worker, "pid": 1}]
    assert api.get("/readyz").status_code == 200

    # When the worker is silent, or what its slots do is not known, they are not shown
    api.state.delete(worker_keys.doing(worker))
    assert (told(), dead()) == ([], [])
    store.announce(worker, {"jobs": 2}, [], 0, doing)
    assert (told(), dead()) == ([], [])
