"""Pauses of a key and of queues outlive workers that are killed, over real processes."""

import time
from collections.abc import Iterable
from typing import Any

from tests.deadlines import until
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher

JOBS, KEYS, SECONDS = 1_000, 10, 0.01
PAUSED = "k3"


def steer(usher: Usher, path: str, **body: Any) -> None:
    answer = usher.http("POST", path, body)
    assert answer.status_code == 200, answer.text


def kill(workers: Iterable[WorkerNode]) -> None:
    for worker in workers:
        worker.kill("SIGKILL")


def restart(workers: Iterable[WorkerNode]) -> None:
    for worker in workers:
        worker.restart()


def done(usher: Usher) -> list[str]:
    """The jobs that ended, each once, in the order in which they did."""
    file = usher.directory / "marks"
    lines = file.read_text().splitlines() if file.exists() else []
    return list(dict.fromkeys(line.split()[0] for line in lines if line.endswith(" done")))


def test_only_a_paused_key_waits_while_workers_are_killed_and_none_of_its_jobs_is_lost(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a thousand jobs of ten keys, of which each does one at a time, and one key is paused in the middle
    workers = (celery_worker, second_worker)
    assert usher.http("PUT", "/v1/types/in_turn", {"per_key": {"at_once": 1}}).status_code == 200
    key_of = [f"k{number % KEYS}" for number in range(JOBS)]
    jobs = [{"type": "in_turn", "key": key, "data": {"key": key, "seconds": SECONDS}, "attempts": 9} for key in key_of]
    answer = usher.http("POST", "/v1/jobs", jobs)
    ids = answer.json()["jobs"]
    of_key = {key: [job for job, its in zip(ids, key_of, strict=True) if its == key] for key in set(key_of)}
    until(lambda: len(done(usher)) > 100, 30, lambda: "nothing is done")
    steer(usher, "/v1/types/in_turn/pause", key=PAUSED, reason="too many")
    until(lambda: len(done(usher)) > 200, 30, lambda: "nothing goes on")
    before = set(of_key[PAUSED]) & set(done(usher))

    # When all workers are killed, twice
    for _ in range(2):
        kill(workers)
        restart(workers)
        seen = len(done(usher))
        enough = min(seen + 50, JOBS - JOBS // KEYS)
        until(lambda enough=enough: len(done(usher)) >= enough, 60, lambda: "nothing goes on after a kill")

    # Then all other keys are done, and of the paused one nothing starts that had not started
    others = [job for job in ids if job not in of_key[PAUSED]]
    until(lambda: set(done(usher)) >= set(others), 120, lambda: f"{len(done(usher))} are done")
    after = set(of_key[PAUSED]) & set(done(usher))
    assert len(after - before) <= 1, "a job that ran at the pause may have ended"
    waiting = [job for job in of_key[PAUSED] if job not in after]
    assert usher.job(waiting[0])["waiting_for"]["reason"] == "too many"

    # And after it is resumed all are done, each key in its order
    steer(usher, "/v1/types/in_turn/resume", key=PAUSED)
    until(lambda: len(done(usher)) == JOBS, 60, lambda: f"{len(done(usher))} are done")
    order = done(usher)
    for key, its in of_key.items():
        assert [job for job in order if job in set(its)] == its, key


def test_a_paused_queue_stays_paused_when_its_workers_are_killed_and_others_go_on(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a job that runs, and others that wait, in a queue that is paused
    workers = (celery_worker, second_worker)
    running = usher.submit("linger", attempts=9)
    until(lambda: usher.marks(running) == ["begun"], 20, lambda: usher.http("GET", f"/v1/jobs/{running}").text)
    steer(usher, "/v1/queues/jobs/pause", reason="maintenance")
    waiting = [usher.submit("note") for _ in range(20)]

    # When its workers are killed and come back
    kill(workers)
    restart(workers)
    until(lambda: usher.job(running)["state"] == "queued", 30, lambda: str(usher.job(running)))

    # Then another queue goes on, and in this one nothing starts, not even what ran
    sent = usher.http("POST", "/v1/notifications", {"channel": "console", "to": "ada", "message": "m"}).json()["id"]
    assert usher.finished(sent)["state"] == "complete"
    told = [usher.job(job)["waiting_for"] for job in (running, *waiting)]
    assert {(one["what"], one["group"], one["reason"]) for one in told} == {("pause", "queue:jobs", "maintenance")}
    assert [usher.marks(job) for job in (running, *waiting)] == [["begun"], *[[]] * 20]

    # And all of it is done once it is resumed
    usher.let_go(running)
    steer(usher, "/v1/queues/jobs/resume")
    assert {usher.finished(job)["state"] for job in (running, *waiting)} == {"complete"}
    assert [usher.marks(job) for job in waiting] == [["done"]] * 20


def test_nothing_is_sold_while_reservations_are_paused_though_their_worker_is_killed(
    usher: Usher, seller: WorkerNode
) -> None:
    path = usher.show("paused", 5)
    steer(usher, "/v1/queues/reservations/pause")
    wishes = [usher.reserve(path).json()["id"] for _ in range(7)]
    kill([seller])
    restart([seller])
    until(lambda: usher.job(wishes[0])["waiting_for"]["what"] == "pause", 20, lambda: str(usher.job(wishes[0])))
    assert usher.floor("paused")["available"] == 5
    steer(usher, "/v1/queues/reservations/resume")
    assert [usher.outcome(one) for one in wishes] == ["held"] * 5 + ["refused"] * 2
    assert usher.held("paused") == wishes[:5]
    usher.assert_true_numbers("paused")


def test_pauses_that_end_while_no_worker_is_up_are_over_once_there_are_workers(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode, seller: WorkerNode, notifier: WorkerNode
) -> None:
    # Given pauses of a key and of a queue, and jobs of them, and no worker at all
    workers = (celery_worker, second_worker, seller, notifier)
    ends = time.monotonic() + 4
    steer(usher, "/v1/types/note/pause", key="ada", for_seconds=4)
    steer(usher, "/v1/queues/notifications/pause", for_seconds=4)
    job = usher.submit("note", key="ada")
    sent = usher.http("POST", "/v1/notifications", {"channel": "console", "to": "ada", "message": "m"}).json()["id"]
    kill(workers)
    until(lambda: time.monotonic() > ends, 10, lambda: "time does not go on")

    # When workers come back after the end
    restart(workers)

    # Then the jobs are done, and nothing is paused
    assert [usher.finished(one)["state"] for one in (job, sent)] == ["complete", "complete"]
    assert not {"key:note/ada", "queue:notifications"} & usher.http.get("/v1/stats")["paused"].keys()
