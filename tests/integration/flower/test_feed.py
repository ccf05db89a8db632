"""What Flower hears of jobs: all of a few, a true sample of many, and only from one process at a time."""

import threading
from pathlib import Path

import pytest
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from tasks_app.jobs.job import State
from tasks_app.state import keys, worker_keys
from tasks_app.usher import Usher
from tests.jobs import TYPE, new, read, slot_claims, take_in
from tests.servers import Valkey
from tests.watched import BEGINS, DONE, Watched
from worker.flower.feed import FlowerFeed
from worker.jobs.answers import Failed, Retry


def test_a_failed_attempt_is_shown_as_failed_and_the_last_one_as_failure(watched: Watched) -> None:
    # Given a job that fails twice
    teller = watched.feed()
    job = new(attempts=2)
    take_in(watched.state, job)
    for answer in (Retry("not now", 0), Failed("never")):
        (claim,) = slot_claims(watched.store, [job.id], "worker@there")
        watched.end(claim, answer)
        teller.look()
        watched.store.promote([TYPE])

    # Then Flower hears of both, in the name of their worker
    watched.eventually(lambda: len(watched.types_of(job.id)) == 6)
    assert watched.types_of(job.id) == [*BEGINS, "task-retried", *BEGINS, "task-failed"]
    retried, failed = watched.told[2], watched.told[5]
    assert (retried["exception"], failed["exception"]) == ("retry_later: not now", "permanent: never")
    assert (failed["hostname"], failed["retries"], failed["name"]) == ("worker@there", 1, TYPE)


def test_of_too_many_jobs_the_failed_come_first_and_those_shown_as_begun_come_to_their_end(watched: Watched) -> None:
    # Given more jobs than the feed may tell of, which begin
    teller = watched.feed(jobs_per_second=40, unheard_seconds=0.0, read=200)  # ten a look
    jobs = [new() for _ in range(100)]
    take_in(watched.state, *jobs)
    claims = slot_claims(watched.store, [job.id for job in jobs], "worker@there")
    teller.look()
    teller.look()

    # When they end, one of them badly
    bad = claims[-1]
    for claim in claims:
        watched.end(claim, Failed("no") if claim is bad else DONE)
    for _ in range(8):
        teller.look()

    # Then it told of some, and of each of those to its end, whatever the stream left out
    watched.eventually(lambda: watched.types_of(bad.id)[-1:] == ["task-failed"])
    begun = {one["uuid"] for one in watched.told if one["type"] == "task-started"}
    ended = {one["uuid"] for one in watched.told if one["type"] in ("task-succeeded", "task-failed")}
    assert 0 < len(begun) < len(jobs)
    assert begun <= ended
    # And Flower, which subtracts starts from receipts, heard as many of the one as of the other
    assert watched.counted("task-received") == watched.counted("task-started")


def test_one_process_feeds_and_another_goes_on_where_it_stopped(watched: Watched) -> None:
    # Given two, of which one feeds
    first, second = watched.feed("first"), watched.feed("second")
    job = new()
    watched.claim(job)
    second.look()
    first.look()
    watched.hears(job.id, *BEGINS)

    # When that one is silent, and a job ends meanwhile
    later = new()
    watched.claim(later)
    watched.state.delete(worker_keys.flower_feed())  # as it goes by itself
    second.look()
    first.look()

    # Then the other tells of it, once; and so does the first when it leads again
    watched.hears(later.id, *BEGINS)
    last = new()
    watched.claim(last)
    watched.state.delete(worker_keys.flower_feed())
    first.look()
    watched.hears(last.id, *BEGINS)
    assert [watched.types_of(one.id) for one in (job, later)] == [BEGINS, BEGINS]


def test_an_absent_broker_stops_nothing_and_the_feed_goes_on_later(watched: Watched, valkey: Valkey) -> None:
    # Given a feed whose broker is not there
    away = Celery("away", broker="redis://127.0.0.1:1/0")
    away.conf.broker_transport_options = {"socket_connect_timeout": 0.2}
    teller = FlowerFeed(watched.state, away, "worker@here", 400)
    teller.look()
    stopped = threading.Event()
    thread = threading.Thread(target=teller.run, args=(stopped,), daemon=True)
    thread.start()
    job = new()
    watched.claim(job)

    # When it is there again
    watched.eventually(lambda: not teller._outage._is_known)
    teller._teller.app = Celery("back", broker=valkey.url(1))

    # Then what happened meanwhile is told
    watched.hears(job.id, *BEGINS)
    stopped.set()
    thread.join(5)


def test_events_that_did_not_reach_the_broker_are_told_when_it_is_back(
    watched: Watched, valkey: Valkey, tmp_path: Path
) -> None:
    # Given a feed whose broker was there, and dies with a job untold
    broker = Valkey(tmp_path / "broker")
    broker.start()
    try:
        teller = FlowerFeed(watched.state, Celery("dies", broker=broker.url(1)), "worker@here", 400)
        teller.look()
        watched.end(watched.claim(new()))
        teller.look()
        place = watched.state.get(worker_keys.flower_place())
    finally:
        broker.kill()
    claim = watched.claim(new())
    with pytest.raises((redis.ConnectionError, OSError, OperationalError)):
        teller.look()
    assert watched.state.get(worker_keys.flower_place()) == place

    # When another goes on, then it tells all of it
    watched.state.delete(worker_keys.flower_feed())
    another = watched.feed("another")
    watched.hears(claim.id, *BEGINS)

    # And when the first leads again, it does not mistake the job for one that it shows
    watched.end(claim)
    another.look()
    watched.hears(claim.id, *BEGINS, "task-succeeded")
    watched.state.delete(worker_keys.flower_feed())
    teller._teller.drop()
    teller._teller.app, teller._after = watched.app, ""
    teller.look()
    assert watched.state.scard(worker_keys.flower_shown()) == 0


def test_events_from_before_the_first_feed_are_not_told(watched: Watched) -> None:
    old, job = new(), new()
    watched.end(watched.claim(old))
    teller = watched.feed()
    watched.claim(job)
    teller.look()
    watched.hears(job.id, *BEGINS)
    assert watched.types_of(old.id) == []


def test_a_job_that_runs_again_when_its_failure_is_read_stops_nothing(watched: Watched, usher: Usher) -> None:
    # Given a job that failed, was replayed and runs, all between two looks
    teller = watched.feed()
    job = new()
    claim = watched.claim(job)
    watched.end(claim, Failed("never"))
    usher.controls.replay(job.id)
    slot_claims(watched.store, [job.id], "worker@there")

    # Then all of it is told
    teller.look()
    watched.eventually(lambda: len(watched.types_of(job.id)) == 6)
    assert watched.types_of(job.id) == [*BEGINS, "task-failed", "task-retried", *BEGINS]
    assert next(one for one in watched.told if one["type"] == "task-failed")["exception"] == "permanent: never"
    assert watched.state.smembers(worker_keys.flower_shown()) == {job.id}


def test_the_next_feed_ends_what_the_last_one_showed_as_begun(watched: Watched) -> None:
    # Given a feed that shows one as begun, and is gone
    first = watched.feed("first")
    job = new()
    claim = watched.claim(job)
    first.look()
    watched.state.delete(worker_keys.flower_feed())

    # When the job ends in a part of the stream that nobody reads
    watched.end(claim)
    watched.state.delete(worker_keys.flower_place())
    second = FlowerFeed(watched.state, watched.app, "second", 400)
    second.look()

    # Then its end is told too, and the job is forgotten
    watched.hears(job.id, *BEGINS, "task-succeeded")
    assert watched.told[-1]["timestamp"] == (read(watched.state, job.id).finished_ms or 0) / 1000
    assert watched.state.scard(worker_keys.flower_shown()) == 0


def test_many_waiting_jobs_do_not_keep_another_from_being_shown_at_its_end(watched: Watched) -> None:
    # Given more running jobs than one look can ask about, and then one that ends unread
    teller = watched.feed(unheard_seconds=0.0, caught_up=5)
    running = [new() for _ in range(20)]
    last = new()
    take_in(watched.state, *running, last)
    slot_claims(watched.store, [job.id for job in running], "worker@there")
    (claim,) = slot_claims(watched.store, [last.id], "worker@there")
    teller.look()
    watched.end(claim)
    watched.state.xtrim(keys.events(), maxlen=0, approximate=False)

    # Then its turn comes
    for _ in range(5):
        teller.look()
    watched.eventually(lambda: watched.types_of(last.id)[-1:] == ["task-succeeded"])


def test_a_job_that_no_worker_ended_is_not_told_in_the_name_of_a_dead_one(watched: Watched) -> None:
    # Given a job whose worker dies again and again
    teller = watched.feed()
    job = new(attempts=1)
    take_in(watched.state, job)

    def poisoned() -> bool:
        slot_claims(watched.store, [job.id], "worker@dead")
        watched.store.recover([TYPE])
        return read(watched.state, job.id).state == State.FAILED

    watched.eventually(poisoned, 20)
    teller.look()

    # Then Flower, to which an event is a sign of life, hears of its end from a living worker
    watched.eventually(lambda: watched.types_of(job.id)[-1:] == ["task-failed"])
    assert watched.told[-1]["hostname"] == "worker@here"


def test_a_job_that_was_cancelled_before_it_began_leaves_the_counts_even(watched: Watched, usher: Usher) -> None:
    teller = watched.feed()
    job = new()
    take_in(watched.state, job)
    usher.controls.cancel(job.id)
    teller.look()
    watched.hears(job.id, "task-received", "task-revoked")
