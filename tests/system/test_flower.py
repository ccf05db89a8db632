"""Flower on Usher: it lists the workers, and the jobs under their own ids, good and bad."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from ops.guard import Guard
from tasks_app.access import FLOWER_PASS, FlowerPass, now_ms
from tasks_app.access.flower_pass import Rights
from tasks_app.jobs import Identity
from tests.deadlines import until
from tests.providers.provider import Provider, Reply
from tests.system.nodes import WorkerNode
from tests.system.stage import Stage
from tests.system.usher import Usher


class Flower:
    """A Flower that watches a system; asked as the web process asks it."""

    def __init__(self, url: str, state: redis.Redis) -> None:
        self.url = url
        self._passes = FlowerPass(Identity(state))

    def ask(self, path: str, method: str = "GET", rights: Rights = "reads", **parameters: str) -> requests.Response:
        headers = {FLOWER_PASS: self._passes.issue(rights, now_ms())}
        return requests.request(method, f"{self.url}/{path}", params=parameters, headers=headers, timeout=30)

    def get(self, path: str, **parameters: str) -> Any:
        answer = self.ask(f"api/{path}", **parameters)
        return answer.json() if answer.ok else {}

    def row(self, job_id: str) -> dict[str, Any]:
        return dict(self.get(f"task/info/{job_id}"))

    def shows(self, job_id: str, state: str) -> dict[str, Any]:
        """The job's row, once it has this state."""
        until(lambda: self.row(job_id).get("state") == state, 40, lambda: f"{state}: {self.row(job_id)}")
        return self.row(job_id)


@contextmanager
def watching(usher: Usher, directory: Path, guard: Guard) -> Iterator[Flower]:
    """Start a new Flower, and wait until it hears of the workers: it never shows what was before."""
    container = Stage(directory, guard).flower(usher.urls())
    assert container.ready()
    flower = Flower(container.url.removesuffix("/healthcheck"), usher.state.server.client())

    def heard() -> bool:
        return any(row["status"] for row in flower.ask("workers", json="1").json()["data"])

    until(heard, 30, lambda: "Flower hears of no worker")
    yield flower
    container.teardown()


@pytest.fixture(scope="module")
def flower(shared_usher: Usher, tmp_path_factory: pytest.TempPathFactory, guard: Guard) -> Iterator[Flower]:
    with watching(shared_usher, tmp_path_factory.mktemp("flower"), guard) as watch:
        yield watch


def test_flower_shows_the_workers_and_their_queues(shared_usher: Usher, flower: Flower) -> None:
    names = {worker.hostname() for worker in shared_usher.setup.worker_cluster}

    def workers() -> dict[str, Any]:
        return dict(flower.get("workers", refresh="1"))

    until(lambda: names <= workers().keys(), 30, lambda: f"{names} are not {workers().keys()}")
    queues = {queue["name"] for name in names for queue in workers()[name]["active_queues"]}
    assert queues == {"reservations", "jobs", "notifications"}


def test_a_job_is_shown_by_its_id_with_its_progress_and_its_end(shared_usher: Usher, flower: Flower) -> None:
    # Given a job that reports how far it is
    job_id = shared_usher.submit("linger", {"reports": True})

    # Then Flower shows it as it goes on, and its end
    flower.shows(job_id, "PROGRESS")
    shared_usher.let_go(job_id)
    row = flower.shows(job_id, "SUCCESS")
    assert (row["name"], row["args"], row["result"], row["retries"]) == ("linger", job_id, '"let go"', 0)
    assert row["worker"] == shared_usher.job(job_id)["worker"]

    # And a job that carries a reservation, and no canary, although they run all the time
    reservation = shared_usher.reserve(shared_usher.show("in-flower", 1), wait_seconds=10).json()["id"]
    assert flower.shows(reservation, "SUCCESS")["name"] == "reserve_seat"
    assert flower.get("tasks", taskname="canary") == {}


def test_a_failed_job_is_shown_as_failed_and_why(shared_usher: Usher, flower: Flower) -> None:
    row = flower.shows(shared_usher.submit("hopeless"), "FAILURE")
    assert row["exception"] == "permanent: There is no such address."

    with Provider() as provider:
        provider.default = Reply(404)
        body = {"channel": "webhook", "to": provider.url("/gone"), "message": "Hello"}
        sent = shared_usher.http("POST", "/v1/notifications", body).json()["id"]
        assert flower.shows(sent, "FAILURE")["exception"].startswith("undeliverable: webhook 404")


def test_a_retry_is_shown_as_one_and_counted(shared_usher: Usher, flower: Flower) -> None:
    backoff = {"kind": "fixed", "delay_ms": 3_000}
    job_id = shared_usher.submit("fragile", {"succeeds_at": 2}, attempts=3, backoff=backoff)
    assert "attempt 1 went wrong" in flower.shows(job_id, "RETRY")["exception"]
    assert flower.shows(job_id, "SUCCESS")["retries"] == 1


def test_each_job_of_a_batch_has_a_row_and_nothing_else_has(shared_usher: Usher, flower: Flower) -> None:
    # Given a batch whose jobs a few messages carry
    with Provider() as provider:
        to = [provider.url(f"/{number}") for number in range(60)]
        batch = shared_usher.notify([{"channel": "webhook", "to": one, "message": "Hello"} for one in to])
        ids = shared_usher.recipients(batch).keys()
        for job_id in ids:
            flower.shows(job_id, "SUCCESS")

    # Then every row is a job
    rows = flower.get("tasks", taskname="push_notification", limit="1000")
    assert ids <= rows.keys()
    for row in rows:
        assert shared_usher.http("GET", f"/v1/jobs/{row}").status_code == 200


def counted(flower: Flower) -> Counter[tuple[str, str]]:
    """Flower's own counts, by type of job and event."""
    found: Counter[tuple[str, str]] = Counter()
    for line in flower.ask("metrics").text.splitlines():
        if line.startswith("flower_events_total{") and 'task="' in line:
            names = [line.split(f'{label}="')[1].split('"')[0] for label in ("task", "type")]
            found[names[0], names[1]] += int(float(line.rpartition(" ")[2]))
    return found


def test_the_metrics_count_jobs(shared_usher: Usher, flower: Flower) -> None:
    before = counted(flower)
    for job_id in [shared_usher.submit("note") for _ in range(3)]:
        flower.shows(job_id, "SUCCESS")
    flower.shows(shared_usher.submit("hopeless"), "FAILURE")

    more = counted(flower) - before
    assert more["note", "task-succeeded"] == 3
    assert more["hopeless", "task-failed"] == 1
    assert more["hopeless", "task-succeeded"] == 0


def test_numbers_of_workers_and_prefetched_jobs_are_true(shared_usher: Usher, flower: Flower) -> None:
    """All rows of this worker came to their end, and nothing waits inside it."""
    flower.shows(shared_usher.submit("note"), "SUCCESS")
    flower.shows(shared_usher.submit("hopeless"), "FAILURE")
    table = flower.ask("workers", json="1").json()["data"]
    numbers = [[row.get(f"task-{name}", 0) for name in ("received", "succeeded", "failed", "retried")] for row in table]
    assert all(received >= succeeded + failed > 0 for received, succeeded, failed, _ in numbers if received)
    assert any(received for received, *_ in numbers)

    text = flower.ask("metrics").text.splitlines()
    prefetched = [line for line in text if line.startswith("flower_worker_prefetched_tasks{")]
    assert prefetched
    assert {float(line.rpartition(" ")[2]) for line in prefetched} == {0.0}


def test_flower_counts_queued_jobs_and_not_the_wake_ups(shared_usher: Usher, flower: Flower) -> None:
    # Given five that wait, as no worker knows their type
    ids = [shared_usher.submit("nobodys") for _ in range(5)]

    # Then its API and its page say five
    def lengths() -> dict[str, int]:
        return {row["name"]: row["messages"] for row in flower.get("queues/length")["active_queues"]}

    until(lambda: lengths().get("jobs") == 5, 20, lambda: f"{lengths()}")
    page = flower.ask("broker").text
    row = page.split('<tr id="jobs">')[1].split("</tr>")[0]
    assert ">5<" in row
    for job_id in ids:
        assert shared_usher.http("DELETE", f"/v1/jobs/{job_id}").ok
    until(lambda: lengths().get("jobs") == 0, 20, lambda: f"{lengths()}")


def test_a_killed_workers_job_is_shown_as_lost_and_then_as_done(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode, tmp_path: Path, guard: Guard
) -> None:
    workers = {worker.hostname(): worker for worker in (celery_worker, second_worker)}
    with watching(usher, tmp_path, guard) as flower:
        # Given a job that is shown as running, and one that will kill its workers
        job_id, deadly = usher.submit("linger"), usher.submit("deadly")
        first = flower.shows(job_id, "STARTED")["worker"]

        # When its worker is killed
        workers[first].kill("SIGKILL")

        # Then it is shown as lost, and then as another worker ended it
        until(lambda: usher.marks(job_id) == ["begun", "begun"], 30, lambda: f"{usher.job(job_id)}")
        until(lambda: flower.row(job_id)["worker"] != first, 30, lambda: f"{flower.row(job_id)}")
        row = flower.shows(job_id, "STARTED")
        assert row["retried"] < row["started"]
        assert row["exception"].startswith("stalled")
        usher.let_go(job_id)
        assert flower.shows(job_id, "SUCCESS")["worker"] in workers.keys() - {first}

        # And the one that no worker ended has failed
        assert flower.shows(deadly, "FAILURE")["exception"].startswith("poison")
