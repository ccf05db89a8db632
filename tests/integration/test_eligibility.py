"""Recipients who get nothing, or not now: the suppressed, the late, those in quiet hours."""

import json
from datetime import UTC, datetime

import pytest

from tasks_app.jobs.job import State
from tasks_app.state import notification_keys
from tests.providers.webpush import PushService
from worker.notifications import vapid

HOUR_MS = 3_600_000


def quiet(notifier, policy, from_hours=-1, to_hours=1):
    """Hours around now; they cross midnight when now is near it."""
    clock = [
        datetime.fromtimestamp(notifier.now_ms() / 1000 + hours * 3_600, UTC).strftime("%H:%M")
        for hours in (from_hours, to_hours)
    ]
    return {"from": clock[0], "to": clock[1], "zone": "UTC", "policy": policy}


@pytest.mark.parametrize("listed_for", ["webhook", "any"])
def test_no_recipient_on_the_suppression_list_is_notified(notifier, provider, listed_for, usher):
    usher.suppressions.suppress(listed_for, [provider.url("/no")], "asked for it")

    job = notifier.sent(provider.url("/no"))

    assert (job.state, job.error["code"]) == (State.FAILED, "suppressed")
    assert job.error["message"] == f"Recipient {provider.url('/no')} is blacklisted"
    assert provider.received == []


def test_a_suppression_holds_for_its_channel_only(notifier, provider, usher):
    usher.suppressions.suppress("apprise", ["yes"], "asked for it")
    usher.suppressions.suppress("console", [provider.url("/yes")], "asked for it")
    assert notifier.sent(provider.url("/yes")).result["outcome"] == "sent"


def test_a_recipient_taken_off_the_list_is_notified_again(notifier, provider, usher):
    usher.suppressions.suppress("webhook", [provider.url("/back")], "asked for it")
    assert usher.suppressions.allow("webhook", provider.url("/back"))
    assert notifier.sent(provider.url("/back")).result["outcome"] == "sent"


@pytest.mark.parametrize("listed", ["+49 (151) 1234-567", "+491511234567", " +49.151.1234567 "])
@pytest.mark.parametrize("written", ["+491511234567", "+49 151 1234567", "+49-151-1234.567"])
def test_a_phone_number_is_suppressed_however_it_is_written(notifier, provider, listed, written, usher):
    usher.suppressions.suppress("apprise", [listed], "asked for it")
    assert notifier.sent(written, "apprise").error["code"] == "suppressed"
    assert provider.received == []


SPELLINGS = [
    "4153518780",
    "+1 (415) 351-8780",
    "0014153518780",
    "tel:+14153518780",
    "TEL:(415) 351-8780",
    "sms:4153518780",
    "\u200b415\u20133518780",
    "\u202a４１５３５１８７８０\u202c",
    "٤١٥٣٥١٨٧٨٠",
    "415/351/8780;ext=5",
    "'4153518780'",
]


@pytest.mark.parametrize("listed", SPELLINGS)
@pytest.mark.parametrize("written", SPELLINGS)
def test_a_suppressed_number_is_not_notified_however_either_is_written(notifier, provider, listed, written, usher):
    notifier.use(f"signal://127.0.0.1:{provider.server_port}/15551234567/{{to}}")
    usher.suppressions.suppress("any", [listed], "asked for it")
    assert notifier.sent(written, "apprise").error["code"] == "suppressed"
    assert provider.received == []


@pytest.mark.parametrize(
    "written",
    [
        "n4153518780",
        "#4153518780",
        "-4153518780",
        "sms7:4153518780",
        "4153518780x",
        "415_351_8780",
        "5551234567:4153518780",
        "+15551234567+14153518780",
        "4153518780,5551234567",
    ],
)
def test_a_name_with_a_number_in_it_does_not_notify_that_number(notifier, provider, written):
    notifier.use(f"signal://127.0.0.1:{provider.server_port}/15551234567/{{to}}")
    job = notifier.sent(written, "apprise")
    assert (job.state, job.error["code"], job.attempts_made) == (State.FAILED, "invalid_address", 1)
    assert provider.received == []


def test_a_wrong_address_does_not_harm_its_neighbours(notifier, provider):
    ids = [notifier.give("<a@b>c@d", "apprise"), notifier.give("4153518743", "apprise")]
    notifier.use(f"json://127.0.0.1:{provider.server_port}/{{to}}")
    notifier.work(*ids)
    assert [notifier.job(one).state for one in ids] == [State.FAILED, State.COMPLETE]
    assert len(provider.received) == 1


def test_a_name_with_a_number_in_it_is_that_number_only_on_channels_that_dial(notifier, usher):
    usher.suppressions.suppress("any", ["4153518780"], "asked for it")
    asked = [
        ("apprise", "tel:4153518780"),
        ("console", "n4153518780"),
        ("webpush", "a4153518780"),
        ("apprise", "n4153"),
    ]
    assert usher.suppressions.suppressed(asked) == [True, False, False, False]


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("apprise", "Ada@Example.org", " mailto:ada@example.org"),
        ("apprise", "<ada@bücher.example>", '"Ada L." <ada@xn--bcher-kva.example>'),
        ("webhook", "HTTP://Host:80/x", "http://host/x#y"),
        ("webhook", "https://HOST", "https://host:443/"),
    ],
)
def test_mail_addresses_and_urls_are_suppressed_however_they_are_written(notifier, channel, one, other, usher):
    usher.suppressions.suppress("any", [one], "asked for it")
    usher.suppressions.suppress(channel, [other], "asked again")
    assert usher.suppressions.suppressed([(channel, other), ("console", one)]) == [True, True]
    assert usher.suppressions.suppression(channel, one)["why"] == "asked again"


def test_the_classic_text_names_the_phone_number(notifier, usher):
    usher.suppressions.suppress("any", ["4153518780"], "classic")
    job = notifier.sent("", "console", phoneNumber="4153518780")
    assert job.error["message"] == "Phone number 4153518780 is blacklisted"


def test_an_unknown_channel_fails_for_good_and_its_neighbours_are_sent(notifier, provider):
    ids = [notifier.give("x", "pigeon"), notifier.give(provider.url("/1"))]
    notifier.work(*ids)
    assert [notifier.job(one).state for one in ids] == [State.FAILED, State.COMPLETE]


def test_a_message_that_comes_too_late_is_not_sent(notifier, provider):
    job = notifier.sent(provider.url("/late"), expires_ms=notifier.now_ms())
    assert (job.state, job.error["code"]) == (State.FAILED, "expired")
    assert provider.received == []


@pytest.mark.parametrize(("left_ms", "least", "most"), [(60_000, 50, 60), (7_200_000, 3_600, 3_600)])
def test_no_push_service_keeps_a_message_longer_than_it_is_worth_sending(notifier, state, left_ms, least, most):
    # Given a subscription, and a message that has waited for most of its life
    with PushService() as service:
        subscription = service.subscribe("/push/1", vapid.key_pair(state).public)
        state.set(notification_keys.subscription("s1"), json.dumps(subscription))
        job = notifier.sent("s1", "webpush", ttl_ms=HOUR_MS, expires_ms=notifier.now_ms() + left_ms)

    # Then its TTL is the rest of its life
    assert job.result["outcome"] == "sent", service.refusals
    assert least <= service.pushes[0].ttl_seconds <= most


def test_quiet_hours_defer_without_an_attempt(notifier, provider):
    # Given a job in quiet hours
    now_ms = notifier.now_ms()
    job = notifier.sent(provider.url("/quiet"), quiet=quiet(notifier, "defer"))

    # Then it waits for their end
    assert (job.state, job.attempts_made) == (State.DELAYED, 0)
    assert now_ms + HOUR_MS - 61_000 <= job.due_ms <= now_ms + HOUR_MS + 60_000
    assert provider.received == []


def test_quiet_hours_skip(notifier, provider):
    job = notifier.sent(provider.url("/quiet"), quiet=quiet(notifier, "skip"))
    assert job.result == {"outcome": "skipped", "channel": "webhook", "answer": "quiet_hours"}
    assert provider.received == []


@pytest.mark.parametrize(("policy", "from_hours", "to_hours"), [("override", -1, 1), ("defer", 1, 2), ("skip", 1, 2)])
def test_a_message_is_sent_outside_of_quiet_hours_or_in_spite_of_them(notifier, provider, policy, from_hours, to_hours):
    job = notifier.sent(provider.url("/loud"), quiet=quiet(notifier, policy, from_hours, to_hours))
    assert job.result["outcome"] == "sent"
    assert len(provider.received) == 1


def test_a_message_that_would_be_too_late_after_quiet_hours_does_not_wait_for_their_end(notifier, provider):
    expires_ms = notifier.now_ms() + HOUR_MS // 2
    job = notifier.sent(provider.url("/quiet"), quiet=quiet(notifier, "defer"), expires_ms=expires_ms)
    assert (job.state, job.error["code"]) == (State.FAILED, "expired")
    assert provider.received == []
