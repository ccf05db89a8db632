"""pytest-celery's own API on Usher's own workers: they answer, end in order, come back, and lose nothing meanwhile."""

from pytest_celery import CeleryTestSetup

from tests.deadlines import until
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher


def test_every_worker_answers_to_its_name(usher: Usher, celery_setup: CeleryTestSetup) -> None:
    assert celery_setup.ready(ping=False, control=True, docker=True)
    assert len(celery_setup) == 6

    for worker in celery_setup.worker_cluster:
        name = worker.hostname()
        assert celery_setup.app.control.ping(destination=[name], timeout=5, limit=1) == [{name: {"ok": "pong"}}]


def test_a_worker_that_is_told_to_end_finishes_its_job_first(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given one worker in the middle of a job, the other one out of the way
    second_worker.kill()
    job_id = usher.submit("linger")
    until(lambda: usher.marks(job_id) == ["begun"], 20, lambda: "no worker began")

    # When it is told to end
    celery_worker.kill("SIGTERM")
    celery_worker.assert_log_exists("Warm shutdown")
    usher.let_go(job_id)

    # Then the job is complete at its first attempt, the worker is gone, and nothing of it is left
    assert celery_worker.container.wait(20) == 0
    assert usher.marks(job_id) == ["begun", "done"]
    job = usher.finished(job_id)
    assert (job["state"], job["attempts_made"], job["stalls"]) == ("complete", 1, 0)
    assert celery_worker.get_running_processes_info(["pid"]) == []


def test_a_worker_that_comes_back_takes_what_was_queued_meanwhile(usher: Usher, seller: WorkerNode) -> None:
    # Given no seller
    path = usher.show("queued", seats=2)
    seller.kill("SIGKILL")
    assert seller.container.status == "exited"

    # When jobs are taken in, one of them is cancelled while its message waits, and a worker comes back
    cancelled, waiting = (usher.reserve(path).json()["id"] for _ in range(2))
    assert usher.http.get(f"/v1/reservations/{waiting}")["state"] == "queued"
    assert usher.http("DELETE", f"/v1/reservations/{cancelled}").json()["state"] == "cancelled"
    seller.restart()

    # Then it does the jobs that are left
    assert usher.outcome(waiting) == "held"
    assert usher.http.get(f"/v1/reservations/{cancelled}")["state"] == "cancelled"
    assert usher.held("queued") == [waiting]
    seller.assert_log_does_not_exist("Traceback")
    assert len(seller.get_running_processes_info(["pid", "cmdline"])) == 2  # the main process, a pool of one


def test_workers_come_back_to_a_broker_that_was_restarted(
    usher: Usher, celery_setup: CeleryTestSetup, seller: WorkerNode
) -> None:
    path = usher.show("restarted", seats=3)

    celery_setup.broker.restart()

    seller.assert_log_exists("Connection to broker lost")
    assert usher.outcome(usher.reserve(path).json()["id"]) == "held"
    until(usher.is_ready, 30, lambda: usher.http("GET", "/readyz").text)
