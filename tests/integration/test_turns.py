"""Turns: a slot does chunk after chunk, and a slow job delays no job that another slot could do."""

import threading
import time

import pytest

from tasks_app.jobs.job import State
from tasks_app.jobs.type_rules import Rules
from tasks_app.state import keys
from tests.jobs import TYPE, new, options, read, take_in, told
from worker.jobs import turns
from worker.jobs.handlers import handler, together
from worker.jobs.job_store import JobStore
from worker.jobs.turns import Turns


@pytest.fixture
def woken(usher, own_handlers):
    """A slot on the test's own server; and the types that its turns woke other slots for."""
    return usher.woken


@pytest.fixture
def quick(usher):
    """Jobs of the test's type are known to be quick."""
    usher.part(Turns).pace[TYPE] = 0.001


class Crowded(Turns):
    """Turns of a worker at which others wait all the time."""

    def _others_wait(self):
        return True


def take(token="token"):
    return turns.take(TYPE, "jobs", "worker@test", token)


def test_a_turn_does_all_queued_jobs_and_those_that_come_meanwhile(state, woken):
    done = []

    def do(job):
        done.append(job.data["n"])
        if job.data["n"] == 9:
            take_in(state, *[new(data={"n": n}) for n in range(10, 20)])

    handler(TYPE)(do)
    take_in(state, *[new(data={"n": n}) for n in range(10)])
    assert take() == 20
    assert done == list(range(20))


def test_jobs_behind_a_slow_one_are_given_back_and_finished_ones_are_written(state, woken, quick, eventually):
    # Given a type that is known as fast, and a chunk of it whose second job hangs
    go_on = threading.Event()
    handler(TYPE)(lambda job: go_on.wait(20) if job.data["n"] == 1 else job.data["n"])
    jobs = [new(data={"n": n}) for n in range(10)]
    take_in(state, *jobs)
    thread = threading.Thread(target=take)
    thread.start()

    # When it takes longer than expected, then others can have the rest, and the first job's outcome is there
    eventually(lambda: state.zcard(keys.index(TYPE, "queued")) == 8)
    assert [read(state, job.id).state for job in jobs[:2]] == [State.COMPLETE, State.ACTIVE]
    other = JobStore(state, options()).claim(TYPE, "worker@other", 1)
    assert [claim.id for claim in other] == [jobs[2].id]

    # And each is done once in the end
    go_on.set()
    thread.join(20)
    assert {read(state, job.id).state for job in jobs if job is not jobs[2]} == {State.COMPLETE}
    assert {read(state, job.id).attempts_made for job in jobs} == {1}
    assert told(state, jobs[5].id) == ["queued", "active", "queued", "active", "complete"]


def test_a_job_that_began_an_effect_is_written_before_the_next_begins(state, woken, quick):
    found = []

    def do(job):
        found.extend(read(state, one.id).state for one in jobs[: job.data["n"]])
        job.begin()

    handler(TYPE)(do)
    jobs = [new(data={"n": n}) for n in range(4)]
    take_in(state, *jobs)
    assert take() == 4
    assert found == [State.COMPLETE] * 6


def test_jobs_of_an_unknown_pace_are_claimed_one_at_a_time_first(state, woken):
    seen = []
    handler(TYPE)(lambda job: seen.append(state.zcard(keys.index(TYPE, "active"))))
    take_in(state, *[new() for _ in range(20)])
    take()
    assert seen[0] == 1
    assert max(seen) > 1


def test_a_handler_of_many_gets_as_many_jobs_as_it_says(state, woken):
    sizes = []
    together(TYPE, most=7)(lambda jobs: [sizes.append(len(jobs))] * len(jobs))
    take_in(state, *[new() for _ in range(20)])
    assert take() == 20
    assert sizes == [7, 7, 6]


@pytest.mark.parametrize("most", [0, -1, 1_001, True, 2.0, "7"])
def test_a_handler_of_many_that_names_no_number_of_jobs_is_refused(most):
    with pytest.raises(ValueError, match="1 to 1000 jobs at once"):
        together("another", most=most)(lambda jobs: jobs)


def test_a_job_that_comes_while_a_turn_lingers_is_done_by_it(state, woken, usher, eventually):
    # Given a turn that has done its job and waits for more
    usher.give(Turns, Turns(usher, linger_seconds=1.5))
    handler(TYPE)(lambda job: job.data)
    (wake,) = take_in(state, new())
    counts = []
    thread = threading.Thread(target=lambda: counts.append(take(wake.token)))
    thread.start()
    eventually(lambda: state.zcard(f"{keys.JOBS}:lingering:jobs"))

    # When a job comes, then it is done without a message
    job = new()
    assert take_in(state, job) == []
    eventually(lambda: read(state, job.id).state is State.COMPLETE)

    # And a job of another type ends the turn
    eventually(lambda: state.zcard(f"{keys.JOBS}:lingering:jobs"))
    take_in(state, new(type="another"))
    thread.join(20)
    assert counts == [2]


class Odd(dict):
    """A result that cannot even be read."""

    def items(self):
        raise SystemExit(1)


def test_a_result_that_cannot_be_read_fails_its_job_and_no_other(state, woken, quick):
    handler(TYPE)(lambda job: Odd(a=1) if job.data["n"] == 0 else job.data["n"])
    jobs = [new(data={"n": n}) for n in range(3)]
    take_in(state, *jobs)
    take()
    assert [read(state, job.id).state.value for job in jobs] == ["failed", "complete", "complete"]
    assert {read(state, job.id).attempts_made for job in jobs} == {1}


def test_a_turn_ends_when_others_wait_and_leaves_a_wake_up(state, woken, usher):
    usher.give(Turns, Crowded(usher, look_seconds=0.0))
    handler(TYPE)(lambda job: None)
    (wake,) = take_in(state, *[new() for _ in range(20)])
    assert take(wake.token) < 20
    assert [wake.type for wake in woken] == [TYPE]
    assert state.zcard(keys.index(TYPE, "active")) == 0


def test_a_turn_that_was_told_to_stop_ends_with_its_chunk(state, woken, stop):
    stop()
    handler(TYPE)(lambda job: None)
    take_in(state, *[new() for _ in range(5)])
    assert take() == 1
    assert state.zcard(keys.index(TYPE, "queued")) == 4


def test_a_type_of_weight_4_has_longer_turns_while_others_wait(state, woken, usher):
    # Given a quick type with more jobs than a turn does, and others that wait
    handler(TYPE)(lambda job: time.sleep(0.002))
    usher.give(Turns, Crowded(usher))
    take_in(state, *[new() for _ in range(400)])
    usual = take("one")

    # When it has a weight, then it does more in a turn
    usher.types.put(TYPE, Rules(weight=4))
    assert take("two") > 2 * usual
