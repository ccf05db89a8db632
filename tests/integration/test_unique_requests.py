"""Unique jobs that come many at once, are refused, come again, or come in requests of many parts."""

from dataclasses import replace
from functools import partial

import pytest

from tasks_app.errors import NotUniqueError, QueueFullError
from tasks_app.jobs import new_job
from tasks_app.jobs.intake import Intake, Ticket
from tasks_app.jobs.job import Unique
from tasks_app.jobs.staging import Staging
from tasks_app.state import keys
from tests.integration.large_requests import Killed, make_overdue, submit_and_die
from tests.integration.unique_jobs import BATCH, alone, held, submit
from tests.jobs import TYPE, assert_consistent, new, options, read, slot_claims, where
from tests.threads import all_at_once
from worker.jobs.job_store import Settlement

pytestmark = pytest.mark.usefixtures("usher")


# ---- many at once ----


def test_jobs_of_one_request_meet_each_other_too(state):
    jobs = [alone(data={"n": 0}, batch=BATCH), alone(batch=BATCH), alone("replace", data={"n": 2}, batch=BATCH)]
    receipts = submit(state, *jobs)
    assert [(one.id, one.conflict) for one in receipts] == [
        (jobs[0].id, ""),
        (jobs[0].id, "returned"),
        (jobs[0].id, "replaced"),
    ]
    assert read(state, jobs[0].id).data == {"n": 2}
    counts = state.hgetall(keys.batch(BATCH))
    assert (counts["total"], counts["queued"]) == ("1", "1")
    assert state.lrange(keys.batch_jobs(BATCH), 0, -1) == [jobs[0].id]
    assert_consistent(state)


def test_a_job_that_its_own_request_replaces_stands_in_one_index(state, strict_store):
    first = alone(batch=BATCH)
    first = replace(first, key="tenant-1")
    submit(state, first, replace(alone("replace", delay_ms=60_000, batch=BATCH), key="tenant-2"))
    assert where(state, first.id) == ["delayed"]
    counts = state.hgetall(keys.batch(BATCH))
    assert (counts["total"], counts["queued"], counts["delayed"]) == ("1", "0", "1")
    assert strict_store.claim(TYPE, "w") == []
    assert_consistent(state)


def test_requests_of_one_group_meet_each_other_too(state):
    intake = Intake(state, lambda _: None, options())
    jobs = [alone(data={"n": 1}), alone("refuse"), alone("replace", data={"n": 2})]
    tickets = [Ticket([job], next(new_job.parts([job], options()))) for job in jobs]
    intake._write(tickets)
    words = [ticket.answers[0].split(" ")[0] for ticket in tickets]
    assert words == ["new", "refused", "replaced"]
    assert read(state, jobs[0].id).data == {"n": 2}


def test_of_many_jobs_at_once_one_is_recorded(state):
    jobs = [alone() for _ in range(20)]
    outcomes = {}

    def send(job):
        outcomes[job.id] = submit(state, job)[0]

    all_at_once(partial(send, job) for job in jobs)
    assert sorted(one.conflict for one in outcomes.values()) == ["", *["returned"] * 19]
    assert {one.id for one in outcomes.values()} == set(held(state).values())
    assert state.zcard(keys.index(TYPE, "queued")) == 1


# ---- refuse ----


def test_a_refused_job_keeps_its_whole_request_out_and_names_the_other(state):
    first = alone()
    submit(state, first)
    with pytest.raises(NotUniqueError) as caught:
        submit(state, new(), alone("refuse"))
    assert caught.value.context == {"job": first.id, "place": 1}
    assert state.zcard(keys.index(TYPE, "queued")) == 1
    submit(state, new(), alone("refuse", key="free"))


def test_a_job_that_would_refuse_beside_its_own_request_is_an_error(state):
    with pytest.raises(ValueError, match="another job of this request has"):
        submit(state, alone(), alone("refuse"))


def test_a_full_queue_still_knows_the_job_with_the_key(state):
    limits = options(queue_limit=1)
    submit(state, alone(), limits=limits)
    assert submit(state, alone(), limits=limits)[0].conflict == "returned"
    assert submit(state, alone("replace"), limits=limits)[0].conflict == "replaced"
    with pytest.raises(QueueFullError):
        submit(state, alone(key="other"), limits=limits)


# ---- the same request again ----


@pytest.mark.parametrize("on_conflict", ["return", "replace"])
def test_a_request_that_comes_again_gets_the_same_answer(state, strict_store, on_conflict):
    # Given a job that met another, which is over by now
    first, second = alone(), alone(on_conflict, fingerprint="f", data={"n": 2})
    submit(state, first)
    (before,) = submit(state, second)
    (claim,) = slot_claims(strict_store, [first.id])
    strict_store.settle([Settlement(claim, "complete", "{}")])

    # When it comes again, then nothing is recorded, and the answer is the same
    (again,) = submit(state, second)
    assert (again.id, again.conflict, again.new) == (before.id, before.conflict, False)
    assert held(state) == {}
    assert 0 < state.ttl(f"{keys.JOBS}:met:{second.id}") <= 3_600


def test_a_known_job_is_itself_whichever_job_has_its_key(state, strict_store):
    first = alone(fingerprint="f")
    submit(state, first)
    (claim,) = slot_claims(strict_store, [first.id])
    strict_store.settle([Settlement(claim, "complete", "{}")])
    other = alone("refuse")
    submit(state, other)
    for on_conflict in ("return", "refuse", "replace"):
        (again,) = submit(state, replace(first, unique=Unique("k", "unfinished", on_conflict)))
        assert (again.id, again.conflict, again.new) == (first.id, "", False)
    assert held(state) == {"k": other.id}


# ---- requests of many parts ----


def many(count=new_job.JOBS_PER_WRITE + 1, **fields):
    return [new(id=f"{number:026}", batch=BATCH, **fields) for number in range(count)]


def test_a_large_request_is_refused_whole_for_a_job_at_its_end(state):
    first = alone()
    submit(state, first)
    with pytest.raises(NotUniqueError) as caught:
        submit(state, *many(), alone("refuse", batch=BATCH))
    assert caught.value.context == {"job": first.id, "place": new_job.JOBS_PER_WRITE + 1}
    assert (state.zcard(keys.index(TYPE, "queued")), state.exists(keys.batch(BATCH))) == (1, 0)


def test_a_key_of_a_large_request_is_not_lost_to_others_before_it_is_recorded(state):
    # Given a large request that was taken, and whose caller died then
    late = alone("refuse", batch=BATCH)
    submit_and_die(state, [*many(), late], 0)

    # When others come with its key
    for job in (alone(), alone("replace")):
        (receipt,) = submit(state, job)
        assert (receipt.id, receipt.conflict) == (late.id, "returned")
    with pytest.raises(NotUniqueError):
        submit(state, alone("refuse"))

    # Then it is recorded nevertheless
    make_overdue(state)
    Staging(state, options()).fill_overdue()
    assert (where(state, late.id), held(state)) == (["queued"], {"k": late.id})


def test_jobs_of_different_parts_meet_each_other(state):
    jobs = [replace(job, unique=Unique("k", "unfinished", "replace"), data={"n": n}) for n, job in enumerate(many())]
    receipts = submit(state, *jobs)
    assert {one.id for one in receipts} == {jobs[0].id}
    assert [one.conflict for one in receipts] == ["", *["replaced"] * (len(jobs) - 1)]
    assert read(state, jobs[0].id).data == {"n": len(jobs) - 1}
    assert state.hget(keys.batch(BATCH), "total") == "1"
    assert_consistent(state)


def test_a_killed_caller_leaves_no_key_behind(state):
    intake = Intake(state, lambda _: None, options())

    def die(**_):
        raise Killed

    intake._staging._commit = die
    with pytest.raises(Killed):
        intake.submit([*many(), alone("refuse", batch=BATCH)])
    assert held(state) == {}


@pytest.mark.parametrize(
    "unique",
    [
        Unique(""),
        Unique("k", "sometimes"),
        Unique("k", 0),
        Unique("k", True),
        Unique("k", on_conflict="x"),
        Unique("\ud800"),
    ],
)
def test_a_unique_job_that_no_script_could_read_is_refused_in_a_sentence(state, unique):
    with pytest.raises(ValueError, match=r"unique|surrogate"):
        submit(state, new(unique=unique))
    assert held(state) == {}
