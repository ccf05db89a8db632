"""Sends of which nobody knows whether they arrived: told as such, repeated only where the receiver can tell."""

import pytest

from api.notifications.notifications import word
from tasks_app.errors import StateUnavailableError
from tasks_app.jobs.job import NewJob, State
from tasks_app.jobs.messages import PUSH_NOTIFICATION
from tasks_app.state import keys
from tests.jobs import events_of, slot_claims, take_in
from tests.providers.provider import Reply
from worker.jobs.job_store import Settlement
from worker.notifications.channels.apprise import AppriseChannel
from worker.notifications.channels.webhook import Webhook


def test_in_doubt_at_least_once_is_sent_again_with_the_same_id(notifier, provider):
    provider.script("/doubt", Reply(end="reset", delivered=True), Reply(200))
    job = notifier.sent(provider.url("/doubt"))
    assert (job.state, job.attempts_made) == (State.DELAYED, 1)
    notifier.make_due(job.id)
    notifier.work(job.id)
    assert notifier.job(job.id).state is State.COMPLETE
    assert [one.id for one in provider.received] == [job.id] * 2
    assert provider.received[0].body == provider.received[1].body


def test_in_doubt_at_least_once_without_an_attempt_left_says_so(notifier, provider):
    provider.default = Reply(end="reset", delivered=True)
    job = notifier.sent(provider.url("/doubt"), attempts=1)
    assert (job.state, job.error["code"], word(job)) == (State.FAILED, "in_doubt", "in_doubt")


def test_a_doubt_is_not_forgotten_when_a_later_attempt_fails_for_good(notifier, provider):
    # Given a webhook of which nobody knows whether it arrived
    provider.script("/doubt", Reply(end="close", delivered=True), Reply(404))
    job = notifier.sent(provider.url("/doubt"))
    assert (job.state, word(job)) == (State.DELAYED, "delayed")

    # When its address is gone at the next attempt, then its end says both
    notifier.make_due(job.id)
    notifier.work(job.id)
    job = notifier.job(job.id)
    assert (job.state, job.error["code"], word(job)) == (State.FAILED, "undeliverable", "in_doubt")


def test_in_doubt_at_most_once_is_a_result_and_never_sent_again(notifier, provider):
    provider.default = Reply(end="reset")
    job = notifier.sent("4153518780", "apprise")
    assert job.state is State.COMPLETE
    assert job.result == {"outcome": "in_doubt", "channel": "apprise", "answer": "reset_after_write"}
    assert len(provider.received) == 1


def test_a_channel_that_breaks_at_most_once_leaves_it_in_doubt(notifier, provider, monkeypatch):
    # Given a channel with a fault that shows after the message is out
    real = AppriseChannel.send

    def breaks(self, notification):
        real(self, notification)
        raise ValueError("a fault")

    monkeypatch.setattr(AppriseChannel, "send", breaks)
    job = notifier.sent("4153518780", "apprise")
    assert job.result == {"outcome": "in_doubt", "channel": "apprise", "answer": "channel_failed"}
    assert len(provider.received) == 1


def test_a_state_that_is_away_before_the_effect_leaves_no_doubt(notifier, provider, monkeypatch):
    # Given a state that takes note that the effect begins, and whose answer does not come
    real = notifier.store.begin

    def away(claims):
        real(claims)
        raise StateUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(notifier.store, "begin", away)
        job = notifier.sent("4153518780", "apprise", attempts=1)
    assert (job.state, provider.received) == (State.DELAYED, [])

    # Then it is sent the next time
    notifier.make_due(job.id)
    notifier.work(job.id)
    assert notifier.job(job.id).result["outcome"] == "sent"


def test_a_channel_that_cannot_reach_the_state_before_it_sends_is_not_in_doubt(notifier, provider, monkeypatch):
    def away(self, notification):
        raise StateUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(AppriseChannel, "send", away)
        job = notifier.sent("4153518780", "apprise", attempts=1)
    assert (job.state, job.attempts_made) == (State.DELAYED, 0)
    notifier.make_due(job.id)
    notifier.work(job.id)
    assert notifier.job(job.id).result["outcome"] == "sent"


def test_a_state_that_is_away_at_the_screening_forgets_no_doubt(notifier, provider, monkeypatch):
    # Given an SMS whose worker died between the call and its settlement
    job_id = notifier.give("4153518780", "apprise")
    notifier.die_while_sending(job_id)

    # When the next one cannot reach the state for a moment
    def away(*_):
        raise StateUnavailableError(away=True)

    with monkeypatch.context() as patched:
        patched.setattr(notifier.notices, "look_up", away)
        notifier.work(job_id)
    assert notifier.job(job_id).state is State.DELAYED

    # Then it is still in doubt
    notifier.make_due(job_id)
    notifier.work(job_id)
    assert notifier.job(job_id).result["answer"] == "interrupted"
    assert provider.received == []


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
        notifier.notices.rest(notifier._channel("apprise").scope(None), 60, "429")
    if meanwhile == "suppressed":
        usher.suppressions.suppress("apprise", ["4153518780"], "asked for it")
    if meanwhile == "paced":
        notifier.pace("apprise", 0.001, 1)
        notifier.notices.grants(notifier._channel("apprise").scope(None), 0.001, 1, 1)

    # When it comes to another one, then it is not called again, and says so
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


def test_what_a_killed_notifier_may_have_sent_is_not_plainly_failed(notifier, provider):
    # Given a webhook that was called by a notifier that died before it wrote that down
    job_id = notifier.give(provider.url("/killed"))
    notifier.die_while_sending(job_id)

    # When its provider refuses the repeated call
    provider.default = Reply(400)
    notifier.work(job_id)

    # Then it may have arrived
    job = notifier.job(job_id)
    assert (job.state, job.error["code"], word(job)) == (State.FAILED, "undeliverable", "in_doubt")


@pytest.mark.parametrize("way", ["at once", "after a snooze"])
def test_what_a_killed_notifier_may_have_sent_is_not_plainly_skipped(notifier, provider, way, usher):
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
    # Given a webhook whose provider is asked, and whose notifier hears nothing for longer than it may take
    job_id = notifier.give(provider.url("/slow"), attempts=1)
    (claim,) = slot_claims(notifier.store, [job_id], "slow@test", limit_ms=50)
    notifier.store.begin([claim])
    eventually(lambda: notifier.store.recover([PUSH_NOTIFICATION])[0] or notifier.job(job_id).state is State.FAILED)
    job = notifier.job(job_id)
    assert (job.error["code"], job.stalls, word(job)) == ("time_limit", 0, "in_doubt")


def test_a_webhook_is_noted_as_begun_while_it_is_sent(notifier, provider, monkeypatch):
    seen = []
    real = Webhook.send

    def look(self, notification):
        seen.append(notifier.state.hget(keys.job(notification.id), "begun"))
        return real(self, notification)

    monkeypatch.setattr(Webhook, "send", look)
    job = notifier.sent(provider.url("/noted"))
    assert (seen, job.state) == (["1"], State.COMPLETE)


def test_a_webhook_channel_that_breaks_leaves_it_in_doubt(notifier, provider, monkeypatch):
    def breaks(self, notification):
        raise ValueError("a fault")

    monkeypatch.setattr(Webhook, "send", breaks)
    job = notifier.sent(provider.url("/broken"), attempts=1)
    assert (job.state, job.error["code"], word(job)) == (State.FAILED, "in_doubt", "in_doubt")


def test_a_batch_counts_and_finds_the_failed_that_are_in_doubt(notifier, provider, monkeypatch, usher):
    # Given two of a batch that failed, one of them in doubt
    jobs = [
        NewJob(PUSH_NOTIFICATION, {"channel": "webhook", "to": provider.url(f"/{n}"), "message": "m"}, batch="b")
        for n in range(2)
    ]
    take_in(notifier.state, *jobs)
    notifier.die_while_sending(jobs[0].id)
    provider.default = Reply(404)
    notifier.work(*[job.id for job in jobs])

    # Then it is counted and found under its word, in the story too
    assert usher.batches.read("b").outcomes == {"in_doubt": 1}
    found, _ = usher.batches.jobs("b", 0, 10, outcome="in_doubt")
    assert [job.id for job in found] == [jobs[0].id]
    ends = {one.job: one.data for one in events_of(notifier.state) if one.event == "failed"}
    assert ["in_doubt" in ends[job.id] for job in jobs] == [True, False]

    # And no more when it is replayed
    usher.controls.replay(jobs[0].id)
    assert usher.batches.read("b").outcomes == {}
