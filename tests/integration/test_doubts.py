"""Sends that may or may not have arrived: reported as such, and repeated only if the receiver can tell."""

from api.notifications.notifications import word
from tasks_app.errors import StateUnavailableError
from tasks_app.jobs.job import NewJob, State
from tasks_app.jobs.messages import PUSH_NOTIFICATION
from tasks_app.state import keys
from tests.jobs import events_of, take_in
from tests.providers.provider import Reply
from worker.notifications.channels.apprise import AppriseChannel


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
    # Given a webhook that may or may not have arrived
    provider.script("/doubt", Reply(end="close", delivered=True), Reply(404))
    job = notifier.sent(provider.url("/doubt"))
    assert (job.state, word(job)) == (State.DELAYED, "delayed")

    # When its address is gone at the next attempt, then its outcome says both
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


def test_a_channel_that_breaks_at_most_once_leaves_it_in_doubt(notifier, provider):
    # Given a channel with a fault that shows after the message is out
    def breaks(real, notification):
        real.send(notification)
        raise ValueError("a fault")

    notifier.send_by("apprise", breaks)
    job = notifier.sent("4153518780", "apprise")
    assert job.result == {"outcome": "in_doubt", "channel": "apprise", "answer": "channel_failed"}
    assert len(provider.received) == 1


def test_a_state_that_is_away_before_the_effect_leaves_no_doubt(notifier, provider, monkeypatch):
    # Given a state that records that the effect begins, but whose answer does not come
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

    # When the next worker cannot reach the state for a moment
    def away(*_):
        raise StateUnavailableError(away=True)

    with monkeypatch.context() as patched:
        patched.setattr(notifier.notices, "look_up", away)
        notifier.work(job_id)
    assert notifier.job(job_id).state is State.DELAYED

    # Then the SMS is still in doubt
    notifier.make_due(job_id)
    notifier.work(job_id)
    assert notifier.job(job_id).result["answer"] == "interrupted"
    assert provider.received == []


def test_a_webhook_is_noted_as_begun_while_it_is_sent(notifier, provider):
    seen = []

    def look(real, notification):
        seen.append(notifier.state.hget(keys.job(notification.id), "begun"))
        return real.send(notification)

    notifier.send_by("webhook", look)
    job = notifier.sent(provider.url("/noted"))
    assert (seen, job.state) == (["1"], State.COMPLETE)


def test_a_webhook_channel_that_breaks_leaves_it_in_doubt(notifier, provider):
    def breaks(real, notification):
        raise ValueError("a fault")

    notifier.send_by("webhook", breaks)
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

    # Then it is counted and found as in doubt, in its events too
    assert usher.batches.read("b").outcomes == {"in_doubt": 1}
    found, _ = usher.batches.jobs("b", 0, 10, outcome="in_doubt")
    assert [job.id for job in found] == [jobs[0].id]
    ends = {one.job: one.data for one in events_of(notifier.state) if one.event == "failed"}
    assert ["in_doubt" in ends[job.id] for job in jobs] == [True, False]

    # And no longer once it is replayed
    usher.controls.replay(jobs[0].id)
    assert usher.batches.read("b").outcomes == {}
