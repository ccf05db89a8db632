"""Flower's page of the broker asks the state: it counts jobs, and says in a sentence that the state does not answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from tornado.web import HTTPError

from tasks_app.jobs.queries import JobQueries
from tasks_app.state import connections
from tasks_app.usher import Usher
from tests.jobs import new, options, slot_claims, take_in
from worker.flower.broker import Lanes
from worker.jobs.job_store import JobStore


def rows(jobs: JobQueries) -> list[dict[str, Any]]:
    """Run it in a thread of its own: in this one, a browser's test may have left a running loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(Lanes(jobs).queues(["jobs", "reservations"]))).result()


def test_a_queue_has_the_jobs_of_its_types(state: redis.Redis, usher: Usher) -> None:
    jobs = [new() for _ in range(5)]
    take_in(state, *jobs)
    slot_claims(JobStore(state, options()), [jobs[0].id])
    found = {row["name"]: (row["messages"], row["messages_unacknowledged"]) for row in rows(usher.jobs)}
    assert found == {"jobs": (4, 1), "reservations": (0, 0)}


def test_an_absent_state_is_a_503() -> None:
    gone = connections.connect("redis://127.0.0.1:1", 0.5)
    with pytest.raises(HTTPError) as caught:
        rows(JobQueries(gone))
    assert (caught.value.status_code, caught.value.log_message) == (503, "The state does not answer")
