"""Requests that come at once are written together, and each is refused or taken by itself."""

import threading
from functools import partial

import redis

from tasks_app.errors import IdempotencyConflictError, StateUnavailableError
from tasks_app.jobs.intake import Intake
from tasks_app.state import keys
from tests.jobs import TYPE, new, news, options, take_in
from tests.threads import all_at_once


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


def test_one_callers_refusal_does_not_refuse_others_in_the_same_write(state):
    # Given a key that was used
    job_id = "k" * 26
    take_in(state, new(id=job_id, fingerprint="f"))
    intake = Intake(state, lambda _: None, options())

    # When a conflicting and an innocent request are written together
    conflicting, innocent = new(id=job_id, fingerprint="g"), new()
    outcomes = {}

    def submit(job):
        try:
            outcomes[job.fingerprint] = news(intake.submit([job]))
        except IdempotencyConflictError as error:
            outcomes[job.fingerprint] = error

    all_at_once(partial(submit, job) for job in (conflicting, innocent))

    # Then only the first is refused
    assert isinstance(outcomes["g"], IdempotencyConflictError)
    assert outcomes[""] == [True]


def test_requests_that_wait_behind_a_failed_write_are_refused_with_it(state):
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
    all_at_once([submit] * 21)

    # Then no caller waited for a second write, and the intake works again
    assert (len(errors), len(writes)) == (21, 1)
    intake._submit = script
    assert news(intake.submit([new()])) == [True]
