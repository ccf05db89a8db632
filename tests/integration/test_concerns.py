"""What a provider's answer is about: one recipient, everybody at that service, or our account there."""

import json

import pytest

from api.notifications.notifications import as_json
from tasks_app.jobs.job import State
from tasks_app.state import notification_keys
from tests.providers.provider import Provider, Reply
from tests.providers.webpush import PushService
from worker.jobs.answers import Snooze
from worker.notifications import delivery, vapid
from worker.notifications.rests import IN_A_ROW


@pytest.mark.parametrize("status", [429, 503])
def test_an_answer_to_one_recipient_holds_its_own_messages_only_and_costs_no_attempt(notifier, provider, status):
    # Given a provider that asks for quiet for one of its many recipients, for a day
    provider.script("/1", Reply(status, {"Retry-After": "86400"}))
    before_ms = notifier.now_ms()
    asked = notifier.sent(provider.url("/1"), attempts=1)

    # When more is to be sent to that recipient, and to others there
    again, other = notifier.sent(provider.url("/1"), attempts=1), notifier.sent(provider.url("/2"))

    # Then its messages wait that long, with all their attempts, and the others have theirs
    for job in (asked, again):
        assert (job.state, job.attempts_made, as_json(job, None)["code"]) == (State.DELAYED, 0, "snoozed")
        assert before_ms + 86_390_000 < job.due_ms <= notifier.now_ms() + 86_400_000
    assert as_json(asked, None)["error"].startswith(f"webhook {status}: ")
    assert other.result["outcome"] == "sent"
    assert len(provider.calls("/1")) == 1


def test_the_same_answer_to_several_in_a_row_holds_everybody_there_and_nobody_elsewhere(notifier, provider):
    # Given a provider that asks everybody for quiet
    provider.default = Reply(429, {"Retry-After": "90"})
    before_ms = notifier.now_ms()
    asked = [notifier.sent(provider.url(f"/{number}"), attempts=1) for number in range(IN_A_ROW)]

    # When messages go to others of the same origin, and to another origin
    with Provider() as elsewhere:
        same, other = notifier.sent(provider.url("/same"), attempts=1), notifier.sent(elsewhere.url("/3"))

    # Then those of the same origin wait that long, with all their attempts
    for job in (*asked, same):
        assert (job.state, job.attempts_made) == (State.DELAYED, 0)
        assert (as_json(job, None)["code"], as_json(job, None)["error"]) == (
            "snoozed",
            "webhook 429: Too Many Requests",
        )
        assert before_ms + 80_000 < job.due_ms <= notifier.now_ms() + 90_000 + delivery.BEHIND_MS
    assert len(provider.received) == IN_A_ROW
    assert other.result["outcome"] == "sent"


def test_an_accepted_message_between_refusals_shows_that_each_concerns_one_recipient(notifier, provider):
    for number in range(2 * IN_A_ROW):
        provider.script(f"/{number}", Reply(429, {"Retry-After": "90"}))
        notifier.sent(provider.url(f"/{number}"))
        assert notifier.sent(provider.url(f"/good/{number}")).result["outcome"] == "sent"


def test_a_message_that_waits_for_a_thread_heeds_a_new_pause(notifier, provider, ready):
    # Given two for one recipient that have been found eligible, and a provider that asks for quiet at the first
    provider.script("/hook", Reply(429, {"Retry-After": "90"}))
    first, second = ready(notifier.give(provider.url("/hook")), notifier.give(provider.url("/hook")))
    assert isinstance(delivery.deliver(first, notifier.notices, notifier.own.observe), Snooze)

    # Then the second is not sent
    assert isinstance(delivery.deliver(second, notifier.notices, notifier.own.observe), Snooze)
    assert len(provider.received) == 1


def test_a_refused_login_concerns_everybody_at_once(notifier, provider):
    # Given a service that does not take our login any more
    notifier.use(f"json://127.0.0.1:{provider.server_port}/{{to}}")
    provider.default = Reply(401)

    # Then the first refusal is enough, and no message has failed
    jobs = [notifier.sent(number, "apprise") for number in ("4153518743", "4153538781", "4153118782")]
    assert [(job.state, job.attempts_made) for job in jobs] == [(State.DELAYED, 0)] * 3
    assert len(provider.received) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_subscription_of_another_key_fails_for_good_and_holds_nobody(notifier, state, status):
    # Given a subscription that was made with another key, and 50 good ones at the same push service
    with PushService() as service:
        for name in ("stale", *map(str, range(50))):
            subscription = service.subscribe(f"/push/{name}", vapid.key_pair(state).public)
            state.set(notification_keys.subscription(name), json.dumps(subscription))
        service.script("/push/stale", *[Reply(status)] * 6)  # a fresh token is tried each time

        # When a message is sent to all of them, to the stale one first
        ids = [notifier.give(name, "webpush") for name in ("stale", *map(str, range(50)))]
        notifier.work(*ids)

        # Then the good ones have it, and Usher tries the stale one twice more
        stale, *good = map(notifier.job, ids)
        assert [job.result["outcome"] for job in good] == ["sent"] * 50
        for attempt in (1, 2):
            assert (stale.state, stale.attempts_made, stale.error["code"]) == (State.DELAYED, attempt, "key_refused")
            notifier.make_due(stale.id)
            notifier.work(stale.id)
            stale = notifier.job(stale.id)

    # And then it has failed, and says what to do
    assert (stale.state, stale.error["code"]) == (State.FAILED, "key_refused")
    assert stale.error["message"].endswith(
        "does not take our key for this subscription; its browser must subscribe anew"
    )
    assert len(service.calls("/push/stale")) == 6
    assert state.exists(notification_keys.subscription("stale"))


def test_many_subscriptions_of_another_key_hold_nobody_when_they_are_tried_again(notifier, state):
    # Given more stale subscriptions than make a row, at Mozilla, and a good one that is sent to before them
    stale, good = [f"stale{number}" for number in range(2 * IN_A_ROW)], ["good0", "good1"]
    with PushService() as service:
        for name in (*stale, *good):
            subscription = service.subscribe(f"/push/{name}", vapid.key_pair(state).public)
            state.set(notification_keys.subscription(name), json.dumps(subscription))
        for name in stale:
            service.script(f"/push/{name}", *[Reply(401)] * 6)
        assert notifier.sent("good0", "webpush").result["outcome"] == "sent"

        # When all the stale ones are tried until they have failed
        ids = [notifier.give(name, "webpush") for name in stale]
        notifier.work(*ids)
        for _ in range(2):
            notifier.make_due(*ids)
            notifier.work(*ids)

        # Then each fails by itself, and messages after them are not held
        assert {notifier.job(job_id).error["code"] for job_id in ids} == {"key_refused"}
        assert {notifier.job(job_id).state for job_id in ids} == {State.FAILED}
        assert notifier.sent("good1", "webpush").result["outcome"] == "sent"


def test_recipients_who_blocked_us_hold_nobody_when_they_are_tried_again(notifier, provider):
    # Given a service of Apprise, and more numbers than make a row that have blocked us, one accepted among them
    notifier.use(f"json://127.0.0.1:{provider.server_port}/{{to}}")
    numbers = [f"+1415351878{number}" for number in range(IN_A_ROW + 1)]
    for number in numbers:
        provider.script(f"/{number}", *[Reply(403)] * 3)
    half = len(numbers) // 2
    good = "+14155550100", "+14155550101"
    ids = []
    for part in (numbers[:half], numbers[half:]):
        ids += [notifier.give(number, "apprise", attempts=3) for number in part]
        notifier.work(*ids[-len(part) :])
        assert notifier.sent(good[0], "apprise").result["outcome"] == "sent"

    # When they are tried again, all together
    for _ in range(2):
        notifier.make_due(*ids)
        notifier.work(*ids)

    # Then they have failed, and others are not held
    assert {notifier.job(job_id).state for job_id in ids} == {State.FAILED}
    assert notifier.sent(good[1], "apprise").result["outcome"] == "sent"


def test_who_was_refused_comes_after_those_whom_its_rest_kept_waiting(notifier, provider):
    provider.default = Reply(429, {"Retry-After": "90"})
    *_, refused = [notifier.sent(provider.url(f"/{number}")) for number in range(IN_A_ROW)]
    held = notifier.sent(provider.url("/held"))
    assert provider.calls("/held") == []
    assert held.due_ms < refused.due_ms


def test_a_push_service_that_accepts_no_token_of_ours_holds_everybody(notifier, state):
    # Given a push service that nobody gets through to
    with PushService() as service:
        service.default = Reply(401)
        names = [f"s{number}" for number in range(IN_A_ROW + 3)]
        for name in names:
            subscription = service.subscribe(f"/push/{name}", vapid.key_pair(state).public)
            state.set(notification_keys.subscription(name), json.dumps(subscription))
            notifier.sent(name, "webpush")

        # Then after several in a row the others are not tried
        assert {one.path for one in service.received} == {f"/push/{name}" for name in names[:IN_A_ROW]}


def test_after_a_rest_it_goes_on(notifier, provider, eventually):
    provider.script("/again", Reply(429, {"Retry-After": "1"}), Reply(200))
    job = notifier.sent(provider.url("/again"), attempts=1)
    eventually(lambda: notifier.store.promote(["push_notification"])[0])
    recipient = f"webhook:{provider.url('')} {provider.url('/again')}"
    eventually(lambda: notifier.notices.rests.left_ms(recipient) == 0)
    notifier.work(job.id)
    assert notifier.job(job.id).result["outcome"] == "sent"
