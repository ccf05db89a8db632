"""Jobs of a user's own types, from HTTP to the handler and back: progress, retries, limits, cancel, delays, batches."""

from collections import Counter

import pytest

from tests.deadlines import until
from tests.system.usher import Usher


def test_progress_and_log_are_seen_as_they_happen(shared_usher: Usher) -> None:
    job_id = shared_usher.submit("steps", title="Some steps", delay_ms=300)
    with shared_usher.listen(f"job:{job_id}") as listener:
        assert listener.ended.wait(20)  # the job's last event ends its stream

    assert listener.facts() == ["delayed", "queued", "active", "logged", "progress", "logged", "progress", "complete"]
    progress = [event["data"] for event in listener.events if event["event"] == "progress"]
    assert progress == [
        {"progress": 25, "progress_data": {"at": "first"}},
        {"progress": 75, "progress_data": {"at": "second"}},
    ]
    job = shared_usher.job(job_id)
    assert (job["title"], job["result"], job["progress"]) == ("Some steps", "all steps", 100)
    assert job["progress_data"] == {"at": "second"}
    assert shared_usher.http.get(f"/v1/jobs/{job_id}/log") == {"lines": ["first line", "second line"]}


def test_a_job_is_tried_again_after_its_backoff_until_it_succeeds(shared_usher: Usher) -> None:
    # Given a job that fails twice, and waits that long before each new attempt
    backoff = {"kind": "fixed", "delay_ms": 200, "jitter": 0.0}
    job_id = shared_usher.submit("fragile", {"succeeds_at": 3}, attempts=5, backoff=backoff)
    with shared_usher.listen(f"job:{job_id}") as listener:
        assert listener.ended.wait(20)

    # Then the third attempt succeeds, and none began before its time
    job = shared_usher.job(job_id)
    assert (job["state"], job["result"], job["error"]) == ("complete", {"attempt": 3}, None)
    assert (job["attempts_made"], job["attempts_max"]) == (3, 5)
    assert [attempt["error"] and attempt["error"]["message"] for attempt in job["attempts"]] == [
        "ValueError: attempt 1 went wrong",
        "ValueError: attempt 2 went wrong",
        None,
    ]
    assert "in fragile\n" in job["attempts"][0]["error"]["traceback"]
    assert shared_usher.marks(job_id) == ["attempt 1", "attempt 2", "attempt 3"]
    retries = [event for event in listener.events if event["event"] == "retrying"]
    begins = [_ms(event) for event in listener.events if event["event"] == "active"]
    assert [retry["data"]["error"]["message"] for retry in retries] == [
        "ValueError: attempt 1 went wrong",
        "ValueError: attempt 2 went wrong",
    ]
    for retry, begin in zip(retries, begins[1:], strict=True):
        assert _ms(retry) + 200 <= retry["data"]["due_ms"] + 5
        assert begin >= retry["data"]["due_ms"]


def test_a_job_without_attempts_left_has_failed_and_can_be_replayed(shared_usher: Usher) -> None:
    job_id = shared_usher.submit("fragile", {"succeeds_at": 3}, attempts=2)
    job = shared_usher.finished(job_id)
    assert (job["state"], job["error"]["code"]) == ("failed", "error")
    assert job["error"]["message"] == "ValueError: attempt 2 went wrong"

    # A replay gives it all its attempts again, counted from one
    assert shared_usher.http("POST", f"/v1/jobs/{job_id}/replay").status_code == 202
    until(lambda: len(shared_usher.marks(job_id)) == 4, 20, lambda: f"{shared_usher.marks(job_id)}")
    job = shared_usher.finished(job_id)
    assert (job["attempts_made"], job["attempts_max"], len(job["attempts"])) == (2, 2, 2)
    assert shared_usher.marks(job_id) == ["attempt 1", "attempt 2"] * 2


@pytest.mark.parametrize(
    "name",
    [
        *("builtins.SystemExit", "builtins.KeyboardInterrupt", "builtins.GeneratorExit"),
        *(f"celery.exceptions.{name}" for name in ("Ignore", "Reject", "Retry", "WorkerShutdown", "WorkerTerminate")),
        *("billiard.exceptions.SoftTimeLimitExceeded", "billiard.exceptions.WorkerLostError"),
        *("redis.ConnectionError", "redis.ReadOnlyError", "kombu.exceptions.OperationalError"),
        *("tasks_app.errors.StateUnavailableError", "tasks_app.errors.LostJobError"),
    ],
)
def test_exceptions_that_other_programs_give_a_meaning_are_one_failed_attempt(shared_usher: Usher, name: str) -> None:
    job_id = shared_usher.submit("leaving", {"raises": name})
    job = shared_usher.finished(job_id)
    assert (job["state"], job["error"]["code"], job["attempts_made"]) == ("failed", "error", 1)
    assert name.rpartition(".")[2] in job["error"]["message"]
    assert (job["stalls"], shared_usher.marks(job_id)) == (0, ["begun"])


def test_an_attempt_over_its_time_limit_has_failed_and_its_process_is_free_again(shared_usher: Usher) -> None:
    # Given a handler that never returns, with a limit of one second, and two attempts
    job_id = shared_usher.submit("endless", attempts=2)
    job = shared_usher.finished(job_id)
    assert (job["state"], job["error"]["code"], job["stalls"]) == ("failed", "time_limit", 0)
    assert shared_usher.marks(job_id) == ["begun", "begun"]

    # When other jobs come, then they are done by the processes that took the place of the killed ones
    notes = [shared_usher.submit("note") for _ in range(5)]
    assert [shared_usher.finished(note)["state"] for note in notes] == ["complete"] * 5


def test_a_handler_that_wants_a_child_process_learns_what_to_do(shared_usher: Usher) -> None:
    job = shared_usher.finished(shared_usher.submit("family"))
    assert (job["state"], shared_usher.marks(job["id"])) == ("failed", [])
    assert "use threads, subprocess or several jobs" in job["error"]["message"]


def test_a_permanent_error_ends_a_job_at_once(shared_usher: Usher) -> None:
    job = shared_usher.finished(shared_usher.submit("hopeless", attempts=5))

    assert (job["state"], job["attempts_made"]) == ("failed", 1)
    assert job["error"] == {"code": "permanent", "message": "There is no such address."}
    assert shared_usher.marks(job["id"]) == ["attempt 1"]


def test_a_job_over_its_time_fails_and_its_handler_learns_of_it(shared_usher: Usher) -> None:
    # Given a job that gives no sign of life within its time
    job_id = shared_usher.submit("linger", ttl_ms=400)

    # Then it fails while its handler works on, which learns it at its next sign of life, and changes nothing
    job = shared_usher.finished(job_id)
    assert (job["state"], job["error"]["code"]) == ("failed", "ttl_exceeded")
    assert shared_usher.marks(job_id) == ["begun"]
    shared_usher.let_go(job_id)
    until(lambda: shared_usher.marks(job_id) == ["begun", "lost"], 20, lambda: f"{shared_usher.marks(job_id)}")
    assert shared_usher.job(job_id) == job


def test_progress_keeps_a_job_alive_beyond_its_time(shared_usher: Usher) -> None:
    # Given a job that reports all the time, for longer than it may be silent
    job_id = shared_usher.submit("linger", {"reports": True}, ttl_ms=1_000)
    with shared_usher.listen(f"job:{job_id}") as listener:
        until(lambda: listener.facts().count("progress") > 40, 20, lambda: f"{listener.facts()}")
        shared_usher.let_go(job_id)
        assert listener.ended.wait(20)

    begin, end = (_ms(event) for event in listener.events if event["event"] in ("active", "complete"))
    assert end - begin > 1_000
    assert shared_usher.marks(job_id) == ["begun", "done"]


def test_an_active_job_that_is_cancelled_stays_cancelled_and_its_handler_learns_of_it(shared_usher: Usher) -> None:
    job_id = shared_usher.submit("linger", {"reports": True})
    until(lambda: shared_usher.marks(job_id) == ["begun"], 20, lambda: "it did not begin")

    answer = shared_usher.http("DELETE", f"/v1/jobs/{job_id}")

    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    until(lambda: shared_usher.marks(job_id) == ["begun", "lost"], 20, lambda: f"{shared_usher.marks(job_id)}")
    assert shared_usher.job(job_id)["state"] == "cancelled"


def test_a_queued_job_that_is_cancelled_never_runs(shared_usher: Usher) -> None:
    # Given a show that is paused, and a reservation that waits
    path = shared_usher.show("paused", seats=5)
    assert shared_usher.http("POST", "/v1/shows/paused/pause").status_code == 200
    cancelled, kept = (shared_usher.reserve(path).json()["id"] for _ in range(2))

    # When one of two is cancelled before the show goes on
    assert shared_usher.http("DELETE", f"/v1/reservations/{cancelled}").json()["state"] == "cancelled"
    assert shared_usher.http.get(f"/v1/reservations/{kept}")["state"] == "queued"
    shared_usher.http("POST", "/v1/shows/paused/resume")

    # Then only the other one is done
    assert shared_usher.outcome(kept) == "held"
    assert shared_usher.outcome(cancelled) == "cancelled"
    assert shared_usher.held("paused") == [kept]


def test_delayed_jobs_run_once_each_when_they_are_due(shared_usher: Usher) -> None:
    # Given the clocks of two workers, and jobs that are due one after the other
    jobs = [shared_usher.submit("note", delay_ms=500 + 20 * number) for number in range(50)]

    # Then each begins at its time or after it, and none is done twice
    for job in map(shared_usher.finished, jobs):
        assert job["started_ms"] >= job["due_ms"] >= job["created_ms"] + 500
        assert (job["state"], job["attempts_made"]) == ("complete", 1)
        assert shared_usher.marks(job["id"]) == ["done"]


def test_the_counters_of_a_batch_add_up(shared_usher: Usher) -> None:
    # Given a batch of jobs that succeed, fail, and are cancelled
    kinds = ["note"] * 60 + ["hopeless"] * 30 + ["steps"] * 10
    body = [{"type": kind, "delay_ms": 3_600_000 if kind == "steps" else 0} for kind in kinds]
    answer = shared_usher.http("POST", "/v1/jobs", body, key="a batch")
    assert answer.status_code == 202
    batch, jobs = answer.json()["id"], answer.json()["jobs"]

    def numbers() -> dict[str, int]:
        found: dict[str, int] = shared_usher.http.get(f"/v1/batches/{batch}")["counts"]
        return {state: count for state, count in found.items() if count}

    # When it is submitted again, which changes nothing, and the delayed jobs are cancelled
    again = shared_usher.http("POST", "/v1/jobs", body, key="a batch")
    assert (again.json()["jobs"], again.headers["Idempotent-Replayed"]) == (jobs, "true")
    for job in jobs[90:]:
        assert shared_usher.http("DELETE", f"/v1/jobs/{job}").status_code == 200

    # Then it is finished, and each job is counted where it is
    expected = {"complete": 60, "failed": 30, "cancelled": 10}
    until(lambda: numbers() == expected, 40, lambda: f"{numbers()}")
    found = shared_usher.http.get(f"/v1/batches/{batch}")
    assert (found["total"], found["finished"]) == (100, True)
    listed = shared_usher.http.get(f"/v1/batches/{batch}/jobs?limit=500")["jobs"]
    assert [job["id"] for job in listed] == jobs
    assert Counter(job["state"] for job in listed) == expected
    assert all(len(shared_usher.marks(job)) == 1 for job in jobs[:90])


def _ms(event: dict[str, str]) -> int:
    """When an event happened, by the server's clock."""
    return int(event["id"].partition("-")[0])
