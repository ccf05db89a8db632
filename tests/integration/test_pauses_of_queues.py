"""A paused queue: no job of its types starts; a paused channel: its notifications wait, and others are sent."""

import pytest

from tasks_app.jobs import groups
from tasks_app.jobs.job import NewJob, State
from tasks_app.jobs.messages import PUSH_NOTIFICATION
from tasks_app.state import keys
from tests.integration.reserving_scenarios import about, floor
from tests.jobs import TYPE, new, options, read, take_in
from worker.jobs.job_store import JobStore


@pytest.mark.parametrize("decides", [True, False])
def test_a_paused_queue_reserves_and_confirms_nothing_either_way(both, usher, state, decides):
    # Given a reservation, and its queue paused before its confirmation
    both.lay_out(decides)
    both.submit([about("reserve_seat", "r1", data=floor(1))])
    both.work()
    usher.controls.pause("queue:reservations", "stock-taking")
    later = [about("confirm", "c1", data={"reservation": "r1"}), about("reserve_seat", "r2", data=floor(1))]
    both.submit(later)

    # Then neither starts, and both say why
    assert both.work() == 0
    assert {read(state, job.id).state for job in later} == {State.QUEUED}
    assert {usher.jobs.read(job.id).waiting_for["reason"] for job in later} == {"stock-taking"}

    # And both are done once it is resumed
    usher.controls.resume("queue:reservations")
    assert both.work() == 2
    assert [read(state, job.id).outcome for job in later] == ["confirmed", "held"]


def test_a_paused_queue_stops_its_types_and_processors_and_no_others(state, usher):
    store = JobStore(state, options())
    take_in(state, new(), new(type="other"))
    notice = NewJob(PUSH_NOTIFICATION, {"channel": "console", "to": "ada", "message": "m"})
    take_in(state, notice)
    usher.controls.pause("queue:jobs")
    assert [store.claim(name, "worker@test", 9) for name in (TYPE, "other")] == [[], []]
    assert [one.id for one in store.claim(PUSH_NOTIFICATION, "worker@test", 9)] == [notice.id]
    assert usher.jobs.backlogs()[TYPE].unpaused_oldest_ms is None


def test_the_end_of_a_queues_pause_wakes_its_types(state, usher, eventually):
    store = JobStore(state, options())
    usher.controls.pause("queue:jobs", for_ms=200)
    assert take_in(state, new(), new(type="other")) == []
    woken = []
    eventually(lambda: woken.extend(store.reinstate()[1]) or not usher.jobs.pauses())
    assert {wake.type for wake in woken} == {TYPE, "other"}


def test_only_notifications_of_a_paused_channel_wait(state, usher):
    # Given notifications over two channels, of which one names none, and a job of a user's that has the same word
    store = JobStore(state, options())
    datas = [{"channel": "webhook", "to": "u"}, {"channel": "console", "to": "a"}, {"phoneNumber": "4155550100"}]
    jobs = [NewJob(PUSH_NOTIFICATION, data | {"message": "m"}) for data in datas]
    users = new(data={"channel": "console"})
    take_in(state, *jobs, users)
    usher.controls.pause(groups.of_channel("console"), "the printer is broken", "ops")

    # Then those of the channel are held back, and say why
    assert [one.id for one in store.claim(PUSH_NOTIFICATION, "worker@test", 9)] == [jobs[0].id]
    assert len(store.claim(TYPE, "worker@test", 9)) == 1
    for job in jobs[1:]:
        waiting_for = usher.jobs.read(job.id).waiting_for
        assert (waiting_for["group"], waiting_for["by"]) == ("channel:console", "ops")

    # And go on in their order once it is resumed
    usher.controls.resume(groups.of_channel("console"))
    assert store.reinstate()[0] == 2
    assert [one.id for one in store.claim(PUSH_NOTIFICATION, "worker@test", 9)] == [job.id for job in jobs[1:]]
    assert not state.exists(keys.pauses(), keys.held_back_groups())
