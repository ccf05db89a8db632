"""Taking jobs in: recorded before anything else, all or none, many with one write."""

import threading

import pytest
import redis

from tasks_app.errors import IdempotencyConflictError, QueueFullError, StateUnavailableError
from tasks_app.jobs import new_job
from tasks_app.jobs.intake import Intake, Ticket
from tasks_app.jobs.job import State
from tasks_app.state import connections, keys
from tasks_app.text import dates
from tests.jobs import TYPE, assert_consistent, new, options, read, slot_claims, take_in, told, where
from worker.jobs.job_store import JobStore, Settlement


def test_a_job_is_queued_and_its_event_told(state):
    job = new(data={"a": 1})
    wakes = take_in(state, job)
    assert read(state, job.id).state is State.QUEUED
    assert (where(state, job.id), told(state, job.id)) == (["queued"], ["queued"])
    assert [(wake.type, wake.level) for wake in wakes] == [(TYPE, 3)]


def test_a_job_with_a_delay_waits_and_is_not_published(state):
    job = new(delay_ms=60_000)
    assert take_in(state, job) == []
    found = read(state, job.id)
    assert found.state is State.DELAYED
    assert found.due_ms == found.created_ms + 60_000
    assert where(state, job.id) == ["delayed"]


def test_a_date_in_the_past_means_now(state):
    job = new(due_ms=dates.EARLIEST_MS)
    assert len(take_in(state, job)) == 1
    assert read(state, job.id).state is State.QUEUED


def test_the_same_id_and_fingerprint_is_the_same_job(state):
    # Given a job that came with an Idempotency-Key
    job = new(id="k" * 26, fingerprint="f")
    intake = Intake(state, lambda _: None, options())
    assert intake.submit([job]) == [True]

    # When the request comes again
    # Then nothing is added
    assert intake.submit([job]) == [False]
    assert told(state, job.id) == ["queued"]
    assert_consistent(state)


def test_another_body_under_the_same_key_is_refused(state):
    job_id = "k" * 26
    take_in(state, new(id=job_id, fingerprint="f", data={"n": 1}))
    with pytest.raises(IdempotencyConflictError):
        take_in(state, new(id=job_id, fingerprint="other", data={"n": 2}))
    assert read(state, job_id).data == {"n": 1}


def test_a_full_queue_takes_a_request_whole_or_not_at_all(state):
    # Given a queue with room for one more
    limits = options(queue_limit=2)
    take_in(state, new(), limits=limits)

    # When a request of three comes, it is taken whole; the next one is refused whole
    take_in(state, new(), new(), new(), limits=limits)
    with pytest.raises(QueueFullError):
        take_in(state, new(), new(), limits=limits)

    # Then nothing of the refused one was recorded
    assert state.zcard(keys.index(TYPE, "queued")) == 4
    assert_consistent(state)


def test_another_type_has_a_queue_of_its_own(state):
    limits = options(queue_limit=1)
    take_in(state, new(), limits=limits)
    assert len(take_in(state, new(type="other"), limits=limits)) == 1


def test_requests_that_come_while_one_is_written_are_written_together(state):
    # Given an intake, and a server that lets the first write wait
    intake = Intake(state, lambda _: None, options())
    writes = []
    script = intake._submit

    def slow(**call):
        writes.append(len(call["args"]))
        if len(writes) == 1:
            others_are_waiting.wait(5)
        return script(**call)

    others_are_waiting = threading.Event()
    intake._submit = slow

    # When one request is on its way and twenty more come
    threads = [threading.Thread(target=intake.submit, args=([new()],)) for _ in range(21)]
    for thread in threads:
        thread.start()
    while len(intake._waiting) < 20:
        threading.Event().wait(0.001)
    others_are_waiting.set()
    for thread in threads:
        thread.join(5)

    # Then there were two writes, and every job is there
    assert len(writes) == 2
    assert state.zcard(keys.index(TYPE, "queued")) == 21


def test_one_callers_refusal_is_not_the_others_in_the_same_write(state):
    # Given a key that was used
    job_id = "k" * 26
    take_in(state, new(id=job_id, fingerprint="f"))
    intake = Intake(state, lambda _: None, options())

    # When a conflicting and an innocent request are written together
    conflicting, innocent = new(id=job_id, fingerprint="g"), new()
    outcomes = {}

    def submit(job):
        try:
            outcomes[job.fingerprint] = intake.submit([job])
        except IdempotencyConflictError as error:
            outcomes[job.fingerprint] = error

    threads = [threading.Thread(target=submit, args=(job,)) for job in (conflicting, innocent)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    # Then only the first is refused
    assert isinstance(outcomes["g"], IdempotencyConflictError)
    assert outcomes[""] == [True]


def test_what_waits_behind_a_write_that_failed_is_refused_with_it(state):
    # Given a write that fails, after twenty more callers have come
    intake = Intake(state, lambda _: None, options())
    script, writes = intake._submit, []

    def failing(**call):
        writes.append(call)
        while len(intake._waiting) < 20:
            threading.Event().wait(0.001)
        raise redis.TimeoutError

    intake._submit = failing
    errors = []

    def submit():
        try:
            intake.submit([new()])
        except StateUnavailableError as error:
            errors.append(error)

    # When they submit
    threads = [threading.Thread(target=submit) for _ in range(21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    # Then nobody waited for a second one, and the intake works again
    assert (len(errors), len(writes)) == (21, 1)
    intake._submit = script
    assert intake.submit([new()]) == [True]


def test_a_server_that_does_not_answer_is_an_error_and_no_hang(valkey, state):
    intake = Intake(connections.connect(valkey.url(), 0.3), lambda _: None, options())
    intake.submit([new()])
    with valkey.frozen(), pytest.raises(StateUnavailableError):
        intake.submit([new()])
    assert intake.submit([new()]) == [True]


def test_jobs_of_a_batch_are_counted_and_listed_in_order(state):
    jobs = [new(batch="b" * 26, delay_ms=60_000 * (number % 2)) for number in range(4)]
    take_in(state, *jobs)
    counts = state.hgetall(keys.batch("b" * 26))
    assert (counts["total"], counts["queued"], counts["delayed"]) == ("4", "2", "2")
    assert state.lrange(keys.batch_jobs("b" * 26), 0, -1) == [job.id for job in jobs]


ERROR = '{"code":"suppressed","message":"no"}'


def test_a_job_with_an_error_has_failed_at_once_and_is_not_published(state):
    # Given a job that may never be carried, though it asks for a delay, between two others of its batch
    batch = "b" * 26
    doomed = new(batch=batch, error=ERROR, delay_ms=60_000)
    others = [new(batch=batch), new(batch=batch)]

    # When they are taken in
    take_in(state, others[0], doomed, others[1])

    # Then it alone has failed, told and counted
    found = read(state, doomed.id)
    assert (found.state, found.error) == (State.FAILED, {"code": "suppressed", "message": "no"})
    assert (found.finished_ms, found.due_ms, found.attempts_made) == (found.created_ms, None, 0)
    assert (where(state, doomed.id), told(state, doomed.id)) == (["failed"], ["failed"])
    counts = state.hgetall(keys.batch(batch))
    assert (counts["total"], counts["failed"], counts["queued"]) == ("3", "1", "2")
    assert_consistent(state)


def test_a_job_that_failed_at_once_can_be_asked_for_again(state):
    job = new(id="k" * 26, fingerprint="f", error=ERROR)
    intake = Intake(state, lambda _: None, options())
    assert [intake.submit([job]), intake.submit([job])] == [[True], [False]]
    assert told(state, job.id) == ["failed"]


def test_a_batch_of_known_jobs_is_there_and_empty(state):
    job = new(id="k" * 26, fingerprint="dedup", batch="a" * 26)
    take_in(state, job)
    take_in(state, new(id=job.id, fingerprint="dedup", batch="b" * 26))
    assert state.hget(keys.batch("a" * 26), "total") == "1"
    assert state.hget(keys.batch("b" * 26), "total") == "0"
    assert state.zcard(keys.batches()) == 2


@pytest.fixture
def full(state):
    """Sets the server's memory limit to this share of what is used; 0 = no limit, as it is after the test."""

    def limit(share: float) -> None:
        state.config_set("maxmemory", int(state.info("memory")["used_memory"] * share))

    yield limit
    state.config_set("maxmemory", 0)


def test_while_memory_is_scarce_what_is_held_is_sold_and_released_and_nothing_new_begins(state, full):
    # Given a server whose memory is filled to more than nine tenths
    intake = Intake(state, lambda _: None, options())
    full(1.05)

    # When a group of requests comes in at once
    refused, taken = [new(), new(type="reserve_seat", target="show:a")], []
    for kind in ("confirm", "extend", "release", "restock", "set_capacity", "set_status"):
        taken.append(new(type=kind, target="show:a"))

    # Then what begins anew waits, and what changes what is there does not
    for job in refused:
        with pytest.raises(QueueFullError):
            intake.submit([job])
    assert [intake.submit([job]) for job in taken] == [[True]] * len(taken)
    with pytest.raises(QueueFullError):  # together they are one request
        intake.submit([new(type="confirm", target="show:a"), new()])


def test_one_who_is_refused_for_want_of_memory_keeps_nobody_else_out(state, full):
    # Given a reservation and a confirmation that are written as one group
    intake = Intake(state, lambda _: None, options())
    full(1.05)
    confirm, reserve = new(type="confirm", target="show:a"), new(type="reserve_seat", target="show:a")
    tickets = [Ticket([job], next(new_job.parts([job], options()))) for job in (reserve, confirm)]
    intake._write(tickets)

    # Then the first is refused, the other recorded
    assert isinstance(tickets[0].error, QueueFullError)
    assert tickets[1].answers == ["new"]
    assert (where(state, confirm.id, ["confirm"]), state.exists(keys.job(reserve.id))) == (["queued"], 0)


def test_a_server_that_is_full_forgets_what_is_over_and_has_room_again(state, full, eventually):
    # Given jobs that are over, and a server that takes nothing any more
    store = JobStore(state, options(keep_count=1))
    jobs = [new(data={"text": "x" * 20_000}) for _ in range(50)]
    take_in(state, *jobs)
    claims = slot_claims(store, [job.id for job in jobs], "w")
    full(0.99)
    assert store.settle([Settlement(claim, "complete", "{}") for claim in claims]) == [True] * len(jobs)

    def has_room():
        try:
            return state.set("more", "1")
        except redis.OutOfMemoryError:
            return False

    assert not has_room()

    # When the clock forgets, then there is room; the server gives memory back behind its answer
    store.forget([TYPE])
    assert state.llen(keys.complete(TYPE)) == 1
    eventually(has_room)
