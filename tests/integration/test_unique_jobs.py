"""Unique jobs: one at a time has a key, and gives it up in the very step in which it leaves its states."""

import threading
from dataclasses import replace

import pytest

from tasks_app import controls, keys, wishes
from tasks_app.errors import NotUniqueError, QueueFullError
from tasks_app.intake import Intake, Ticket
from tasks_app.jobs import Backoff, State, Unique
from tasks_app.staging import Staging
from tests.integration.test_large_requests import Killed, make_overdue, submit_and_die
from tests.jobs import TYPE, assert_consistent, new, options, read, slot_claims, told, where
from worker.job_store import JobStore, Settlement

BATCH = "b" * 26
ERROR = ("error", '{"code":"error","message":"m"}')


@pytest.fixture(autouse=True)
def shared(state, monkeypatch):
    """The controls reach the test's server too."""
    monkeypatch.setattr("tasks_app.connections.state", lambda: state)
    monkeypatch.setattr(controls.publisher, "hand_over", lambda _: None)


@pytest.fixture
def store(state):
    return JobStore(state, options(stall_limit=1))


def alone(on_conflict="return", lasting="unfinished", key="k", **fields):
    return new(unique=Unique(key, lasting, on_conflict), **fields)


def submit(state, *jobs, limits=None):
    return Intake(state, lambda _: None, limits or options()).receipts(jobs)


def met(state, job):
    """What becomes of a job: its conflict, "" if it is recorded."""
    (receipt,) = submit(state, job)
    assert (receipt.id == job.id) == (receipt.conflict == "")
    return receipt.conflict


def held(state):
    """Keys that are held -> by which job."""
    return {key.rpartition(":")[2]: state.get(key) for key in state.scan_iter(keys.unique("*", "*"))}


@pytest.mark.parametrize("lasting", ["queued", "unfinished", 60_000])
def test_a_job_that_comes_while_another_has_its_key_is_not_recorded(state, lasting):
    first, second = alone(lasting=lasting), alone(lasting=lasting)
    assert met(state, first) == ""
    (receipt,) = submit(state, second)
    assert (receipt.id, receipt.conflict) == (first.id, "returned")
    assert state.exists(keys.job(second.id)) == 0
    assert [met(state, alone(key="other")), met(state, alone(type="other"))] == ["", ""]
    assert_consistent(state, [TYPE, "other"])


@pytest.mark.parametrize(("lasting", "free"), [("queued", True), ("unfinished", False), (60_000, False)])
def test_a_queued_key_is_free_when_its_job_begins(state, store, lasting, free):
    first = alone(lasting=lasting)
    submit(state, first)
    slot_claims(store, [first.id])
    assert held(state) == ({} if free else {"k": first.id})
    assert met(state, alone()) == ("" if free else "returned")


ENDS = {
    "complete": lambda store, claim: store.settle([Settlement(claim, "complete", "{}")]),
    "failed": lambda store, claim: store.settle([Settlement(claim, *ERROR)]),
    "permanent": lambda store, claim: store.settle([Settlement(claim, "permanent", ERROR[1])]),
    "cancelled": lambda _, claim: controls.cancel(claim.id),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("lasting", ["queued", "unfinished"])
def test_a_key_is_free_when_its_job_is_over(state, store, lasting, end):
    first = alone(lasting=lasting)
    submit(state, first)
    (claim,) = slot_claims(store, [first.id])
    ENDS[end](store, claim)
    assert held(state) == {}
    assert met(state, alone()) == ""


@pytest.mark.parametrize("lasting", ["queued", "unfinished"])
@pytest.mark.parametrize("delay_ms", [0, 60_000])
def test_a_key_is_free_when_its_job_is_called_off_before_it_began(state, lasting, delay_ms):
    jobs = [alone(lasting=lasting, key=key, delay_ms=delay_ms, batch=BATCH) for key in "ab"]
    submit(state, *jobs)
    controls.cancel(jobs[0].id)
    assert held(state) == {"b": jobs[1].id}
    controls.cancel_batch(BATCH)
    assert held(state) == {}


def test_a_job_that_waits_for_a_retry_has_its_key_still_or_again(state, store):
    for lasting in ("queued", "unfinished"):
        job = alone(lasting=lasting, key=lasting, attempts=2, backoff=Backoff("fixed", 60_000))
        submit(state, job)
        (claim,) = slot_claims(store, [job.id])
        store.settle([Settlement(claim, *ERROR)])
        assert held(state)[lasting] == job.id
    for verdict, wait in (("deferred", 60_000), ("returned", None)):
        job = alone(lasting="queued", key=verdict)
        submit(state, job)
        (claim,) = slot_claims(store, [job.id])
        store.settle([Settlement(claim, verdict, claim.place if verdict == "returned" else "null", wait)])
        assert held(state)[verdict] == job.id


def test_one_that_comes_back_and_finds_its_key_taken_goes_on_without_it(state, store):
    # Given a job that began, and another one that came then
    first, second = alone(lasting="queued", attempts=2), alone(lasting="queued")
    submit(state, first)
    (claim,) = slot_claims(store, [first.id])
    submit(state, second)

    # When the first fails and waits for its retry, the key stays the second's, also when the first is called off
    store.settle([Settlement(claim, *ERROR)])
    assert held(state) == {"k": second.id}
    controls.cancel(first.id)
    assert held(state) == {"k": second.id}


def test_a_job_whose_worker_died_keeps_its_key_until_it_is_poison(state, store, eventually):
    # Given a job whose worker was killed
    job = alone()
    submit(state, job)
    slot_claims(store, [job.id])

    # When its lease is over, it waits again with its key; when that happens too often, it has failed without
    state.zadd(keys.index(TYPE, "active"), {job.id: 1})
    store.recover([TYPE])
    assert (where(state, job.id), held(state)) == (["queued"], {"k": job.id})
    slot_claims(store, [job.id])
    state.zadd(keys.index(TYPE, "active"), {job.id: 1})
    store.recover([TYPE])
    assert (where(state, job.id), held(state)) == (["failed"], {})


def test_a_replayed_job_takes_its_key_again_if_it_is_free(state, store):
    jobs = [alone(key=key) for key in "ab"]
    submit(state, *jobs)
    for claim in slot_claims(store, [job.id for job in jobs]):
        store.settle([Settlement(claim, "permanent", ERROR[1])])
    other = alone(key="b")
    submit(state, other)
    for job in jobs:
        controls.replay(job.id)
    assert held(state) == {"a": jobs[0].id, "b": other.id}


def test_a_key_for_a_time_is_free_after_it_whatever_became_of_its_job(state, store, eventually):
    # Given a job that is over, and whose key lasts a moment
    first = alone(lasting=300)
    submit(state, first)
    (claim,) = slot_claims(store, [first.id])
    store.settle([Settlement(claim, "complete", "{}")])
    assert met(state, alone(lasting=300)) == "returned"

    # Then it is free when that is over, and was not prolonged by the second
    assert 0 < state.pttl(keys.unique(TYPE, "k")) <= 300
    eventually(lambda: held(state) == {})
    assert met(state, alone(lasting=300)) == ""


def test_a_key_for_a_time_is_free_when_the_record_of_its_job_is_forgotten(state, store):
    first = alone(lasting=3_600_000)
    submit(state, first)
    (claim,) = slot_claims(store, [first.id])
    store.settle([Settlement(claim, "complete", "{}")])
    JobStore(state, options(keep_count=0)).forget()
    assert state.exists(keys.job(first.id)) == 0
    assert met(state, alone(lasting=3_600_000)) == ""


@pytest.mark.parametrize("lasting", ["queued", "unfinished"])
def test_a_key_that_an_older_worker_did_not_give_up_holds_nobody_back(state, store, lasting):
    # Given a job that was done by a worker that knows of no unique jobs
    first = alone(lasting=lasting)
    submit(state, first)
    (claim,) = slot_claims(store, [first.id])
    store.settle([Settlement(claim, "complete", "{}")])
    state.set(keys.unique(TYPE, "k"), first.id)

    # When the next one comes, then it is recorded; likewise when the record is forgotten
    second = alone("refuse", lasting=lasting)
    assert met(state, second) == ""
    assert held(state) == {"k": second.id}
    state.set(keys.unique(TYPE, "k"), "a" * 26)
    assert met(state, alone("refuse", lasting=lasting)) == ""


def test_nothing_is_left_of_unique_jobs_when_all_are_forgotten(state, store):
    jobs = [alone(key=str(n), lasting=("queued", "unfinished")[n % 2]) for n in range(6)]
    submit(state, *jobs)
    claims = slot_claims(store, [job.id for job in jobs])
    store.settle([Settlement(claim, ("complete", "permanent")[n % 2], ERROR[1]) for n, claim in enumerate(claims)])
    JobStore(state, options(keep_count=0)).forget()
    left = {key for key in state.scan_iter("*") if state.ttl(key) < 0}
    assert left <= {keys.layout(), keys.events(), keys.types(), f"{keys.events()}:beyond"} | {
        key for key in left if ":wakes:" in key or ":turns:" in key or key.endswith((":consumed", ":pace"))
    }


# ---- replace ----


def test_a_job_that_waits_becomes_what_the_next_one_asks_for(state):
    # Given a delayed job
    first = alone(data={"n": 1}, delay_ms=60_000, title="first", attempts=5, batch=BATCH)
    submit(state, first)

    # When one that replaces it comes with a delay of its own, then it is moved, and keeps its id
    late = alone("replace", data={"n": 2}, delay_ms=120_000, priority=-5)
    assert met(state, late) == "replaced"
    found = read(state, first.id)
    assert (found.data, found.title, found.attempts_max, found.priority) == ({"n": 2}, "", 1, -5)
    assert (found.state, found.batch) == (State.DELAYED, BATCH)
    assert abs(found.due_ms - found.created_ms - 120_000) < 10_000
    assert state.zscore(keys.index(TYPE, "delayed"), first.id) == found.due_ms

    # And when one comes without a delay, it is queued at once
    assert met(state, alone("replace", data={"n": 3}, key="k")) == "replaced"
    found = read(state, first.id)
    assert (found.data, found.state, found.due_ms, where(state, first.id)) == ({"n": 3}, State.QUEUED, None, ["queued"])
    assert told(state, first.id) == ["delayed", "delayed", "queued"]
    counts = state.hgetall(keys.batch(BATCH))
    assert (counts["total"], counts["queued"], counts["delayed"]) == ("1", "1", "0")
    assert_consistent(state)


def test_a_replaced_job_keeps_its_place_in_line_within_its_level(state, store):
    first, second, third = alone(data={"n": 1}), new(), alone(key="third")
    submit(state, first, second, third)
    submit(state, alone("replace", data={"n": 2}), alone("replace", key="third", priority=-15))
    claims = store.claim(TYPE, "w", 3)
    assert [claim.id for claim in claims] == [third.id, first.id, second.id]
    assert claims[1].data == {"n": 2}


def test_a_replaced_job_changes_its_line_with_its_fair_key(state, store):
    first = alone(data={"n": 1}, delay_ms=0)
    first = replace(first, key="tenant-1")
    submit(state, first)
    submit(state, replace(alone("replace"), key="tenant-2"))
    (claim,) = store.claim(TYPE, "w", 1)
    assert (claim.id, read(state, first.id).key) == (first.id, "tenant-2")
    assert not list(state.scan_iter("*:line:*"))


def test_one_that_has_begun_stays_as_it_is_and_is_returned(state, store):
    first = alone(data={"n": 1})
    submit(state, first)
    slot_claims(store, [first.id])
    assert met(state, alone("replace", data={"n": 2})) == "returned"
    assert read(state, first.id).data == {"n": 1}


def test_one_that_waits_for_a_retry_is_replaced_and_has_all_its_attempts_again(state, store):
    # Given a job that failed once
    first = alone(data={"n": 1}, attempts=2, backoff=Backoff("fixed", 60_000))
    submit(state, first)
    (claim,) = slot_claims(store, [first.id])
    store.settle([Settlement(claim, *ERROR)])

    # When it is replaced, it is queued anew, and the settlement of the attempt before changes nothing
    assert met(state, alone("replace", data={"n": 2}, attempts=3)) == "replaced"
    found = read(state, first.id)
    assert (found.state, found.attempts_made, found.attempts_max, found.error) == (State.QUEUED, 0, 3, None)
    assert found.attempts == []
    assert store.settle([Settlement(claim, *ERROR)]) == [False]


def test_a_parked_job_is_replaced_and_does_not_run_behind_its_gate(state, store):
    controls.close_gate(f"batch:{BATCH}")
    first = alone(data={"n": 1}, batch=BATCH)
    submit(state, first)
    assert store.claim(TYPE, "w") == []
    submit(state, alone("replace", data={"n": 2}))
    assert store.claim(TYPE, "w") == []
    controls.open_gate(f"batch:{BATCH}")
    store.unpark()
    (claim,) = store.claim(TYPE, "w", 5)
    assert (claim.id, claim.data) == (first.id, {"n": 2})
    assert_consistent(state)


def test_the_mode_of_a_key_is_that_of_the_last_one(state, store):
    first = alone(lasting="queued")
    submit(state, first)
    submit(state, alone("replace", lasting=60_000))
    assert 0 < state.pttl(keys.unique(TYPE, "k")) <= 60_000
    submit(state, alone("replace", lasting="unfinished"))
    assert state.pttl(keys.unique(TYPE, "k")) == -1
    (claim,) = slot_claims(store, [first.id])
    assert held(state) == {"k": first.id}
    store.settle([Settlement(claim, "complete", "{}")])
    assert held(state) == {}


def test_one_that_replaces_does_not_prolong_the_time_of_a_key(state):
    submit(state, alone(lasting=60_000))
    state.pexpire(keys.unique(TYPE, "k"), 5_000)
    assert met(state, alone("replace", lasting=60_000)) == "replaced"
    assert 0 < state.pttl(keys.unique(TYPE, "k")) <= 5_000


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


def test_a_job_that_is_replaced_by_its_own_request_stands_in_one_index(state, store):
    first = alone(batch=BATCH)
    first = replace(first, key="tenant-1")
    submit(state, first, replace(alone("replace", delay_ms=60_000, batch=BATCH), key="tenant-2"))
    assert where(state, first.id) == ["delayed"]
    counts = state.hgetall(keys.batch(BATCH))
    assert (counts["total"], counts["queued"], counts["delayed"]) == ("1", "0", "1")
    assert store.claim(TYPE, "w") == []
    assert_consistent(state)


def test_requests_of_one_group_meet_each_other_too(state):
    intake = Intake(state, lambda _: None, options())
    jobs = [alone(data={"n": 1}), alone("refuse"), alone("replace", data={"n": 2})]
    tickets = [Ticket([job], next(wishes.parts([job], options()))) for job in jobs]
    intake._write(tickets)
    words = [ticket.answers[0].split(" ")[0] for ticket in tickets]
    assert words == ["new", "refused", "replaced"]
    assert read(state, jobs[0].id).data == {"n": 2}


def test_of_many_at_once_one_is_recorded(state):
    jobs = [alone() for _ in range(20)]
    outcomes = {}

    def send(job):
        outcomes[job.id] = submit(state, job)[0]

    threads = [threading.Thread(target=send, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
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


def test_one_that_would_refuse_beside_its_own_request_is_an_error(state):
    with pytest.raises(ValueError, match="same unique key"):
        submit(state, alone(), alone("refuse"))


def test_a_full_queue_knows_the_one_that_is_there(state):
    limits = options(queue_limit=1)
    submit(state, alone(), limits=limits)
    assert submit(state, alone(), limits=limits)[0].conflict == "returned"
    assert submit(state, alone("replace"), limits=limits)[0].conflict == "replaced"
    with pytest.raises(QueueFullError):
        submit(state, alone(key="other"), limits=limits)


# ---- the same request again ----


@pytest.mark.parametrize("on_conflict", ["return", "replace"])
def test_a_request_that_comes_again_is_answered_as_before(state, store, on_conflict):
    # Given a job that met another, which is over by now
    first, second = alone(), alone(on_conflict, fingerprint="f", data={"n": 2})
    submit(state, first)
    (before,) = submit(state, second)
    (claim,) = slot_claims(store, [first.id])
    store.settle([Settlement(claim, "complete", "{}")])

    # When it comes again, then nothing is recorded, and it is told the same
    (again,) = submit(state, second)
    assert (again.id, again.conflict, again.new) == (before.id, before.conflict, False)
    assert held(state) == {}
    assert 0 < state.ttl(f"{keys.JOBS}:met:{second.id}") <= 3_600


def test_a_known_job_is_itself_whoever_has_its_key(state, store):
    first = alone(fingerprint="f")
    submit(state, first)
    (claim,) = slot_claims(store, [first.id])
    store.settle([Settlement(claim, "complete", "{}")])
    other = alone("refuse")
    submit(state, other)
    for on_conflict in ("return", "refuse", "replace"):
        (again,) = submit(state, replace(first, unique=Unique("k", "unfinished", on_conflict)))
        assert (again.id, again.conflict, again.new) == (first.id, "", False)
    assert held(state) == {"k": other.id}


# ---- requests of many parts ----


def many(count=wishes.JOBS_PER_WRITE + 1, **fields):
    return [new(id=f"{number:026}", batch=BATCH, **fields) for number in range(count)]


def test_a_large_request_is_refused_whole_for_a_job_at_its_end(state):
    first = alone()
    submit(state, first)
    with pytest.raises(NotUniqueError) as caught:
        submit(state, *many(), alone("refuse", batch=BATCH))
    assert caught.value.context == {"job": first.id, "place": wishes.JOBS_PER_WRITE + 1}
    assert (state.zcard(keys.index(TYPE, "queued")), state.exists(keys.batch(BATCH))) == (1, 0)


def test_what_a_large_request_was_not_refused_for_nobody_takes_before_it_is_recorded(state):
    # Given a large request that was taken, and whose caller died then
    late = alone("refuse", batch=BATCH)
    submit_and_die(state, [*many(), late], 0)

    # When others come with its key
    for job in (alone(), alone("replace")):
        (receipt,) = submit(state, job)
        assert (receipt.id, receipt.conflict) == (late.id, "returned")
    with pytest.raises(NotUniqueError):
        submit(state, alone("refuse"))

    # Then it is recorded all the same
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
def test_what_no_script_could_read_is_refused_in_a_sentence(state, unique):
    with pytest.raises(ValueError, match=r"unique|surrogate"):
        submit(state, new(unique=unique))
    assert held(state) == {}
