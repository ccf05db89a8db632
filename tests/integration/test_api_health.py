"""Whether the system works, and how much there is of what."""

import uuid
from collections.abc import Callable

from tasks_app import keys, messages
from tests.integration.api_system import Api, ApiSystem
from worker.job_store import JobStore, Settlement


def test_the_process_is_alive_whatever_happens_elsewhere(api: Api, api_system: ApiSystem) -> None:
    with api_system.valkey.frozen():
        answer = api.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_where_every_queue_is_consumed_it_is_ready(api: Api) -> None:
    answer = api.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert set(answer.json["queues"]) == {"reservations", "notifications", "jobs"}
    assert all(queue["status"] == "ok" for queue in answer.json["queues"].values())


def test_a_queue_that_nobody_consumed_for_long_is_not_ready(
    api: Api, change_setting: Callable[[str, object], None]
) -> None:
    change_setting("ready_seconds", -60)  # later than any queue can have been consumed
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


def test_the_numbers_tell_what_there_is_of_each_type(api: Api) -> None:
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


def test_the_front_page_has_links_to_everything_and_none_is_broken(api: Api) -> None:
    page = api.get("/")
    assert page.content_type.startswith("text/html")
    links = [part.split('"')[0] for part in page.text.split('href="')[1:]]
    own = [link for link in links if not link.startswith("http")]
    assert {"/docs/", "/readyz", "/v1/stats", "/v1/shows", "/v1/products"} <= set(own)
    assert [link for link in own if api.status(link) != 200] == []


def test_a_queue_whose_workers_do_jobs_that_take_long_is_busy(
    api: Api, own_type: str, change_setting: Callable[[str, object], None]
) -> None:
    # Given a queue that nobody consumed for long, and a worker that keeps the lease of a job
    change_setting("ready_seconds", -60)
    assert api.post("/v1/jobs", {"type": own_type}).status_code == 202
    store = JobStore(api.state)
    (claim,) = store.claim(own_type, "worker@busy")
    queues = api.get("/readyz").json["queues"]
    assert (queues["jobs"]["status"], queues["jobs"]["busy_with"][own_type]) == ("busy", 1)
    assert queues["notifications"]["status"] == "not consumed"

    # When its lease is over, a processor does it, or it is done, then nobody is busy with it
    state = api.state
    lease = state.zscore(keys.index(own_type, "active"), claim.id)
    state.zadd(keys.index(own_type, "active"), {claim.id: 1})
    assert own_type not in api.get("/readyz").json["queues"]["jobs"]["busy_with"]
    state.zadd(keys.index(own_type, "active"), {claim.id: lease})
    store.attend(own_type, "processor@1", 60)
    assert own_type not in api.get("/readyz").json["queues"]["jobs"]["busy_with"]
    store.attend(own_type, "processor@1", 0)
    store.settle([Settlement(claim, "complete", "1")])
    assert own_type not in api.get("/readyz").json["queues"]["jobs"]["busy_with"]
