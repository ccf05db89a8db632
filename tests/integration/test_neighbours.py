"""Work of several callers is combined in many places; the trouble of one caller never reaches another."""

import threading
from functools import partial

import pytest
import redis

from tasks_app.jobs.intake import Intake
from tasks_app.jobs.job import NewJob, State
from tasks_app.state import keys
from tasks_app.state.record_names import STORED, named
from tasks_app.usher import Usher
from tests.jobs import assert_consistent, new, news, options, read, slot_claims, take_in
from tests.threads import all_at_once
from worker.jobs.job_store import JobStore

BAD = {
    "no JSON": {"data": {"a": object()}},
    "bytes": {"data": {"a": b"x"}},
    "a set": {"data": {"a": {1}}},
    "NaN": {"data": {"a": float("nan")}},
    "infinite": {"data": {"a": [float("inf")]}},
    "half a surrogate pair": {"data": {"a": "\ud800"}},
    "half a pair in a name": {"data": {"\udcff": 1}},
    "half a pair in the title": {"title": "\ud800"},
    "a number of many digits": {"data": {"a": 10**5_000}},
    "more than 64 bits": {"data": {"a": 2**64}},
    "too deep": {"data": {"a": [[[]]] * 3, "b": __import__("functools").reduce(lambda a, _: [a], range(500), 1)}},
    "too large": {"data": {"a": "x" * 20_000_000}},
    "a list": {"data": [1]},
    "nothing": {"data": None},
    "a priority that is text": {"priority": "high"},
    "a priority that is no whole number": {"priority": 1.5},
    "a priority beyond all numbers": {"priority": 10**400},
    "an infinite delay": {"delay_ms": float("inf")},
    "a date that is none": {"due_ms": None},
    "a title that is a number": {"title": 5},
    "a batch that is none": {"batch": None},
    "a batch that names another key": {"batch": "b:jobs"},
    "a type that names another key": {"type": "a:queued"},
    "a type that is none": {"type": None},
    "an id that is none": {"id": ["x"]},
}


@pytest.mark.parametrize("name", BAD)
def test_one_callers_bad_job_does_not_reach_the_others(state: redis.Redis, name: str, usher: Usher) -> None:
    # Given an intake with one caller whose job cannot be recorded, and others who come at the same time
    intake = Intake(state, lambda _: None, options())
    bad = NewJob(**{"type": "resize_image", "data": {}} | BAD[name])
    good = [new() for _ in range(60)]
    outcomes: dict[str, object] = {}

    def save(key: str, job: NewJob) -> None:
        try:
            outcomes[key] = news(intake.submit([job]))
        except Exception as error:
            outcomes[key] = error

    # When all of them submit
    saves = [partial(save, f"good{n}", job) for n, job in enumerate(good)]
    saves[10:10] = [partial(save, f"bad{n}", bad) for n in range(6)]
    all_at_once(saves)

    # Then the bad one is refused with its own reason, and all others are taken in
    assert [outcomes[f"good{n}"] for n in range(60)] == [[True]] * 60
    refusals = [outcomes[f"bad{n}"] for n in range(6)]
    assert all(isinstance(one, TypeError | ValueError) and str(one) for one in refusals), refusals
    assert sorted(state.zrange(keys.index("resize_image", "queued"), 0, -1)) == sorted(job.id for job in good)
    assert_consistent(state)


def test_an_empty_request_is_taken_in_as_nothing(state: redis.Redis) -> None:
    assert Intake(state, lambda _: None, options()).submit([]) == []


def test_too_many_jobs_at_once_are_refused(state: redis.Redis) -> None:
    with pytest.raises(ValueError, match="at most 10 are taken"):
        take_in(state, *[new() for _ in range(11)], limits=options(batch_limit=10))
    assert state.keys("*") == [keys.layout()]


def test_a_publisher_in_trouble_is_no_callers_trouble(state: redis.Redis) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("can't start new thread")

    assert news(Intake(state, broken, options()).submit([new()])) == [True]


def test_a_leader_that_is_ended_does_not_end_the_callers_that_wait(state: redis.Redis, usher: Usher) -> None:
    # Given a caller that is ended while it writes, after others have come
    intake = Intake(state, lambda _: None, options())
    script, writes = intake._submit, []

    def ended(**call):
        writes.append(call)
        if len(writes) == 1:
            while len(intake._waiting) < 5:
                threading.Event().wait(0.001)
            raise KeyboardInterrupt
        return script(**call)

    intake._submit = ended
    answers: list[object] = []

    def save() -> None:
        try:
            answers.append(news(intake.submit([new()])))
        except BaseException as error:
            answers.append(error)

    # When all submit
    all_at_once([save] * 6)

    # Then only that caller is ended
    assert sorted(map(repr, answers)) == sorted(["KeyboardInterrupt()", *["[True]"] * 5])


def test_a_record_that_cannot_be_read_fails_alone(state: redis.Redis) -> None:
    # Given three jobs of one message, one with damaged data
    jobs = [new() for _ in range(3)]
    take_in(state, *jobs)
    state.hset(keys.job(jobs[1].id), STORED["data"], "{")

    # When a worker claims them
    claims = slot_claims(JobStore(state, options()), [job.id for job in jobs], "w")

    # Then it has the other two, and that one has failed with its reason
    assert [claim.id for claim in claims] == [jobs[0].id, jobs[2].id]
    record = named(state.hgetall(keys.job(jobs[1].id)))
    assert (record["state"], "not JSON" in record["error"]) == (State.FAILED, True)
    assert read(state, jobs[0].id).state is State.ACTIVE
