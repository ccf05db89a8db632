"""Types that a processor attends: workers leave their jobs to it while it lives, and do them when it is gone."""

from tasks_app.jobs import messages
from tasks_app.jobs.job import State
from tasks_app.state import worker_keys
from tests.jobs import TYPE, new, read, slot_claims, take_in

LIFE_SECONDS = 60.0


def submit(state, job_type=TYPE):
    """A queued job, for which no slot was woken yet."""
    job = new(type=job_type)
    take_in(state, job)
    state.delete(worker_keys.wake_ups(job_type))
    return job.id


def by_worker(store, job_id):
    return [claim.id for claim in slot_claims(store, [job_id])]


def woken(store, *types):
    return [wake.type for wake in store.wake(types, {"jobs": 0})[0]]


def test_a_worker_leaves_a_job_to_the_processor_that_attends_its_type(state, store):
    # Given a job of an attended type
    job_id = submit(state)
    store.attend(TYPE, "processor@1", LIFE_SECONDS)

    # When a wake-up comes to a worker, the job stays queued, and no slot is woken again
    assert by_worker(store, job_id) == []
    assert read(state, job_id).state is State.QUEUED
    assert woken(store, TYPE) == []

    # Then the processor has it
    assert [claim.id for claim in store.claim(TYPE, "processor@1")] == [job_id]


def test_jobs_of_a_type_without_a_processor_are_the_workers(state, store):
    job_id = submit(state)
    store.attend("another", "processor@1", LIFE_SECONDS)
    assert woken(store, TYPE, "another") == [TYPE]
    assert by_worker(store, job_id) == [job_id]


def test_a_processor_that_leaves_takes_no_other_processors_mark_with_it(state, store):
    # Given two processors of one type
    job_id = submit(state)
    for name in ("processor@1", "processor@2"):
        store.attend(TYPE, name, LIFE_SECONDS)

    # When one leaves, workers still leave the job alone; when both have left, it is theirs at once
    store.attend(TYPE, "processor@1", 0)
    assert by_worker(store, job_id) == woken(store, TYPE) == []
    store.attend(TYPE, "processor@2", 0)
    assert not state.exists(worker_keys.attended(TYPE))
    assert woken(store, TYPE) == [TYPE]
    assert by_worker(store, job_id) == [job_id]


def test_a_silent_processor_no_longer_counts(state, store, eventually):
    # Given one that is soon silent, once alone and once beside another, whose mark lets the key live on
    store.attend(TYPE, "processor@dead", 0.05)
    store.attend(TYPE, "processor@2", LIFE_SECONDS)
    store.attend("another", "processor@dead", 0.05)
    job_id = submit(state)

    # When the other one leaves, then the jobs are the workers' after that time, and nothing remains of it
    store.attend(TYPE, "processor@2", 0)
    eventually(lambda: woken(store, TYPE))
    assert by_worker(store, job_id) == [job_id]
    eventually(lambda: not state.exists(worker_keys.attended("another")))


def test_the_key_of_a_killed_processor_ends_by_itself(state, store):
    store.attend(TYPE, "processor@1", LIFE_SECONDS)
    assert 0 < state.pttl(worker_keys.attended(TYPE)) <= LIFE_SECONDS * 1000


def test_a_type_of_ushers_own_stays_with_the_workers(state, store):
    job_id = submit(state, messages.RESERVE_STOCK)
    store.attend(messages.RESERVE_STOCK, "processor@1", LIFE_SECONDS)
    claims = slot_claims(store, [job_id])
    assert [claim.id for claim in claims] == [job_id]
