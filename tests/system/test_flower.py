"""Flower on Usher: it lists the workers, and the jobs by their ids, with the progress of those that report it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ops.guard import Guard
from tests.providers.provider import Provider, Reply
from tests.system.stage import Stage
from tests.system.usher import Usher, until


@pytest.fixture
def flower(shared_usher: Usher, tmp_path: Path, guard: Guard) -> Iterator[str]:
    """The address of a Flower that watches the shared system."""
    container = Stage(tmp_path, guard).flower(shared_usher.urls())
    assert container.ready()
    yield container.url.removesuffix("/healthcheck")
    container.teardown()


def test_flower_shows_workers_and_jobs_with_their_progress(shared_usher: Usher, flower: str) -> None:
    def task(job_id: str) -> dict[str, Any]:
        answer = requests.get(f"{flower}/api/task/info/{job_id}", timeout=10)
        return dict(answer.json()) if answer.ok else {}

    # Given that Flower knows both workers
    names = {worker.hostname() for worker in shared_usher.setup.worker_cluster}

    def workers() -> dict[str, Any]:
        return dict(requests.get(f"{flower}/api/workers", params={"refresh": "1"}, timeout=30).json())

    until(lambda: names <= workers().keys(), 30, lambda: f"{names} are not {workers().keys()}")
    queues = {queue["name"] for name in names for queue in workers()[name]["active_queues"]}
    assert queues == {"reservations", "jobs", "notifications"}

    # When a job reports how far it is
    job_id = shared_usher.submit("linger", {"reports": True})

    # Then Flower shows it by its id, its type and its state, until it is done
    until(lambda: task(job_id).get("state") == "PROGRESS", 30, lambda: f"{task(job_id)}")
    shared_usher.let_go(job_id)
    until(lambda: task(job_id).get("state") == "SUCCESS", 30, lambda: f"{task(job_id)}")
    assert (task(job_id)["name"], task(job_id)["args"]) == ("linger", job_id)

    # And a notification, while its provider thinks
    with Provider() as provider:
        provider.default = Reply(end="hang")
        body = {"channel": "webhook", "to": provider.url("/slow"), "message": "Hello", "attempts": 1}
        sent = shared_usher.http("POST", "/v1/notifications", body).json()["id"]
        until(lambda: task(sent).get("state") == "PROGRESS", 30, lambda: f"{task(sent)}")
        provider.released.set()
        until(lambda: task(sent).get("state") == "SUCCESS", 30, lambda: f"{task(sent)}")

    # And a job that carries a reservation
    reservation = shared_usher.reserve(shared_usher.show("in-flower", 1), wait_seconds=10).json()["id"]
    until(lambda: task(reservation).get("state") == "SUCCESS", 30, lambda: f"{task(reservation)}")
    listed = requests.get(f"{flower}/api/tasks", params={"taskname": "reserve_seat"}, timeout=10).json()
    assert reservation in listed

    # And no canary among them, although they fly all the time
    assert requests.get(f"{flower}/api/tasks", params={"taskname": "canary"}, timeout=10).json() == {}
