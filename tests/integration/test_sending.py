"""What becomes of a notification after each kind of answer, with real channels and a scripted provider."""

import json
import time
from dataclasses import replace

import pytest

from api.notifications.notifications import as_json
from tasks_app.errors import LostJobError, StateUnavailableError
from tasks_app.jobs.job import State
from tasks_app.state import keys, notification_keys
from tasks_app.state.record_names import STORED
from tests.integration.notices_kit import SECRET
from tests.providers.provider import Reply
from tests.providers.webhooks import genuine
from tests.providers.webpush import PushService
from worker.jobs.answers import Failed
from worker.notifications import delivery, vapid
from worker.notifications.eligibility import EXPIRED


def test_sent_is_the_result(notifier, provider):
    job = notifier.sent(provider.url("/ok"))
    assert (job.state, job.progress) == (State.COMPLETE, 100)
    assert job.result == {"outcome": "sent", "channel": "webhook", "answer": "200"}
    assert genuine(provider.received[0], SECRET)


def test_a_retry_waits_and_costs_an_attempt(notifier, provider):
    # Given a provider that fails once
    provider.script("/flaky", Reply(503), Reply(200))
    before_ms = notifier.now_ms()
    job = notifier.sent(provider.url("/flaky"))
    assert (job.state, job.attempts_made, job.error["code"]) == (State.DELAYED, 1, "retry_later")
    assert job.due_ms >= before_ms + 10_000

    # When the wait is over, then it is sent with the same id
    notifier.make_due(job.id)
    notifier.work(job.id)
    assert notifier.job(job.id).result["outcome"] == "sent"
    assert [one.id for one in provider.received] == [job.id] * 2


def test_a_retry_without_attempts_left_fails(notifier, provider):
    provider.default = Reply(500)
    assert notifier.sent(provider.url("/broken"), attempts=1).state is State.FAILED


def test_after_a_permanent_failure_nothing_more_is_sent(notifier, provider, usher):
    provider.default = Reply(404)
    job = notifier.sent(provider.url("/gone"), attempts=5)
    assert (job.state, job.error["code"], job.attempts_made) == (State.FAILED, "undeliverable", 1)
    assert len(provider.received) == 1
    assert not usher.suppressions.suppression("webhook", provider.url("/gone"))


def test_a_recipient_who_opts_out_gets_onto_the_list(notifier, provider, usher):
    provider.default = Reply(410)
    assert notifier.sent(provider.url("/stop")).error["code"] == "undeliverable"
    assert usher.suppressions.suppression("webhook", provider.url("/stop"))["why"].startswith("webhook 410")
    assert notifier.sent(provider.url("/stop")).error["code"] == "suppressed"
    assert len(provider.received) == 1


@pytest.mark.parametrize("code", [404, 410])
def test_a_dead_subscription_is_deleted(notifier, state, code):
    with PushService() as service:
        for name in ("s1", "s2"):
            subscription = service.subscribe(f"/push/{name}", vapid.key_pair(state).public)
            state.set(notification_keys.subscription(name), json.dumps(subscription))
        service.script("/push/s1", Reply(code))

        jobs = [notifier.sent("s1", "webpush"), notifier.sent("s2", "webpush"), notifier.sent("s1", "webpush")]

    assert service.refusals == []
    assert [job.state for job in jobs] == [State.FAILED, State.COMPLETE, State.FAILED]
    assert len(service.calls("/push/s1")) == 1
    assert not state.exists(notification_keys.subscription("s1"))
    assert state.exists(notification_keys.subscription("s2"))


def test_a_message_that_waited_too_long_for_a_thread_is_not_sent(notifier, provider, ready):
    (one,) = ready(notifier.give(provider.url("/late"), expires_ms=notifier.now_ms() + 60_000))
    assert one.not_after <= time.monotonic() + 60
    late = replace(one, not_after=time.monotonic())
    assert delivery.deliver(late, notifier.notices, notifier.own.observe) == EXPIRED
    assert provider.received == []


def test_a_message_that_is_sent_at_last_has_no_error(notifier, provider):
    provider.script("/flaky", Reply(500), Reply(200))
    job = notifier.sent(provider.url("/flaky"))
    assert as_json(job, None)["code"] == "retry_later"
    notifier.make_due(job.id)
    notifier.work(job.id)
    assert (as_json(notifier.job(job.id), None)["code"], as_json(notifier.job(job.id), None)["error"]) == (None, None)


def test_a_refusal_at_most_once_may_be_tried_again(notifier, provider):
    provider.script("/sms/+14153518780", Reply(408), Reply(200))
    job = notifier.sent("4153518780", "apprise")
    assert job.state is State.DELAYED
    notifier.make_due(job.id)
    notifier.work(job.id)
    assert notifier.job(job.id).result["outcome"] == "sent"


def test_an_outage_of_the_state_after_the_answer_causes_no_second_send(notifier, provider, ready):
    # Given a provider that wants no more, and a state that fails when that is to be noted
    provider.default = Reply(410)
    (one,) = ready(notifier.give(provider.url("/stop")))

    def away(*_):
        raise StateUnavailableError

    notifier.notices.suppress = away

    # Then the answer counts nevertheless
    assert delivery.deliver(one, notifier.notices, notifier.own.observe) == Failed(
        "webhook 410: Gone", code="undeliverable"
    )


def test_a_cancelled_job_at_most_once_is_not_sent(notifier, provider, ready, state):
    (one,) = ready(notifier.give("4153518780", "apprise"))
    state.hset(keys.job(one.job.id), STORED["state"], "cancelled")
    with pytest.raises(LostJobError):
        delivery.deliver(one, notifier.notices, notifier.own.observe)
    assert provider.received == []
