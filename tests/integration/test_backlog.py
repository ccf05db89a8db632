"""The backlog: what is queued is claimed in the order of priority and arrival, and keeps its place whatever happens."""

from tasks_app.jobs import WantedJobs
from tasks_app.jobs.job import State
from tasks_app.state import keys
from tests.jobs import TYPE, assert_consistent, new, options, read, take_in, told
from worker.jobs.job_store import Settlement


def claimed(store, most=1_000):
    return [one.id for one in store.claim(TYPE, "worker@test", most)]


def test_jobs_are_claimed_by_priority_and_then_by_arrival(state, store):
    jobs = [new(priority=priority) for priority in (10, 0, -15, 0, -5, -10, -15, 10)]
    for job in jobs:
        take_in(state, job)
    assert claimed(store) == [jobs[n].id for n in (2, 6, 5, 4, 1, 3, 0, 7)]
    assert_consistent(state)


def test_jobs_of_one_request_keep_their_order(state, store):
    jobs = [new() for _ in range(300)]
    take_in(state, *jobs)
    assert claimed(store, 100) + claimed(store) == [job.id for job in jobs]


def test_a_job_that_is_given_back_has_its_old_place_and_lost_no_attempt(state, store):
    # Given two claimed jobs, and one that came later
    jobs = [new() for _ in range(3)]
    take_in(state, *jobs)
    first, second = store.claim(TYPE, "worker@test", 2)

    # When they are given back, the second one first
    for one in (second, first):
        assert store.settle([Settlement(one, "returned", one.place)]) == [True]

    # Then they stand where they stood, and their events say so
    assert (read(state, first.id).state, read(state, first.id).attempts_made) == (State.QUEUED, 0)
    assert told(state, first.id) == ["queued", "active", "queued"]
    assert claimed(store) == [job.id for job in jobs]


def test_a_job_that_lost_its_worker_goes_before_those_that_came_later(state, store):
    lost = new()
    take_in(state, lost)
    claimed(store)
    take_in(state, new())
    state.zadd(keys.index(TYPE, "active"), {lost.id: 1})
    assert store.recover([TYPE])[0] == 1
    assert claimed(store, 1) == [lost.id]


def test_a_new_priority_puts_a_job_where_its_arrival_puts_it_there(state, store, usher):
    urgent, waiting, critical = new(priority=-15), new(), new(priority=-15)
    for job in (waiting, urgent, critical):
        take_in(state, job)
    usher.controls.prioritise(waiting.id, -15)
    assert claimed(store) == [waiting.id, urgent.id, critical.id]


def test_a_job_that_was_held_back_returns_to_its_place_also_at_another_priority(state, store, usher):
    # Given two jobs that a turn met while their show was paused, and others that came later
    held_back, raised = new(target="show:x"), new(target="show:x")
    take_in(state, held_back, raised)
    usher.controls.pause("show:x")
    later = [new(), new(priority=-5)]
    take_in(state, *later)
    assert claimed(store) == [later[1].id, later[0].id]

    # When one is made more urgent and the show is resumed
    usher.controls.prioritise(raised.id, -15)
    last = [new(), new(priority=-15)]
    take_in(state, *last)
    usher.controls.resume("show:x")
    assert store.reinstate()[0] == 2

    # Then each stands where its priority and arrival put it
    assert claimed(store) == [raised.id, last[1].id, held_back.id, last[0].id]
    assert_consistent(state)


def test_many_jobs_of_a_paused_batch_do_not_stop_those_behind_them(state, store, usher):
    take_in(state, *[new(batch="b") for _ in range(1_500)], limits=options(batch_limit=2_000))
    free = new()
    take_in(state, free)
    usher.controls.pause("batch:b")
    assert claimed(store, 10) == []  # one script parks a part of them
    assert claimed(store, 10) == [free.id]
    assert state.hget(keys.batch("b"), "queued") == "1500"


def test_no_queued_job_is_missed_or_seen_twice_while_jobs_are_done_and_lost_and_raised(state, store, usher):
    # Given a reader who has seen the first page of the queued jobs
    jobs = [new(priority=priority) for priority in (0, 10) for _ in range(30)]
    take_in(state, *jobs)
    page = usher.job_lists.page(WantedJobs(State.QUEUED, TYPE), "", 20)
    seen = [job.id for job in page.jobs]

    # When jobs are claimed, given back, prioritised and taken in meanwhile
    for one in store.claim(TYPE, "worker@test", 5):
        store.settle([Settlement(one, "returned", one.place)])
    store.wake([TYPE], {"jobs": 0})[0]
    take_in(state, new(), new(priority=-15))

    # Then the next pages have all others, the last place first
    while page.cursor:
        page = usher.job_lists.page(WantedJobs(State.QUEUED, TYPE), page.cursor, 20)
        seen += [job.id for job in page.jobs]
    assert [job_id for job_id in seen if job_id in {job.id for job in jobs}] == [job.id for job in reversed(jobs)]


def test_what_a_version_with_times_for_scores_queued_and_held_back_is_done_first_and_none_is_lost(state, store, usher):
    # Given a job that came later, and as that version left them, one that is queued and one that is held back
    jobs = [new(), new(target="show:x"), new()]
    take_in(state, *jobs)
    state.zadd(keys.index(TYPE, "queued"), {jobs[0].id: 1_764_000_000_000, jobs[1].id: 253_402_300_799_000})
    state.rpush(keys.held_back("show:x"), jobs[1].id)
    state.sadd(keys.held_back_groups(), "show:x")
    usher.controls.pause("show:x")

    # Then the queued one goes first, and the other waits until its show is resumed
    assert claimed(store) == [jobs[0].id, jobs[2].id]
    usher.controls.resume("show:x")
    assert store.reinstate()[0] == 1
    assert claimed(store) == [jobs[1].id]
    assert_consistent(state)
