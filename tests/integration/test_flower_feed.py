"""What Flower is told of jobs: all when they are few, a true part when they are many, and by one process at a time."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis
from celery import Celery

from tasks_app import controls, keys
from tasks_app.errors import PermanentError, RetryLaterError
from tasks_app.jobs import NewJob, State
from tests.jobs import TYPE, new, options, read, slot_claims, take_in
from tests.servers import Valkey
from worker import flower_feed
from worker.flower_feed import FlowerFeed
from worker.job_store import Claim, JobStore
from worker.verdicts import settlement

Told = list[dict[str, Any]]
BEGINS = ["task-received", "task-started"]


@pytest.fixture
def app(valkey: Valkey) -> Celery:
    return Celery("watched", broker=valkey.url(1))


@pytest.fixture
def told(app: Celery) -> Iterator[Told]:
    """The events as Flower would hear them."""
    heard: Told = []
    ready, done = threading.Event(), threading.Event()

    def listen() -> None:
        with app.connection_for_read() as connection:
            receiver = app.events.Receiver(connection, handlers={"*": heard.append})
            with receiver.consumer_context() as (listening, _, _):
                ready.set()
                while not done.is_set():
                    try:
                        listening.drain_events(timeout=0.2)
                    except TimeoutError:
                        continue

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield heard
    done.set()
    thread.join(10)


@dataclass
class Watched:
    """A state, a broker beside it, and what Flower is told over it."""

    state: redis.Redis
    app: Celery
    told: Told
    eventually: Callable[..., None]

    def __post_init__(self) -> None:
        self.store = JobStore(self.state, options())

    def feed(self, name: str = "worker@here", jobs_per_second: int = 400) -> FlowerFeed:
        """One that has begun: it tells of what comes from now on."""
        begun = FlowerFeed(self.state, self.app, name, jobs_per_second)
        begun.look()
        return begun

    def begin(self, job: NewJob) -> Claim:
        """Take a job in, and have a worker claim it."""
        take_in(self.state, job)
        (claim,) = slot_claims(self.store, [job.id], "worker@there")
        return claim

    def end(self, claim: Claim, answer: object = None) -> None:
        """Settle it with this answer of its handler."""
        self.store.settle([settlement(claim, answer, lost=False)])

    def types_of(self, job_id: str) -> list[str]:
        return [one["type"] for one in self.told if one.get("uuid") == job_id]

    def hears(self, job_id: str, *types: str) -> None:
        """Flower hears of just these events of the job."""
        self.eventually(lambda: self.types_of(job_id) == [*types], 10, f"{types}, not {self.types_of(job_id)}")

    def counted(self, event: str) -> Counter[str]:
        """How many of this event, by job."""
        return Counter(one["uuid"] for one in self.told if one["type"] == event)


@pytest.fixture
def watched(
    state: redis.Redis, state_is_shared: None, app: Celery, told: Told, eventually: Callable[..., None]
) -> Watched:
    return Watched(state, app, told, eventually)


def test_an_attempt_that_failed_is_told_as_such_and_the_last_one_as_failure(watched: Watched) -> None:
    # Given a job that fails twice
    teller = watched.feed()
    job = new(attempts=2)
    take_in(watched.state, job)
    for error in (RetryLaterError("not now", 0), PermanentError("never")):
        (claim,) = slot_claims(watched.store, [job.id], "worker@there")
        watched.end(claim, error)
        teller.look()
        watched.store.promote([TYPE])

    # Then Flower hears of both, in the name of their worker
    watched.eventually(lambda: len(watched.types_of(job.id)) == 6)
    assert watched.types_of(job.id) == [*BEGINS, "task-retried", *BEGINS, "task-failed"]
    retried, failed = watched.told[2], watched.told[5]
    assert (retried["exception"], failed["exception"]) == ("retry_later: not now", "permanent: never")
    assert (failed["hostname"], failed["retries"], failed["name"]) == ("worker@there", 1, TYPE)


def test_of_too_many_jobs_those_that_went_wrong_come_first_and_what_began_comes_to_its_end(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more jobs than may be told of, which begin
    monkeypatch.setattr(flower_feed, "UNHEARD_SECONDS", 0.0)
    monkeypatch.setattr(flower_feed, "READ_AT_MOST", 200)
    teller = watched.feed(jobs_per_second=40)  # ten a look
    jobs = [new() for _ in range(100)]
    take_in(watched.state, *jobs)
    claims = slot_claims(watched.store, [job.id for job in jobs], "worker@there")
    teller.look()
    teller.look()

    # When they end, one of them badly
    bad = claims[-1]
    for claim in claims:
        watched.end(claim, PermanentError("no") if claim is bad else None)
    for _ in range(8):
        teller.look()

    # Then some were told of, and each of those to its end, whatever the stream left out
    watched.eventually(lambda: watched.types_of(bad.id)[-1:] == ["task-failed"])
    begun = {one["uuid"] for one in watched.told if one["type"] == "task-started"}
    ended = {one["uuid"] for one in watched.told if one["type"] in ("task-succeeded", "task-failed")}
    assert 0 < len(begun) < len(jobs)
    assert begun <= ended
    # And Flower, which subtracts starts from receipts, was told as many of the one as of the other
    assert watched.counted("task-received") == watched.counted("task-started")


def test_one_feeds_and_when_it_is_gone_the_next_goes_on_where_it_stopped(watched: Watched) -> None:
    # Given two, of which one feeds
    first, second = watched.feed("first"), watched.feed("second")
    job = new()
    watched.begin(job)
    second.look()
    first.look()
    watched.hears(job.id, *BEGINS)

    # When that one is silent, and a job ends meanwhile
    later = new()
    watched.begin(later)
    watched.state.delete(keys.flower_feed())  # as it goes by itself
    second.look()
    first.look()

    # Then the other tells of it, once
    watched.hears(later.id, *BEGINS)
    assert watched.types_of(job.id) == BEGINS


def test_a_broker_that_is_away_stops_nothing_and_the_feed_goes_on(watched: Watched, valkey: Valkey) -> None:
    # Given a feed whose broker is not there
    away = Celery("away", broker="redis://127.0.0.1:1/0")
    away.conf.broker_transport_options = {"socket_connect_timeout": 0.2}
    teller = FlowerFeed(watched.state, away, "worker@here", 400)
    teller.look()
    stopped = threading.Event()
    thread = threading.Thread(target=teller.run, args=(stopped,), daemon=True)
    thread.start()
    job = new()
    watched.begin(job)

    # When it is there again
    watched.eventually(lambda: not teller._quiet)
    teller._teller.app = Celery("back", broker=valkey.url(1))

    # Then what happened meanwhile is told
    watched.hears(job.id, *BEGINS)
    stopped.set()
    thread.join(5)


def test_a_job_that_runs_again_when_its_failure_is_read_stops_nothing(watched: Watched) -> None:
    # Given one that failed, was replayed and runs, all between two looks
    teller = watched.feed()
    job = new()
    claim = watched.begin(job)
    watched.end(claim, PermanentError("never"))
    controls.replay(job.id)
    slot_claims(watched.store, [job.id], "worker@there")

    # Then all of it is told
    teller.look()
    watched.eventually(lambda: len(watched.types_of(job.id)) == 6)
    assert watched.types_of(job.id) == [*BEGINS, "task-failed", "task-retried", *BEGINS]
    assert next(one for one in watched.told if one["type"] == "task-failed")["exception"] == "permanent: never"


def test_what_the_last_feed_showed_as_begun_the_next_brings_to_its_end(watched: Watched) -> None:
    # Given a feed that shows one as begun, and is gone
    first = watched.feed("first")
    job = new()
    claim = watched.begin(job)
    first.look()
    watched.state.delete(keys.flower_feed())

    # When the job ends in a part of the stream that nobody reads
    watched.end(claim)
    watched.state.delete(keys.flower_place())
    second = FlowerFeed(watched.state, watched.app, "second", 400)
    second.look()

    # Then its end is told all the same, and forgotten
    watched.hears(job.id, *BEGINS, "task-succeeded")
    assert watched.state.scard(keys.flower_shown()) == 0


def test_many_that_wait_keep_no_other_from_being_shown_at_its_end(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given more that run on than one look can ask about, and then one that ends unread
    monkeypatch.setattr(flower_feed, "UNHEARD_SECONDS", 0.0)
    monkeypatch.setattr(flower_feed, "CAUGHT_UP_AT_MOST", 5)
    teller = watched.feed()
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


def test_what_nobody_ended_is_not_told_in_the_name_of_the_dead(watched: Watched) -> None:
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

    # Then Flower, to which an event is a sign of life, hears of its end from the living
    watched.eventually(lambda: watched.types_of(job.id)[-1:] == ["task-failed"])
    assert watched.told[-1]["hostname"] == "worker@here"


def test_a_job_that_was_cancelled_before_it_began_leaves_the_counts_even(watched: Watched) -> None:
    teller = watched.feed()
    job = new()
    take_in(watched.state, job)
    controls.cancel(job.id)
    teller.look()
    watched.hears(job.id, "task-received", "task-revoked")
