"""Sends whose notifier died or took too long: nobody knows whether they arrived, whatever comes after."""

import pytest

from api.notifications.notifications import word
from tasks_app.jobs.job import NewJob, State
from tasks_app.jobs.messages import PUSH_NOTIFICATION
from tests.jobs import slot_claims, take_in
from tests.providers.provider import Reply
from worker.jobs.job_store import Settlement


@pytest.mark.parametrize("meanwhile", ["nothing", "resting", "suppressed", "expired", "quiet", "paced"])
def test_an_interrupted_send_at_most_once_is_in_doubt_whatever_happened_meanwhile(notifier, provider, meanwhile, usher):
    # Given a job whose worker died between the call and its settlement
    data = {}
    if meanwhile == "expired":
        data["expires_ms"] = notifier.now_ms() - 1
    if meanwhile == "quiet":
        data["quiet"] = {"from": "00:00", "to": "00:00", "zone": "UTC"}
    job_id = notifier.give("4153518780", "apprise", **data)
    notifier.die_while_sending(job_id)
    if meanwhile == "resting":
        notifier.notices.rest(notifier.own.channels.channel("apprise").scope(None), 60, "429")
    if meanwhile == "suppressed":
        usher.suppressions.suppress("apprise", ["4153518780"], "asked for it")
    if meanwhile == "paced":
        notifier.pace("apprise", 0.001, 1)
        notifier.notices.grants(notifier.own.channels.channel("apprise").scope(None), 0.001, 1, 1)

    # When another worker gets it, then it is not sent again, and says so
    notifier.work(job_id)
    job = notifier.job(job_id)
    assert job.result == {"outcome": "in_doubt", "channel": "apprise", "answer": "interrupted"}
    assert provider.received == []


def test_an_interrupted_send_at_least_once_is_made_again(notifier, provider):
    job_id = notifier.give(provider.url("/again"))
    notifier.die_while_sending(job_id)
    notifier.work(job_id)
    assert notifier.job(job_id).result["outcome"] == "sent"
    assert [one.id for one in provider.received] == [job_id]


def test_a_message_that_a_killed_notifier_may_have_sent_is_not_simply_failed(notifier, provider):
    # Given a webhook that a notifier called, and died before it recorded that
    job_id = notifier.give(provider.url("/killed"))
    notifier.die_while_sending(job_id)

    # When its provider refuses the repeated call
    provider.default = Reply(400)
    notifier.work(job_id)

    # Then it may have arrived
    job = notifier.job(job_id)
    assert (job.state, job.error["code"], word(job)) == (State.FAILED, "undeliverable", "in_doubt")


@pytest.mark.parametrize("way", ["at once", "after a snooze"])
def test_a_message_that_a_killed_notifier_may_have_sent_is_not_simply_skipped(notifier, provider, way, usher):
    # Given a webhook of a batch, whose notifier died after it was called
    all_day = {"from": "00:00", "to": "00:00", "zone": "UTC", "policy": "skip"}
    data = {"channel": "webhook", "to": provider.url("/skip"), "message": "m", "quiet": all_day}
    job = NewJob(PUSH_NOTIFICATION, data, batch="b")
    take_in(notifier.state, job)
    notifier.die_while_sending(job.id)
    if way == "after a snooze":
        (claim,) = slot_claims(notifier.store, [job.id], "other@test")
        notifier.store.settle([Settlement(claim, "snoozed", '"rate limit"', 0)])
        notifier.make_due(job.id)

    # When quiet hours skip the repeated call, then it may have arrived, and its batch says so
    notifier.work(job.id)
    assert (notifier.job(job.id).state, word(notifier.job(job.id))) == (State.COMPLETE, "in_doubt")
    assert usher.batches.read("b").outcomes == {"in_doubt": 1}
    assert [one.id for one in usher.batches.jobs("b", 0, 10, outcome="in_doubt")[0]] == [job.id]
    assert provider.received == []


def test_a_send_that_lost_its_worker_too_often_is_in_doubt(notifier, provider):
    job_id = notifier.give(provider.url("/deadly"))
    for _ in range(3):
        notifier.die_while_sending(job_id)
    with pytest.raises(AssertionError):  # the fourth is not queued again
        notifier.die_while_sending(job_id)
    job = notifier.job(job_id)
    assert (job.state, job.error["code"], word(job)) == (State.FAILED, "poison", "in_doubt")


def test_a_send_over_its_time_limit_is_in_doubt(notifier, provider, eventually):
    # Given a webhook whose provider got the call, and whose notifier waits longer than it may
    job_id = notifier.give(provider.url("/slow"), attempts=1)
    (claim,) = slot_claims(notifier.store, [job_id], "slow@test", limit_ms=50)
    notifier.store.begin([claim])
    eventually(lambda: notifier.store.recover([PUSH_NOTIFICATION])[0] or notifier.job(job_id).state is State.FAILED)
    job = notifier.job(job_id)
    assert (job.error["code"], job.stalls, word(job)) == ("time_limit", 0, "in_doubt")
