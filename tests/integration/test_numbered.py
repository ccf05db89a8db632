"""Jobs by their numbers, and by their places in the list of all jobs."""

import pytest

from tasks_app.errors import UnknownJobError
from tasks_app.jobs.job import State
from tasks_app.state import keys
from tests.jobs import TYPE, claim, end_long_ago, new, options, take_in
from worker.jobs.job_store import JobStore, Settlement

ABSENT = "a" * 26


def test_jobs_get_numbers_that_count_up_and_keep_them(state, usher):
    jobs = [new() for _ in range(3)]
    take_in(state, *jobs)
    first, second, third = (job.id for job in jobs)
    assert usher.numbered.of([second]) == {second: 1}
    assert usher.numbered.of([first, second, third]) == {first: 2, second: 1, third: 3}
    assert usher.numbered.find(3) == third
    assert usher.numbered.of([]) == {}


def test_a_job_that_has_no_number_costs_nothing(state, usher):
    take_in(state, new())
    usher.numbered.window(0, -1, 10)
    assert not state.exists(keys.numbers(), keys.last_number())


@pytest.mark.parametrize("number", [-1, 0, 2, 10**15])
def test_a_number_that_no_job_has_is_unknown(state, usher, number: int):
    job = new()
    take_in(state, job)
    assert usher.numbered.of([job.id]) == {job.id: 1}
    with pytest.raises(UnknownJobError):
        usher.numbered.find(number)


def test_a_number_ends_with_its_record_and_is_not_given_again(state, usher):
    # Given a finished and a waiting job with numbers
    store = JobStore(state, options(keep_complete_seconds=0))
    done, waiting, later = new(), new(), new()
    take_in(state, done, waiting)
    assert usher.numbered.of([done.id, waiting.id]) == {done.id: 1, waiting.id: 2}
    store.settle([Settlement(*claim(store, done.id), "complete", "1")])
    end_long_ago(state, done.id)

    # When the clock forgets the finished one
    assert store.forget() == (1, False)

    # Then only the other has its number, and the next job gets a new one
    assert state.zrange(keys.numbers(), 0, -1) == [waiting.id]
    take_in(state, later)
    assert usher.numbered.of([later.id]) == {later.id: 3}


def test_a_number_ends_with_a_job_that_is_dropped_by_hand(state, store, usher):
    job = new()
    take_in(state, job)
    store.settle([Settlement(*claim(store, job.id), "complete", "1")])
    assert usher.numbered.of([job.id]) == {job.id: 1}
    usher.controls.forget(job.id)
    assert not state.exists(keys.numbers())


def test_a_number_whose_job_an_older_worker_forgot_ends_when_it_is_asked_for(state, usher):
    assert usher.numbered.of([ABSENT]) == {ABSENT: 1}
    with pytest.raises(UnknownJobError):
        usher.numbered.find(1)
    assert not state.exists(keys.numbers())


@pytest.fixture
def listed(state, store) -> list[str]:
    """The ids of all jobs in the order of the list: two queued jobs of each of two types, an active, two complete."""
    apples, pears = ([new(type=kind, priority=number) for number in (0, -10)] for kind in ("apple", "pear"))
    busy, *done = (new() for _ in range(3))
    take_in(state, *pears, *apples, busy, *done)
    claims = claim(store, busy.id, *(job.id for job in done))
    store.settle([Settlement(one, "complete", "1") for one in claims[1:]])
    return [job.id for job in (apples[1], apples[0], pears[1], pears[0], busy, *done)]


@pytest.mark.parametrize("first", [0, 1, 2, 3, 6, 7, -1, -3, -99])
@pytest.mark.parametrize("last", [0, 1, 3, 4, 6, 99, -1, -4, -99])
def test_a_window_has_what_the_list_has_between_its_places(usher, listed, first: int, last: int):
    size = len(listed)
    start, end = (place if place >= 0 else place + size for place in (first, last))
    expected = listed[max(start, 0) : end + 1] if end >= 0 else []
    for most in (1, 3, 99):
        window = usher.numbered.window(first, last, most)
        assert (window.ids, window.size) == (expected[:most], len(expected))
        assert window.start == max(start, 0)


def test_a_window_may_have_one_type_and_one_state(usher, listed):
    assert usher.numbered.window(0, -1, 9, "pear").ids == listed[2:4]
    assert usher.numbered.window(0, -1, 9, "", [State.COMPLETE]).ids == listed[5:]
    assert usher.numbered.window(1, 1, 9, TYPE, [State.COMPLETE]).ids == listed[6:]
    assert usher.numbered.window(0, -1, 9, "plum").ids == []
