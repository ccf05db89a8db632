"""/metrics of a running system: each thing that happens counts once, and every web process says the same."""

import re
from pathlib import Path

import pytest
import requests

from api.metrics.catalogue import METRICS
from tests.deadlines import until
from tests.providers.provider import Provider, Reply
from tests.scrape import Scrape
from tests.system.client import at_once
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher

ROOT = Path(__file__).parents[2]


@pytest.fixture
def default_worker_env(default_worker_env: dict[str, str]) -> dict[str, str]:
    return {**default_worker_env, "USHER_ALLOWED_NETWORKS": "127.0.0.0/8"}


def scrape(usher: Usher) -> Scrape:
    answer = requests.get(f"{usher.http.url}/metrics", timeout=10)  # a connection of its own: any web process
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)


class Since:
    """How far numbers have moved since it was made."""

    def __init__(self, usher: Usher) -> None:
        self._usher = usher
        self._before = scrape(usher)

    def of(self, name: str, **labels: str) -> float:
        return scrape(self._usher).of(name, **labels) - self._before.of(name, **labels)

    def comes(self, name: str, number: float, **labels: str) -> None:
        """It moves by exactly so much: processes report once a second, and then it stays."""
        until(lambda: self.of(name, **labels) >= number, 10, lambda: f"{name} {labels}: {self.of(name, **labels)}")
        assert self.of(name, **labels) == number


def test_jobs_that_are_done_fail_and_are_retried_count_once_each(shared_usher: Usher) -> None:
    # Given what was counted before
    since = Since(shared_usher)

    # When three jobs are done, one fails for good, and one succeeds at its third attempt
    done = [shared_usher.submit("note") for _ in range(3)]
    failed = shared_usher.submit("hopeless", attempts=3)
    retried = shared_usher.submit("fragile", {"succeeds_at": 3}, attempts=3)
    for job in (*done, failed, retried):
        shared_usher.finished(job)

    # Then the numbers move by exactly that
    moved: dict[str, dict[str, int]] = {
        "note": {"submitted": 3, "completed": 3, "failed": 0, "retried": 0},
        "hopeless": {"submitted": 1, "completed": 0, "failed": 1, "retried": 0},
        "fragile": {"submitted": 1, "completed": 1, "failed": 0, "retried": 2},
    }
    for job_type, numbers in moved.items():
        for word, number in numbers.items():
            assert since.of(f"usher_jobs_{word}_total", type=job_type, queue="jobs") == number, (job_type, word)
    for job_type, attempts in {"note": 3, "hopeless": 1, "fragile": 3}.items():
        assert since.of("usher_job_wait_seconds_count", type=job_type) == attempts
        since.comes("usher_job_run_seconds_count", attempts, type=job_type)


def test_reservations_count_by_outcome_and_change(shared_usher: Usher) -> None:
    # Given a show with two seats
    path = shared_usher.show("counted", seats=2)
    since = Since(shared_usher)

    # When both are taken, a third is refused, and one is confirmed
    ids = [shared_usher.reserve(path, wait_seconds=10).json()["id"] for _ in range(2)]
    assert shared_usher.reserve(path, wait_seconds=10).json()["code"] == "sold_out"
    answer = shared_usher.http("POST", f"/v1/reservations/{ids[0]}/confirm", {}, wait_seconds=10)
    assert answer.status_code == 200, answer.text

    # Then each counts once
    for outcome, number in {"held": 2, "refused": 1}.items():
        place = {"type": "reserve_seat", "queue": "reservations", "outcome": outcome}
        assert since.of("usher_job_outcomes_total", **place) == number
    assert since.of("usher_jobs_completed_total", type="reserve_seat") == 3
    assert since.of("usher_job_wait_seconds_count", type="reserve_seat") == 3
    assert since.of("usher_inventory_changes_total", change="held") == 2
    assert since.of("usher_inventory_changes_total", change="confirmed") == 1
    since.comes("usher_http_requests_total", 3, route="/v1/shows/<inventory_id>/reservations", method="POST")
    until(
        lambda: scrape(shared_usher).of("usher_inventory_units", kind="show", state="held") >= 1,
        40,
        lambda: "no census",
    )


def test_notifications_count_by_channel_and_meaning(usher: Usher, provider: Provider) -> None:
    # Given a provider that takes the first, and refuses the second for good
    provider.script("/good", Reply(200))
    provider.script("/bad", Reply(400))
    since = Since(usher)

    # When both are notified
    for path in ("/good", "/bad"):
        body = {"channel": "webhook", "to": provider.url(path), "message": "The show moved to Friday"}
        usher.finished(usher.http("POST", "/v1/notifications", body).json()["id"])

    # Then each call counts once
    since.comes("usher_provider_calls_total", 1, channel="webhook", meaning="sent")
    since.comes("usher_provider_calls_total", 1, channel="webhook", meaning="permanent")
    assert since.of("usher_provider_call_seconds_count", channel="webhook") == 2
    assert since.of("usher_job_outcomes_total", type="push_notification", outcome="sent") == 1
    assert since.of("usher_jobs_failed_total", type="push_notification") == 1


def test_a_worker_that_is_killed_is_one_lost_lease(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a job in the middle of its handler
    workers = {worker.hostname(): worker for worker in (celery_worker, second_worker)}
    since = Since(usher)
    job_id = usher.submit("linger")
    until(lambda: usher.marks(job_id) == ["begun"], 20, lambda: "no worker began")

    # When its worker is killed, and another does the job
    workers[usher.job(job_id)["worker"]].kill("SIGKILL")
    until(lambda: usher.marks(job_id) == ["begun", "begun"], 30, lambda: f"{usher.job(job_id)}")
    usher.let_go(job_id)
    usher.finished(job_id)

    # Then one lease was lost, and the job was done once
    assert since.of("usher_leases_lost_total", type="linger") == 1
    assert since.of("usher_jobs_poisoned_total", type="linger") == 0
    assert since.of("usher_jobs_completed_total", type="linger") == 1
    since.comes("usher_job_run_seconds_count", 1, type="linger")


def test_all_web_processes_say_the_same(shared_usher: Usher) -> None:
    # Given two web processes that each answered some requests, and have a stream open
    since = Since(shared_usher)
    path = f"{shared_usher.http.url}/v1/types/note"
    statuses = at_once(lambda _: requests.get(path, timeout=10).status_code, range(40), 8)
    assert set(statuses) == {200}
    with shared_usher.listen("type:note") as listener:
        until(lambda: listener.events, 10, lambda: "no snapshot")

        # When any of them is asked, Then all of it is there, whoever answers
        since.comes("usher_http_requests_total", 40, route="/v1/types/<type>", method="GET")
        until(lambda: scrape(shared_usher).of("usher_streams_open") >= 1, 10, lambda: "no stream")
        answers = at_once(lambda _: scrape(shared_usher), range(20), 4)
    numbers = {one.of("usher_http_requests_total", route="/v1/types/<type>", method="GET") for one in answers}
    assert len(numbers) == 1
    assert {one.of("usher_streams_open") for one in answers} == {1}
    assert {one.of("usher_jobs_submitted_total", type="note") for one in answers} == {
        answers[0].of("usher_jobs_submitted_total", type="note")
    }


def test_what_the_dashboard_and_the_alerts_name_is_there(shared_usher: Usher) -> None:
    shared_usher.finished(shared_usher.submit("note"))
    found = scrape(shared_usher)
    assert found.names() == set(METRICS)
    files = [(ROOT / "deploy" / name).read_text() for name in ("prometheus/alerts.yml", "grafana/usher.json")]
    named = {name for text in files for name in re.findall(r"\b(usher_[a-z_]+)\b", text)}
    sampled = {name for name, _ in found.values}
    assert {re.sub("_bucket$", "", name) for name in named} <= found.names()
    assert {"usher_up", "usher_job_wait_seconds_bucket", "usher_slots"} <= sampled
