"""Messages that no worker could read, over HTTP: their bytes are shown and cut, and each can be dropped."""

import json
from collections.abc import Iterator

import pytest
import redis

from tasks_app.state import keys
from tests.integration.api_system import Api, ApiSystem, assert_problem


@pytest.fixture
def broker(api_system: ApiSystem) -> Iterator[redis.Redis]:
    """The broker's database, in which nothing is set aside before and after."""
    client = api_system.valkey.client(1)
    client.delete(keys.dead_messages())
    yield client
    client.delete(keys.dead_messages())


def entry(raw: str) -> str:
    return json.dumps({"raw": raw, "reason": "it is not JSON", "queue": "jobs", "time_ms": 1_795_683_600_000})


def test_unreadable_messages_are_listed_newest_first_and_read_whole(api: Api, broker: redis.Redis) -> None:
    raws = ["<script>\x00\x1b[31m", "\\xff\\xfe", "r" * 5_000, "\ud800 half a pair"]
    broker.rpush(keys.dead_messages(), *map(entry, raws))
    found = api.get("/v1/dead-messages").json
    assert found["count"] == 4
    shown = [one["raw"] for one in found["messages"]]
    assert shown == [*raws[:2], "r" * 2_000, "\\ud800 half a pair"]
    long = found["messages"][2]
    assert (long["characters"], long["queue"], long["reason"]) == (5_000, "jobs", "it is not JSON")
    assert api.get(f"/v1/dead-messages/{long['id']}").json["raw"] == raws[2]
    assert len(api.get("/v1/dead-messages?limit=1").json["messages"]) == 1


def test_what_no_worker_wrote_is_shown_as_it_is(api: Api, broker: redis.Redis) -> None:
    broker.rpush(keys.dead_messages(), "x", "[1]", '{"raw": 1}')
    found = api.get("/v1/dead-messages").json["messages"]
    assert [(one["raw"], one["queue"], one["time_ms"]) for one in found] == [
        (raw, "", None) for raw in ("x", "[1]", '{"raw": 1}')
    ]


def test_one_message_is_dropped_and_the_others_stay(api: Api, broker: redis.Redis) -> None:
    broker.rpush(keys.dead_messages(), *[entry(str(n)) for n in range(120)])
    ids = [one["id"] for one in api.get("/v1/dead-messages?limit=1000").json["messages"]]
    assert len(set(ids)) == 120
    path = f"/v1/dead-messages/{ids[110]}"
    assert api.call("DELETE", path).json == {"id": ids[110], "dropped": True}
    for method in ("GET", "DELETE"):
        assert_problem(api.call(method, path), 404, "message_not_found")
    assert [one["id"] for one in api.get("/v1/dead-messages?limit=1000").json["messages"]] == ids[:110] + ids[111:]
