"""Large requests whose caller died: the clock of a worker records them, wakes slots for them, and needs no broker."""

import pytest

from tasks_app.errors import BrokerUnavailableError
from tests.integration.large_requests import assert_all_there, large, leftovers, make_overdue, submit_and_die
from tests.jobs import TYPE
from worker.maintenance import Maintenance


def test_one_tick_records_what_is_missing_and_wakes_a_slot(state, usher):
    jobs = large()
    submit_and_die(state, jobs, 0)
    make_overdue(state)
    Maintenance(usher, [TYPE], {}).tick()
    assert [wake.type for wake in usher.woken] == [TYPE]
    assert_all_there(state, jobs)


def test_the_request_of_a_caller_that_may_be_alive_is_left_alone(state, usher):
    submit_and_die(state, large(), 0)
    Maintenance(usher, [TYPE], {}).tick()
    assert usher.woken == []
    assert leftovers(state) != []


def test_a_clock_without_handlers_for_its_jobs_still_records_the_request(state, usher):
    jobs = large()
    submit_and_die(state, jobs, 1)
    make_overdue(state)
    Maintenance(usher, ["another"], {}).tick()
    assert_all_there(state, jobs)


def test_missing_jobs_are_recorded_while_the_broker_is_away(state, usher):
    def away(_):
        raise BrokerUnavailableError

    jobs = large()
    submit_and_die(state, jobs, 0)
    make_overdue(state)
    usher.publisher.publish = away
    with pytest.raises(BrokerUnavailableError):  # which the clock's thread logs, and ticks again
        Maintenance(usher, [TYPE], {}).tick()
    assert_all_there(state, jobs)
