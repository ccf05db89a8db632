"""Large requests whose caller died: the clock of a worker records them, wakes slots for them, and needs no broker."""

import pytest

from tasks_app.errors import BrokerUnavailableError
from tests.integration.large_requests import assert_all_there, large, leftovers, make_overdue, submit_and_die
from tests.jobs import TYPE, options
from worker.maintenance import Clock


@pytest.fixture
def published(monkeypatch):
    """The types of which wake-ups are sent; the queues are empty."""
    sent = []
    monkeypatch.setattr("tasks_app.jobs.messages.publish", lambda wakes: sent.extend(wake.type for wake in wakes))
    monkeypatch.setattr("tasks_app.jobs.depths.depths", lambda queues: dict.fromkeys(queues, 0))
    return sent


def test_one_tick_records_what_is_missing_and_wakes_a_slot(state, published):
    jobs = large()
    submit_and_die(state, jobs, 0)
    make_overdue(state)
    Clock(state, [TYPE], {}, options()).tick()
    assert published == [TYPE]
    assert_all_there(state, jobs)


def test_a_caller_that_may_be_alive_is_left_alone(state, published):
    submit_and_die(state, large(), 0)
    Clock(state, [TYPE], {}, options()).tick()
    assert published == []
    assert leftovers(state) != []


def test_a_clock_that_can_do_no_such_job_records_it_all_the_same(state, published):
    jobs = large()
    submit_and_die(state, jobs, 1)
    make_overdue(state)
    Clock(state, ["another"], {}, options()).tick()
    assert_all_there(state, jobs)


def test_what_is_missing_is_recorded_while_the_broker_is_away(state, published, monkeypatch):
    def away(_):
        raise BrokerUnavailableError

    jobs = large()
    submit_and_die(state, jobs, 0)
    make_overdue(state)
    monkeypatch.setattr("tasks_app.jobs.messages.publish", away)
    with pytest.raises(BrokerUnavailableError):  # which the clock's thread logs, and ticks again
        Clock(state, [TYPE], {}, options()).tick()
    assert_all_there(state, jobs)
