"""One at a time for each key, whatever is killed: real workers, real kills."""

import time

from tests.deadlines import until
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher

JOBS, KEYS, SECONDS = 500, 20, 0.01
KILLS = 4


def test_no_two_jobs_of_a_key_are_done_at_once_while_workers_are_killed(
    usher: Usher, celery_worker: WorkerNode, second_worker: WorkerNode
) -> None:
    # Given a limit of one job for each key, and many jobs
    assert usher.http("PUT", "/v1/types/in_turn", {"per_key": {"at_once": 1}}).status_code == 200
    data = [{"key": f"k{n % KEYS}", "seconds": SECONDS} for n in range(JOBS)]
    jobs = [{"type": "in_turn", "key": one["key"], "data": one, "attempts": 9} for one in data]
    batch = usher.http("POST", "/v1/jobs", jobs).headers["Location"]

    def done() -> int:
        return int(usher.http.get(batch)["counts"]["complete"])

    # When workers are killed again and again
    for kill in range(KILLS):
        worker = (celery_worker, second_worker)[kill % 2]
        before = done()
        until(lambda before=before: done() >= min(before + 20, JOBS), 60, lambda: f"{usher.http.get(batch)}")
        worker.kill("SIGKILL")
        worker.restart()

    # Then all are done, and none beside another job of its key
    until(lambda: done() == JOBS, 120, lambda: f"{usher.http.get(batch)}")
    marks = (usher.directory / "marks").read_text().split("\n")
    assert [mark for mark in marks if mark.endswith("twice")] == []
    assert sum(mark.endswith("begun") for mark in marks) >= JOBS


def test_the_backlog_of_a_key_holds_up_no_other_key_for_long(usher: Usher) -> None:
    # Given a backlog of one key
    backlog = [{"type": "in_turn", "key": "ada", "data": {"key": f"a{n}", "seconds": 0.02}} for n in range(1_000)]
    batch = usher.http("POST", "/v1/jobs", backlog).headers["Location"]
    until(lambda: usher.http.get(batch)["counts"]["complete"] > 20, 30, lambda: "nothing is done")

    # When a job of another key comes, then it is done while nearly all of the backlog still waits
    began = time.monotonic()
    job = usher.http("POST", "/v1/jobs", {"type": "in_turn", "key": "bob", "data": {"key": "b", "seconds": 0}}).json()
    usher.finished(job["id"])
    assert usher.http.get(batch)["counts"]["queued"] > 500, time.monotonic() - began
