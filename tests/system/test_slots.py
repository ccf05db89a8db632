"""Slots that freeze, die and work long: what readyz and stats say about them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from tests.deadlines import until
from tests.system.usher import Usher


def slots(usher: Usher, queue: str) -> list[dict[str, Any]]:
    return [one for one in usher.http.get("/v1/stats")["slots"] if one["queue"] == queue]


def checked(usher: Usher, queue: str) -> dict[str, Any]:
    found: dict[str, Any] = usher.http("GET", "/readyz").json()["queues"][queue]
    return found


def shown(usher: Usher, queue: str) -> Callable[[], str]:
    return lambda: f"{slots(usher, queue)}, {checked(usher, queue)}"


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    process = psutil.Process(pid)
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def test_each_slot_says_what_it_does_and_since_when(usher: Usher) -> None:
    # Given workers with nothing to do, then a job
    until(lambda: len({one["pid"] for one in slots(usher, "jobs")} - {0}) == 4, 20, shown(usher, "jobs"))
    job_id = usher.submit("linger")

    def doing() -> list[dict[str, Any]]:
        return [one for one in slots(usher, "jobs") if one["state"] == "busy"]

    until(lambda: doing() and usher.marks(job_id), 20, shown(usher, "jobs"))
    job = usher.job(job_id)
    assert [(one["worker"], one["type"]) for one in doing()] == [(job["worker"], "linger")]
    assert doing()[0]["since_ms"] <= job["started_ms"] + 1000

    # When its process is killed, then another takes its place, and no slot counts as dead
    killed = doing()[0]["pid"]
    psutil.Process(killed).kill()
    until(lambda: killed not in {one["pid"] for one in slots(usher, "jobs")}, 20, shown(usher, "jobs"))
    assert len(slots(usher, "jobs")) == 4
    assert {one["state"] for one in slots(usher, "jobs")} <= {"idle", "busy"}
    usher.let_go(job_id)
    assert usher.finished(job_id, 60)["state"] == "complete"


def test_a_frozen_idle_process_of_a_pool_is_reported_and_no_longer_counts(usher: Usher) -> None:
    # Given the one idle process of the seller
    until(lambda: [one["pid"] > 0 for one in slots(usher, "reservations")] == [True], 20, shown(usher, "reservations"))
    seller = slots(usher, "reservations")[0]

    # When it is frozen, then readyz says which one it is
    with frozen(seller["pid"]):
        until(lambda: checked(usher, "reservations")["status"] == "dead", 40, shown(usher, "reservations"))
        named = {"worker": seller["worker"], "pid": seller["pid"]}
        assert checked(usher, "reservations")["dead_slots"] == [named]
        assert usher.http("GET", "/readyz").status_code == 503
        assert [one["state"] for one in slots(usher, "reservations")] == ["dead"]

    # And once it goes on, all is well
    until(usher.is_ready, 40, shown(usher, "reservations"))
    assert checked(usher, "reservations")["dead_slots"] == []


def test_a_queue_is_served_while_one_of_its_slots_is_dead(usher: Usher) -> None:
    until(lambda: len({one["pid"] for one in slots(usher, "jobs")} - {0}) == 4, 20, shown(usher, "jobs"))
    with frozen(slots(usher, "jobs")[0]["pid"]):
        until(lambda: len(checked(usher, "jobs")["dead_slots"]) == 1, 40, shown(usher, "jobs"))
        assert usher.is_ready()
        assert usher.finished(usher.submit("note"))["state"] == "complete"


def test_threads_of_a_pool_are_slots_too(usher: Usher) -> None:
    found = slots(usher, "notifications")
    assert len(found) == 32
    assert len({one["pid"] for one in found}) == 1
    assert {one["state"] for one in found} == {"idle"}


def test_live_slots_that_get_no_messages_are_found_by_canaries(usher: Usher) -> None:
    # Given workers with nothing to do, whose consumers have let go of a queue
    until(lambda: len({one["pid"] for one in slots(usher, "jobs")} - {0}) == 4, 20, shown(usher, "jobs"))
    usher.setup.app.control.cancel_consumer("jobs")

    # Then all their slots live and are idle, none is dead, and yet readyz says that the queue is not consumed
    until(lambda: checked(usher, "jobs")["status"] == "not consumed", 60, shown(usher, "jobs"))
    assert [one["state"] for one in slots(usher, "jobs")] == ["idle"] * 4
    assert checked(usher, "jobs")["dead_slots"] == []
    assert usher.http("GET", "/readyz").status_code == 503
    assert checked(usher, "reservations")["status"] == checked(usher, "notifications")["status"] == "ok"

    # When they consume again, then all is well without any work
    usher.setup.app.control.add_consumer("jobs")
    until(usher.is_ready, 60, shown(usher, "jobs"))
