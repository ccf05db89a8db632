"""The peer's state: a record per job, stock and holds per show, one stream of events."""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import redis

LUA = Path(__file__).parent / "lua"
EVENTS, COMPLETE = "events", "complete"
EVENTS_KEPT = 100_000
RECORD_SECONDS = 86_400  # a finished record's life


class Store:
    """All reads and writes. Every method raises redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._start = client.register_script((LUA / "start.lua").read_text())
        self._finish = client.register_script((LUA / "finish.lua").read_text())
        self._complete = client.register_script((LUA / "complete.lua").read_text())

    def create_show(self, show: str, capacity: int, hold_ms: int) -> None:
        """Put `capacity` units of one pool on sale."""
        self._client.hset(f"show:{show}", mapping={"capacity": capacity, "held": 0, "hold_ms": hold_ms})

    def show(self, show: str) -> dict[str, int]:
        """capacity, held, hold_ms; empty for an unknown show."""
        return {name: int(value) for name, value in self._all(f"show:{show}").items()}

    def record(self, jobs: Mapping[str, dict[str, Any]], show: str = "") -> None:
        """Record these jobs, id -> data, as queued, in one round trip, all or nothing."""
        with self._client.pipeline(transaction=True) as all_of_it:
            for job, data in jobs.items():
                fields: dict[Any, Any] = {"state": "queued", "data": json.dumps(data, separators=(",", ":"))}
                all_of_it.hset(f"job:{job}", mapping={**fields, "show": show})
                all_of_it.xadd(EVENTS, {"event": "queued", "job": job}, maxlen=EVENTS_KEPT, approximate=True)
            all_of_it.execute()

    def start(self, job: str) -> tuple[str, dict[str, Any]] | None:
        """Make the job active; returns its show and data. None if it is over already, or unknown."""
        found = self._start(keys=[f"job:{job}", EVENTS], args=[job, EVENTS_KEPT])
        return (found[0], json.loads(found[1])) if found else None

    def finish(self, job: str, show: str, quantity: int, customer: str) -> str:
        """Hold the units, or refuse, and complete the job: "held" or "refused". A second time: the first answer."""
        keys = [f"job:{job}", EVENTS, f"show:{show}", f"show:{show}:holds", f"show:{show}:deadlines"]
        return str(self._finish(keys=keys, args=[job, EVENTS_KEPT, quantity, customer, RECORD_SECONDS]))

    def complete(self, job: str) -> None:
        """Complete the job. A second time changes nothing."""
        self._complete(keys=[f"job:{job}", EVENTS, COMPLETE], args=[job, EVENTS_KEPT, RECORD_SECONDS])

    def complete_jobs(self) -> int:
        """How many jobs were completed in this way."""
        return int(cast(str | None, self._client.get(COMPLETE)) or 0)

    def job(self, job: str) -> dict[str, str]:
        """The record; empty for an unknown job."""
        return self._all(f"job:{job}")

    def _all(self, key: str) -> dict[str, str]:
        return cast(dict[str, str], self._client.hgetall(key))


@cache
def store() -> Store:
    """This process's own. Made at the first use, so after any fork."""
    return Store(redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True))
