"""Workers that operators quiet, resume and stop, and workers that freeze and die, over real processes."""

import time
from typing import Any

import pytest

from tests.deadlines import until
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher

STOP_SECONDS = "3"


@pytest.fixture
def default_worker_env(default_worker_env: dict[str, str]) -> dict[str, str]:
    """A stopped worker has little time; a job whose worker lives keeps its lease for longer than that."""
    return {**default_worker_env, "USHER_STOP_SECONDS": STOP_SECONDS, "USHER_RELEASE": "release-12"}


def listed(usher: Usher) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in usher.http.get("/v1/workers")["workers"]}


def shown(usher: Usher) -> str:
    return f"{usher.http('GET', '/v1/workers').text} {usher.http('GET', '/readyz').text}"


def steer(usher: Usher, name: str, wish: str) -> dict[str, Any]:
    answer = usher.http("POST", f"/v1/workers/{name}/{wish}", {"reason": "release 13"} if wish != "resume" else None)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def under_way(usher: Usher) -> tuple[str, str]:
    """A job that lingers, and the worker that does it."""
    job = usher.submit("linger")
    until(lambda: usher.marks(job) == ["begun"], 20, lambda: shown(usher))
    return job, str(usher.job(job)["worker"])


def test_a_quiet_worker_finishes_what_it_does_and_starts_nothing_while_another_goes_on(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a worker with a job, whose page says which and since when
    workers = {one.hostname(): one for one in (celery_worker, second_worker)}
    job, name = under_way(usher)
    until(lambda: job in [one["job"] for one in listed(usher)[name]["slots"]], 10, lambda: shown(usher))
    worker = listed(usher)[name]
    assert (worker["state"], worker["release"], worker["queues"]) == ("working", "release-12", ["jobs"])

    # When it is quiet, then from the answer on the other does all new jobs
    assert steer(usher, name, "quiet")["quiet"]["reason"] == "release 13"
    others = {usher.finished(usher.submit("note"))["worker"] for _ in range(20)}
    assert others == workers.keys() - {name}
    worker = listed(usher)[name]
    assert (worker["state"], [one["job"] for one in worker["slots"] if one["state"] == "busy"]) == ("quiet", [job])
    ready = usher.http("GET", "/readyz").json()["queues"]["jobs"]
    assert (ready["status"], [one["worker"] for one in ready["quiet"]]) == ("ok", [name])

    # And it finishes its own; resumed, it does jobs again
    usher.let_go(job)
    assert usher.finished(job)["worker"] == name
    assert usher.marks(job) == ["begun", "done"]
    steer(usher, name, "resume")
    steer(usher, *others, "quiet")
    assert usher.finished(usher.submit("note"))["worker"] == name


def test_a_quiet_worker_that_is_killed_and_started_again_is_not_quiet(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a queue whose workers are all quiet: its jobs wait, and readyz says who wishes that
    workers = {one.hostname(): one for one in (celery_worker, second_worker)}
    for name in workers:
        steer(usher, name, "quiet")
    job = usher.submit("note")
    until(lambda: usher.http("GET", "/readyz").json()["queues"]["jobs"]["status"] == "quiet", 10, lambda: shown(usher))
    assert usher.http("GET", "/readyz").status_code == 503
    quiet = usher.http("GET", "/readyz").json()["queues"]["jobs"]["quiet"]
    assert {(one["worker"], one["reason"]) for one in quiet} == {(name, "release 13") for name in workers}
    assert usher.job(job)["state"] == "queued"

    # When one is killed, it falls silent; and started again under the same name, it is not quiet
    name = celery_worker.hostname()
    celery_worker.kill("SIGKILL")
    until(lambda: listed(usher)[name]["state"] == "silent", 10, lambda: shown(usher))
    celery_worker.container.restart()
    assert usher.finished(job)["worker"] == name
    until(lambda: listed(usher)[name]["state"] == "working", 10, lambda: shown(usher))
    assert listed(usher)[second_worker.hostname()]["state"] == "quiet"
    until(usher.is_ready, 20, lambda: shown(usher))


def test_a_quiet_seller_decides_nothing_until_it_is_resumed(usher: Usher, seller: WorkerNode) -> None:
    path = usher.show("silence", seats=10)
    steer(usher, seller.hostname(), "quiet")
    reservation = usher.reserve(path).json()["id"]
    until(lambda: usher.http("GET", "/readyz").json()["queues"]["reservations"]["status"] == "quiet", 10, lambda: "")
    assert usher.http.get(f"/v1/jobs/{reservation}")["state"] == "queued"
    steer(usher, seller.hostname(), "resume")
    assert usher.outcome(reservation) == "held"


def test_a_stopped_worker_finishes_what_it_does_and_leaves_the_list(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a worker with a job
    workers = {one.hostname(): one for one in (celery_worker, second_worker)}
    job, name = under_way(usher)

    # When it is stopped, then it starts nothing, and cannot be resumed
    assert steer(usher, name, "stop")["state"] == "stopping"
    assert usher.http("POST", f"/v1/workers/{name}/resume").json()["code"] == "worker_stopping"
    assert usher.finished(usher.submit("note"))["worker"] != name

    # And once it has finished, it ends and is gone from the list
    usher.let_go(job)
    assert usher.finished(job)["worker"] == name
    assert workers[name].container.wait(30) == 0
    until(lambda: name not in listed(usher), 10, lambda: shown(usher))
    assert usher.http("POST", f"/v1/workers/{name}/quiet").status_code == 404


def test_what_a_stopped_worker_cannot_finish_comes_back(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a job that takes longer than a stopped worker has time
    workers = {one.hostname(): one for one in (celery_worker, second_worker)}
    job, name = under_way(usher)
    started = time.monotonic()
    steer(usher, name, "stop")

    # Then the worker ends after its time, and another does the job again
    workers[name].container.wait(30)
    assert time.monotonic() - started > float(STOP_SECONDS)
    until(lambda: usher.marks(job) == ["begun", "begun"], 30, lambda: f"{usher.job(job)}")
    usher.let_go(job)
    assert usher.finished(job)["worker"] in workers.keys() - {name}
    assert not workers[name].container._container.group()
    assert name not in listed(usher)


def test_a_frozen_worker_is_silent_until_it_goes_on(usher: Usher, second_worker: WorkerNode) -> None:
    name = second_worker.hostname()
    second_worker.container.pause()
    until(lambda: listed(usher)[name]["state"] == "silent", 10, lambda: shown(usher))
    assert listed(usher)[name]["slots"] == []
    second_worker.container.unpause()
    until(lambda: listed(usher)[name]["state"] == "working", 20, lambda: shown(usher))
    assert len(listed(usher)[name]["slots"]) == 2


def test_threads_are_quieted_and_stopped_like_processes(usher: Usher, notifier: WorkerNode) -> None:
    # Given a notifier, whose slots are threads
    name = notifier.hostname()
    steer(usher, name, "quiet")
    sent = usher.http("POST", "/v1/notifications", {"to": "ada", "message": "hello"}).json()["id"]
    until(lambda: usher.http("GET", "/readyz").json()["queues"]["notifications"]["status"] == "quiet", 10, lambda: "")
    assert usher.job(sent)["state"] == "queued"
    steer(usher, name, "resume")
    assert usher.finished(sent)["state"] == "complete"
    steer(usher, name, "stop")
    assert notifier.container.wait(30) == 0
    until(lambda: name not in listed(usher), 10, lambda: shown(usher))
