"""Flower's page of the broker asks the state: it counts jobs, and says in a sentence that the state does not answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from tornado.web import HTTPError

from tasks_app.state import connections
from tests.jobs import new, slot_claims, take_in
from tests.servers import Valkey
from worker.flower.broker import Lanes
from worker.jobs.job_store import JobStore


def rows() -> list[dict[str, Any]]:
    """From a thread of its own: in this one a test's browser may have left a loop that runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(Lanes().queues(["jobs", "reservations"]))).result()


def test_a_queue_has_the_jobs_of_its_types(state: redis.Redis, state_is_shared: None) -> None:
    jobs = [new() for _ in range(5)]
    take_in(state, *jobs)
    slot_claims(JobStore(state), [jobs[0].id])
    found = {row["name"]: (row["messages"], row["messages_unacknowledged"]) for row in rows()}
    assert found == {"jobs": (4, 1), "reservations": (0, 0)}


def test_a_state_that_does_not_answer_is_a_503(
    state: redis.Redis, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = connections.connect("redis://127.0.0.1:1", 0.5)
    monkeypatch.setattr(connections, "state", lambda: gone)
    with pytest.raises(HTTPError) as caught:
        rows()
    assert (caught.value.status_code, caught.value.log_message) == (503, "The state does not answer")
