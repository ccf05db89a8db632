"""What precedes an event of a job without a row, in whose name it is told, and how running jobs are shown."""

import logging
import time

import pytest

from tasks_app.jobs.job import State
from tasks_app.state import keys, worker_keys
from tasks_app.usher import Usher
from tests.jobs import TYPE, new, read, slot_claims, take_in
from tests.watched import BEGINS, Watched
from worker.flower import choice as flower_choice
from worker.flower import feed as flower_feed
from worker.jobs.answers import Completed, Failed, Retry, Snooze
from worker.jobs.job_store import Settlement

ANSWERS = {
    "task-succeeded": Completed(),
    "task-failed": Failed("never"),
    "task-retried": Retry("not now", 60_000),
}


@pytest.mark.parametrize("event", [*ANSWERS, "task-progress", "snoozed"])
def test_an_attempt_whose_beginning_was_not_told_begins_first(watched: Watched, event: str) -> None:
    # Given a feed that begins when the job runs already
    claim = watched.claim(new(attempts=2))
    teller = watched.feed()
    if event == "task-progress":
        watched.store.progress([(claim, 40, None)])
    else:
        watched.end(claim, Snooze("later", 60_000) if event == "snoozed" else ANSWERS[event])

    # Then Flower, which subtracts starts from receipts, hears of both
    teller.look()
    watched.hears(claim.id, *BEGINS, "task-retried" if event == "snoozed" else event)
    assert {one["hostname"] for one in watched.told} == {"worker@there"}


@pytest.mark.parametrize("has_row", [True, False])
def test_a_job_that_is_cancelled_between_two_attempts_was_received_once(
    watched: Watched, has_row: bool, usher: Usher
) -> None:
    # Given a job that waits for its second attempt
    before = watched.feed() if has_row else None
    job = new(attempts=2)
    watched.end(watched.claim(job), Retry("not now", 60_000))
    if before:
        before.look()
    teller = before or watched.feed()

    # When it is cancelled, then Flower hears so, in no worker's name
    usher.controls.cancel(job.id)
    teller.look()
    watched.hears(job.id, *BEGINS, *(["task-retried"] if has_row else []), "task-revoked")
    by = ["worker@there"] * 3 if has_row else ["worker@here"] * 2
    assert [one["hostname"] for one in watched.told] == [*by, "worker@here"]


def test_a_job_that_went_silent_is_told_by_a_living_worker(watched: Watched) -> None:
    # Given a job whose worker goes silent
    teller = watched.feed()
    job = new(attempts=3)
    take_in(watched.state, job)
    slot_claims(watched.store, [job.id], "worker@dead")

    def is_queued_again() -> bool:
        watched.store.recover([TYPE])
        return read(watched.state, job.id).state == State.QUEUED

    watched.eventually(is_queued_again, 20)

    # Then another worker tells that: Flower takes an event for a sign of life
    teller.look()
    watched.hears(job.id, *BEGINS, "task-retried")
    assert [one["hostname"] for one in watched.told] == ["worker@dead", "worker@dead", "worker@here"]


def test_a_running_job_is_shown_as_it_is(watched: Watched) -> None:
    # Given jobs that begin when quick ones get no rows: one runs on, one is given back, one ends when this was read
    teller = watched.feed(jobs_per_second=4, quick_store=0.0)
    runs, back, over = (watched.claim(new()) for _ in range(3))
    teller.look()
    watched.store.settle([Settlement(back, "returned", back.place)])
    watched.store.progress([(runs, 40, None)])
    teller.look()
    watched.end(over)

    # When they have run for 100 ms, then those that did begin are shown as the record has them
    def told() -> bool:
        teller._tell([])  # its end is not read yet
        teller._teller.flush()
        return bool(watched.types_of(runs.id))

    watched.eventually(told)
    watched.hears(runs.id, *BEGINS, "task-progress")
    started = next(one for one in watched.told if one["uuid"] == runs.id and one["type"] == "task-started")
    assert started["timestamp"] == (read(watched.state, runs.id).started_ms or 0) / 1000
    watched.hears(over.id, *BEGINS)
    teller.look()
    watched.hears(over.id, *BEGINS, "task-succeeded")
    assert watched.types_of(back.id) == []


def test_a_job_whose_end_another_feed_read_is_not_shown_as_running(watched: Watched) -> None:
    # Given a feed that saw a job begin, and another that sees its end
    first = watched.feed("first", quick_store=0.0)
    claim = watched.claim(new())
    first.look()
    watched.state.delete(worker_keys.flower_feed())
    second = watched.feed("second", jobs_per_second=0)
    watched.end(claim)
    second.look()
    first.look()

    # When the first leads again, later than a slow job's time, then it has nothing left to tell of that job
    watched.state.delete(worker_keys.flower_feed())
    (_, read_at), *_ = first._choice._running.values()
    watched.eventually(lambda: time.monotonic() - read_at > flower_choice.SLOW_MS / 1000)
    first.look()
    last = watched.claim(new())
    watched.end(last, Failed("never"))
    first.look()
    watched.hears(last.id, *BEGINS, "task-failed")
    assert watched.types_of(claim.id) == []


def test_a_job_that_ended_a_moment_ago_is_left_to_the_stream(watched: Watched) -> None:
    teller = watched.feed()
    claim = watched.claim(new())
    teller.look()
    watched.end(claim)
    teller._catch_up()
    teller.look()
    watched.hears(claim.id, *BEGINS, "task-succeeded")


def test_a_job_that_is_no_longer_recorded_is_forgotten_and_stops_nothing(watched: Watched) -> None:
    # Given a job that is shown, and one that is not, whose records are gone
    teller = watched.feed(unheard_seconds=0.0)
    shown, unshown = watched.claim(new()), new()
    teller.look()
    watched.end(watched.claim(unshown))
    watched.state.delete(keys.job(shown.id), keys.job(unshown.id))
    other = new()
    watched.end(watched.claim(other))

    # Then the others are shown, and nothing is shown as running
    teller.look()
    watched.hears(other.id, *BEGINS, "task-succeeded")
    assert watched.state.scard(worker_keys.flower_shown()) == 0
    assert watched.types_of(unshown.id) == []


def test_of_more_jobs_than_flower_keeps_the_last_are_shown(watched: Watched) -> None:
    teller = watched.feed(shown=2)
    jobs = [new() for _ in range(5)]
    for job in jobs:
        watched.claim(job)
    teller.look()
    assert watched.state.smembers(worker_keys.flower_shown()) == {job.id for job in jobs[3:]}
    assert 0 < watched.state.ttl(worker_keys.flower_shown()) <= flower_feed.KEPT_SECONDS
    assert teller._begun | teller._ended == set()


def test_the_leading_feed_keeps_leading(watched: Watched) -> None:
    teller = watched.feed(lead_ms=600_000)
    watched.state.pexpire(worker_keys.flower_feed(), 60_000)
    teller.look()
    assert watched.state.pttl(worker_keys.flower_feed()) > 60_000


def test_a_look_reads_so_many_events_and_the_next_goes_on(watched: Watched, usher: Usher) -> None:
    # Given 25 entries of one job each, of which one look reads 20, in two parts
    teller = watched.feed(entries_per_read=10, read=20)
    jobs = [new() for _ in range(25)]
    take_in(watched.state, *jobs)
    teller.look()
    before = teller._after
    for job in jobs:
        usher.controls.cancel(job.id)
    entries = [entry.id for entry in usher.events.entries_from(keys.events(), f"({before}", 100)]

    # Then it is in the middle, and then at the end
    teller.look()
    assert teller._after == entries[19]
    teller.look()
    assert teller._after == entries[-1]


def test_jobs_without_a_row_are_counted_in_the_log_now_and_then(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    teller = watched.feed(jobs_per_second=0)

    def fail(count: int) -> list[str]:
        for _ in range(count):
            watched.end(watched.claim(new()), Failed("never"))
        caplog.clear()
        teller.look()
        return [line.split(" jobs ")[0] for line in caplog.messages if "Flower" in line]

    with caplog.at_level(logging.WARNING):
        assert fail(0) == []
        assert fail(2) == ["Flower was not told of 2"]
        assert fail(1) == []
        teller._said -= 60  # as if a minute were over
        assert fail(2) == ["Flower was not told of 3"]
        assert fail(0) == []
