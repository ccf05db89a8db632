"""Every row of the table of meanings that a provider can cause: the real channel against a provider that does it."""

import pytest

from tasks_app.notifications.meanings import THROUGHOUT, Meaning
from tasks_app.notifications.sends import Notification
from tests.channels import KNOWN, meaning
from tests.providers.provider import Reply
from tests.providers.webpush import PushService
from tests.servers import free_port
from worker.notifications import vapid
from worker.notifications.channels.webhook import Webhook
from worker.notifications.channels.webpush import WebPush
from worker.notifications.sending.tokens import Tokens
from worker.notifications.sending.wire import Wire

SENT, PERMANENT = Meaning("sent"), Meaning("permanent")
DOUBT = Meaning("in_doubt", 10)
TODAY = "Fri, 31 Dec 1999 23:00:00 GMT"
IN_A_MINUTE = "Fri, 31 Dec 1999 23:01:00 GMT"

# row of the table -> what the provider does, the code of the answer, what it means
BOTH = {
    "2xx": (Reply(201), "201", SENT),
    "3xx": (Reply(301, {"Location": "/elsewhere"}), "301", PERMANENT),
    "302": (Reply(302, {"Location": "/elsewhere"}), "302", Meaning("retry", 60)),
    "307": (Reply(307, {"Location": "/elsewhere"}), "307", Meaning("retry", 60)),
    "4xx": (Reply(418), "418", PERMANENT),
    "408": (Reply(408), "408", Meaning("retry", 10)),
    "425": (Reply(425), "425", Meaning("retry", 10)),
    "429": (Reply(429), "429", Meaning("wait", 60)),
    "429 in seconds": (Reply(429, {"Retry-After": "7"}), "429", Meaning("wait", 7)),
    "5xx": (Reply(500), "500", Meaning("retry", 10)),
    "500 in seconds": (Reply(500, {"Retry-After": "33"}), "500", Meaning("retry", 33)),
    "501": (Reply(501), "501", PERMANENT),
    "503": (Reply(503, delivered=True), "503", Meaning("retry", 10)),
    "503 Retry-After": (Reply(503, {"Retry-After": "9"}), "503", Meaning("wait", 9)),
    "timeout_after_write": (Reply(end="hang"), "timeout_after_write", DOUBT),
    "a drip": (Reply(end="drip"), "timeout_after_write", DOUBT),
    "reset_after_write": (Reply(end="reset"), "reset_after_write", DOUBT),
    "a close": (Reply(end="close"), "reset_after_write", DOUBT),
    "unreadable_answer": (Reply(end="garbage"), "unreadable_answer", DOUBT),
    "a 200 cut short": (Reply(end="cut"), "200", SENT),
    "a 500 cut short": (Reply(500, end="cut"), "500", Meaning("retry", 10)),
}
OF_WEBHOOK = {
    **BOTH,
    "200": (Reply(200), "200", SENT),
    "204": (Reply(204), "204", SENT),
    "404": (Reply(404), "404", PERMANENT),
    "410": (Reply(410), "410", Meaning("suppress")),
    "413": (Reply(413), "413", PERMANENT),
}
OF_WEBPUSH = {
    **BOTH,
    "400": (Reply(400), "400", PERMANENT),
    "401": (Reply(401), "401", Meaning("retry", 60, code="key_refused", attempts=3)),
    "403": (Reply(403), "403", Meaning("retry", 60, code="key_refused", attempts=3)),
    "404": (Reply(404), "404", Meaning("remove_subscription")),
    "410": (Reply(410), "410", Meaning("remove_subscription")),
    "413": (Reply(413), "413", PERMANENT),
}
# Rows that no answer causes: our own refusals, and failures before the first byte is written. Tested below by name.
BEFORE_WRITING = {"not_connected", "tls_failed", "rejected_address", "forbidden_address", "rejected_config"}
OF_WEBPUSH_ALONE = {"too_large", "no_subscription", "rejected_subscription"}


@pytest.fixture
def pair(state):
    return vapid.key_pair(state)


@pytest.fixture
def push_service():
    with PushService() as service:
        yield service


@pytest.fixture
def webpush(pair, settings):
    return WebPush(Tokens(lambda: pair, "mailto:box@example.org"), Wire(settings))


def test_every_row_of_the_table_is_tested():
    rows = {name: KNOWN.terms(name).answers for name in ("webhook", "webpush")}
    alone = {name: {one for one in rows[name] if not one.endswith(THROUGHOUT)} for name in rows}
    assert alone["webhook"] <= set(OF_WEBHOOK) | BEFORE_WRITING
    assert alone["webpush"] <= set(OF_WEBPUSH) | BEFORE_WRITING | OF_WEBPUSH_ALONE


@pytest.mark.parametrize("row", OF_WEBHOOK)
def test_webhook_row(row, provider, webhook, request):
    reply, code, expected = OF_WEBHOOK[row]
    if code == "timeout_after_write":
        request.getfixturevalue("hurried")
    provider.script("/hook", reply)

    answer = webhook.send(Notification("job1", provider.url("/hook"), "hello"))

    assert answer.code == code
    assert meaning("webhook", answer) == expected
    assert len(provider.received) == 1  # nothing is repeated or followed by the channel itself


@pytest.mark.parametrize("row", OF_WEBPUSH)
def test_webpush_row(row, push_service, webpush, pair, request):
    reply, code, expected = OF_WEBPUSH[row]
    if code == "timeout_after_write":
        request.getfixturevalue("hurried")
    subscription = push_service.subscribe("/push/1", pair.public)
    push_service.script("/push/1", reply)

    answer = webpush.send(Notification("job1", "s1", "hello", subscription=subscription))

    assert answer.code == code
    assert meaning("webpush", answer) == expected
    assert len(push_service.received) == (2 if code in ("401", "403") else 1)
    assert push_service.refusals == []


def test_retry_after_as_a_date_counts_from_the_provider_s_own_clock(provider, webhook):
    provider.date = TODAY
    provider.script("/hook", Reply(429, {"Retry-After": IN_A_MINUTE}))
    answer = webhook.send(Notification("job1", provider.url("/hook"), "hello"))
    assert meaning("webhook", answer) == Meaning("wait", 60)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refused_connection_is_surely_not_sent(scheme, webhook):
    answer = webhook.send(Notification("job1", f"{scheme}://127.0.0.1:{free_port()}/", "hello"))
    assert answer.code == "not_connected"
    assert answer.detail == "Connection refused"
    assert meaning("webhook", answer) == Meaning("retry", 5, "service")


def test_an_unknown_host_name_is_surely_not_sent(webhook):
    answer = webhook.send(Notification("job1", "http://no-such-host.invalid/", "hello"))
    assert meaning("webhook", answer) == Meaning("retry", 5, "service")


def test_a_server_without_tls_is_surely_not_sent(provider, webhook):
    answer = webhook.send(Notification("job1", provider.url("/hook", scheme="https"), "hello"))
    assert answer.code == "tls_failed"
    assert meaning("webhook", answer) == Meaning("retry", 60, "service")
    assert provider.received == []


@pytest.mark.parametrize(
    "to",
    [
        "",
        "4153518780",
        "ftp://127.0.0.1/",
        "http://",
        "http://user:secret@h/",
        "http://h:99999/",
        "http://[::1/",
        "http://u:secret@[::1/",
        "http://127.0.0.1/hook\u200b",
        "\ufeffhttp://127.0.0.1/hook",
        "http://127.0.0.1/ho\nok",
        "http://127.0.0.1/ho\u202aok",
    ],
)
def test_a_message_to_a_wrong_url_is_never_sent(to, webhook):
    answer = webhook.send(Notification("job1", to, "hello"))
    assert answer.code == "rejected_address"
    assert "secret" not in answer.detail
    assert meaning("webhook", answer) == PERMANENT


def test_without_a_secret_nothing_is_sent(provider, settings):
    answer = Webhook([], Wire(settings)).send(Notification("job1", provider.url("/hook"), "hello"))
    assert meaning("webhook", answer) == Meaning("permanent", concerns="account")
    assert answer.code == "rejected_config"
    assert provider.received == []


def test_a_503_that_delivered_is_repeated_under_the_same_id(provider, webhook):
    provider.script("/hook", Reply(503, delivered=True), Reply(200))
    notification = Notification("job1", provider.url("/hook"), "hello", data={"n": 1})

    first, second = webhook.send(notification), webhook.send(notification)

    assert [first.code, second.code] == ["503", "200"]
    assert provider.deliveries == {"job1": 2}  # so the receiver can tell that it is the same
    assert len({one.body for one in provider.received}) == 1


def test_the_open_channel_reads_the_state_of_this_process(state, usher, push_service):
    from worker.notifications.channels.webpush import open_channel

    subscription = push_service.subscribe("/push/1", vapid.key_pair(state).public)
    assert open_channel(usher).send(Notification("job1", "s1", "hello", subscription=subscription)).code == "201"
    assert push_service.pushes[0].shown["message"] == "hello"


@pytest.mark.parametrize("before", ["", " ", "\n"])
@pytest.mark.parametrize("after", ["", " ", "\n", "\r\n", "\t", "\u00a0", "\u2028"])
def test_blanks_around_a_url_are_not_part_of_it(before, after, provider, webhook):
    notification = Notification("job1", before + provider.url("/hook") + after, "hello")
    assert webhook.send(notification).code == "200"
    assert [one.path for one in provider.received] == ["/hook"]
    assert webhook.scope(notification) == "webhook:" + provider.url("").rstrip("/")


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("https://new.example/hook", "https://new.example/hook"),
        ("https://u:secret@new.example:8443/hook?key=secret#secret", "https://new.example:8443/hook"),
        ("/elsewhere?key=secret", "{origin}/elsewhere"),
        ("//other.example", "https://other.example/"),
        ("javascript:secret", "what is no http or https URL"),
        ("http://[secret", "what is no URL"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_says_where_it_points_and_no_secret(status, location, place, provider, webhook):
    provider.default = Reply(status, {"Location": location})
    answer = webhook.send(Notification("job1", provider.url("/hook"), "hello"))
    place = place.replace("https://other", "http://other").replace("{origin}", provider.url("").rstrip("/"))
    assert answer.code == str(status)
    assert answer.detail.endswith(f", to {place}")
    assert "secret" not in answer.detail + answer.said
    assert len(provider.received) == 1


def test_a_redirect_without_a_location_is_reported_as_such(provider, webhook):
    provider.default = Reply(301)
    assert webhook.send(Notification("job1", provider.url("/hook"), "hello")).detail == "Moved Permanently"
