"""GET /metrics: what it says of one application, of types without number, of a state that is away, and at what cost."""

import time
from typing import Any

import redis

from api.app import create_app
from api.metrics.catalogue import METRICS
from tasks_app.jobs import State
from tasks_app.state import inventory_keys, keys, worker_keys
from tests.integration.api_system import Api, ApiSystem
from tests.roots import Root
from tests.scrape import Scrape

JOBS, SHOWS, TYPES = 1_000_000, 10_000, 500
FILL = """
for n = 1, ARGV[2] do redis.call('ZADD', KEYS[1], tonumber(ARGV[1]) + n, ARGV[1] .. ':' .. n) end
"""


def scraped(api: Api) -> Scrape:
    answer = api.get("/metrics")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    return Scrape(answer.text)


def test_every_metric_of_the_catalogue_is_told_and_no_other(api: Api) -> None:
    assert scraped(api).names() == set(METRICS)


def test_requests_count_by_route_method_and_status(api: Api) -> None:
    # Given what was counted so far
    before = scraped(api)

    # When somebody asks for a show that is not there, twice, and for a path that is not there
    for _ in range(2):
        assert api.status("/v1/shows/none-such") == 404
    assert api.status("/nowhere") == 404

    # Then each counts once, and no id is a label
    after = scraped(api)
    place = {"route": "/v1/shows/<inventory_id>", "method": "GET", "status": "404"}
    count, seconds = "usher_http_requests_total", "usher_http_request_seconds_count"
    assert after.of(count, **place) - before.of(count, **place) == 2
    del place["status"]
    assert after.of(seconds, **place) - before.of(seconds, **place) == 2
    nowhere = {"route": "none", "method": "GET", "status": "404"}
    assert after.of(count, **nowhere) - before.of(count, **nowhere) == 1
    assert not any("none-such" in value for _, labels in after.values for _, value in labels)


def test_jobs_count_by_type_and_state(api: Api, own_type: str) -> None:
    for body in ({"type": own_type}, {"type": own_type}, {"type": own_type, "delay_ms": 60_000}):
        assert api.post("/v1/jobs", body).status_code == 202
    found, place = scraped(api), {"type": own_type, "queue": "jobs"}
    assert found.of("usher_jobs_submitted_total", **place) == 3
    assert found.of("usher_jobs", state="queued", **place) == 2
    assert found.of("usher_jobs", state="delayed", **place) == 1
    assert 0 < found.of("usher_jobs_oldest_seconds", **place) < 60
    assert found.of("usher_job_wait_seconds_count", **place) == 0


def test_a_state_that_refuses_writes_is_up_and_not_writable(api: Api, api_system: ApiSystem) -> None:
    assert scraped(api).of("usher_state_writable") == 1
    with api_system.valkey.refusing_writes("disk"):
        assert api.status("/nowhere") == 404  # something that this process counted
        found = scraped(api)
    assert (found.of("usher_up"), found.of("usher_state_writable")) == (1, 0)
    assert scraped(api).of("usher_state_writable") == 1


def test_a_type_that_no_worker_knows_has_jobs_without_a_worker(api: Api, own_type: str) -> None:
    for name in (own_type, "echo"):
        assert api.post("/v1/jobs", {"type": name, "delay_ms": 0}).status_code == 202
    found = scraped(api)
    assert found.of("usher_jobs_without_worker", type=own_type) == 1
    assert found.of("usher_jobs_without_worker", type="echo") == 0


def test_without_the_state_it_says_so_in_time_and_counts_nothing_twice(api: Api, api_system: ApiSystem) -> None:
    # Given a state that hangs
    before = scraped(api)
    with api_system.valkey.frozen():
        began = time.monotonic()
        away = scraped(api)
        seconds = time.monotonic() - began
        assert api.status("/nowhere") == 404

    # Then the answer comes within the promised time, and has only what this process knows
    assert seconds < 10  # it does not hang; two timeouts of 0.8 s where nothing else runs
    assert (away.of("usher_up"), away.of("usher_build_info")) == (0, 1)
    assert away.names() == {"usher_up", "usher_build_info", "usher_queue_limit_jobs", "usher_scrape_seconds"}

    # And what was counted meanwhile is there afterwards
    after = scraped(api)
    assert after.of("usher_up") == 1
    assert (
        after.of("usher_http_requests_total", route="none") - before.of("usher_http_requests_total", route="none") == 1
    )


def test_what_is_paused_and_suppressed_is_told(api: Api, own_type: str, lists: None) -> None:
    before = scraped(api)
    assert api.post(f"/v1/types/{own_type}/pause").status_code == 200
    assert api.put("/v1/suppressions/webhook/http%3A%2F%2Fa.example%2F").status_code == 201
    after = scraped(api)
    assert api.post(f"/v1/types/{own_type}/resume").status_code == 200
    assert after.of("usher_paused", kind="type") - before.of("usher_paused", kind="type") == 1
    both = [one.of("usher_suppressed_recipients", channel="webhook") for one in (before, after)]
    assert both[1] - both[0] == 1


def filled(state: redis.Redis, jobs: int, shows: int) -> None:
    """So many jobs and shows, as far as a scrape could look at them."""
    fill = state.register_script(FILL)
    for number in range(TYPES):
        name = f"type-{number}"
        state.sadd(keys.types(), name)
        fill([keys.index(name, State.QUEUED)], [number * 10_000_000, jobs // TYPES])
        state.hset(
            worker_keys.meters(name), mapping={f"{one}|{at}": 7 for one in ("wait", "run") for at in (*range(17), "us")}
        )
    for at in range(0, shows, 1_000):
        state.sadd(inventory_keys.inventories("show"), *range(at, min(at + 1_000, shows)))
    state.zadd(inventory_keys.agenda("expire"), {f"show:{number}": 2**50 for number in range(shows)})


def commands(state: redis.Redis) -> int:
    found: Any = state.info("stats")
    return int(found["total_commands_processed"])


def commands_of_scrape(state: redis.Redis) -> int:
    """How many commands one scrape of an application sends to this server."""
    with create_app(Root(state)).test_client() as client:
        client.get("/metrics", headers={"Host": "localhost"})  # the scripts are there from now on
        before = commands(state)
        answer = client.get("/metrics", headers={"Host": "localhost"})
        assert Scrape(answer.text).of("usher_jobs", state="queued", type="type-7") > 0
        return commands(state) - before


def test_a_scrape_costs_the_same_however_many_jobs_and_shows_there_are(state: redis.Redis) -> None:
    # Given as many types as there may be, with few jobs and shows
    filled(state, TYPES, 10)
    few = commands_of_scrape(state)

    # When there are a million jobs and ten thousand shows
    filled(state, JOBS, SHOWS)
    many = commands_of_scrape(state)

    # Then a scrape asks for as much
    assert abs(many - few) <= 10
