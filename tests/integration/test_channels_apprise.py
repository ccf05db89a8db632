"""The channel `apprise`, through a service of Apprise that posts JSON to the scripted provider."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import requests

from tasks_app.notifications.meanings import THROUGHOUT, Meaning
from tasks_app.notifications.sends import Notification
from tests.channels import KNOWN, apprise, meaning
from tests.providers.provider import Reply
from tests.servers import free_port
from tests.threads import all_at_once
from worker.notifications.sending import request_recorder

SENT, PERMANENT = Meaning("sent"), Meaning("permanent")
DOUBT = Meaning("in_doubt", 10)
# row of the table -> the service's reply, the code of the answer, its meaning
ROWS = {
    "apprise_sent": (Reply(201), "apprise_sent", SENT),
    "2xx": (Reply(201, end="cut", delivered=True), "201", DOUBT),
    "3xx": (Reply(302, {"Location": "/elsewhere"}), "302", DOUBT),
    "4xx": (Reply(400), "400", PERMANENT),
    "401": (Reply(401), "401", Meaning("rest", 300, "account")),
    "402": (Reply(402), "402", Meaning("rest", 300, "account")),
    "403": (Reply(403), "403", Meaning("retry", 60)),
    "408": (Reply(408), "408", Meaning("retry", 10)),
    "425": (Reply(425), "425", Meaning("retry", 10)),
    "429": (Reply(429), "429", Meaning("wait", 60)),
    "429 in seconds": (Reply(429, {"Retry-After": "120"}), "429", Meaning("wait", 120)),
    "5xx": (Reply(503, delivered=True), "503", DOUBT),
    "500 in seconds": (Reply(500, {"Retry-After": "33"}), "500", DOUBT),
    "503 Retry-After": (Reply(503, {"Retry-After": "9"}), "503", Meaning("wait", 9)),
    "a 400 cut short": (Reply(400, end="cut"), "400", PERMANENT),
    "timeout_after_write": (Reply(end="hang"), "timeout_after_write", DOUBT),
    "reset_after_write": (Reply(end="reset"), "reset_after_write", DOUBT),
    "unreadable_answer": (Reply(end="garbage"), "unreadable_answer", DOUBT),
}
OF_MAIL = {"not_mailed", "mail_deferred", "mail_refused", "sender_refused"}  # test_channels_mail.py
# Rows that no answer causes: our own refusals, and failures before the first byte is written. Tested by name.
BEFORE_WRITING = {"not_connected", "tls_failed", "rejected_address", "forbidden_address", "rejected_config"}


def test_every_row_of_the_table_is_tested():
    assert {one for one in KNOWN.terms("apprise").answers if not one.endswith(THROUGHOUT)} <= set(
        ROWS
    ) | OF_MAIL | BEFORE_WRITING | {"apprise_failed"}


@pytest.mark.parametrize("row", ROWS)
def test_apprise_row(row, provider, channel, request):
    reply, code, expected = ROWS[row]
    if code == "timeout_after_write":
        request.getfixturevalue("hurried")
    provider.default = reply

    answer = channel.send(Notification("job1", "4153518780", "hello"))

    assert answer.code == code
    assert meaning("apprise", answer) == expected
    assert len(provider.received) == 1


def test_a_refusal_by_a_service_of_an_unknown_kind_is_in_doubt():
    answer = apprise(f"irc://me@127.0.0.1:{free_port()}/{{to}}").send(Notification("job1", "#room", "hello"))
    assert answer.code == "apprise_failed"
    assert meaning("apprise", answer) == DOUBT


@pytest.mark.parametrize(
    ("login", "send", "action"),
    [
        (Reply(200, body=b'{"access_token": "t"}'), Reply(429), "in_doubt"),
        (Reply(200, end="cut"), Reply(200), "in_doubt"),
        (Reply(500), Reply(429), "in_doubt"),
        (Reply(401), Reply(200), "rest"),
    ],
)
def test_of_the_requests_for_one_message_the_first_possibly_accepted_one_decides(
    provider, login, send, action, settings
):
    """Parts of a long message look the same as a login before it."""
    provider.script("/sms/1", login)
    provider.script("/sms/2", send)
    rows = KNOWN.terms("apprise").answers
    with request_recorder.recording(rows, settings) as seen, contextlib.suppress(requests.RequestException):
        for path in ("/sms/1", "/sms/2"):
            requests.post(provider.url(path), timeout=5).raise_for_status()
    assert meaning("apprise", seen.reply).action == action


def test_a_refused_connection_may_be_tried_again(channel):
    answer = apprise(f"json://127.0.0.1:{free_port()}/{{to}}").send(Notification("job1", "1", "hello"))
    assert (answer.code, answer.detail) == ("not_connected", "Connection refused")
    assert meaning("apprise", answer) == Meaning("retry", 5, "service")


def test_a_retry_hidden_in_the_url_is_not_made(provider):
    provider.default = Reply(500)
    apprise(f"json://127.0.0.1:{provider.server_port}/{{to}}?retry=3").send(Notification("job1", "1", "hello"))
    assert len(provider.received) == 1


@pytest.mark.parametrize("template", ["", "nonsense://{to}"])
def test_a_url_that_is_missing_or_not_understood_fails_for_good(template):
    answer = apprise(template).send(Notification("job1", "1", "hello"))
    assert meaning("apprise", answer).action == "permanent"
    assert "USHER_APPRISE_URL" in answer.detail


def test_the_scope_names_the_service_and_no_secret():
    first, other = (apprise(f"tgram://{token}/{{to}}") for token in ("123:secret", "124:secret"))
    notification = Notification("job1", "1", "hello")
    assert first.scope(notification).startswith("apprise:tgram:")
    assert "secret" not in first.scope(notification)
    assert first.scope(notification) != other.scope(notification)


def test_a_doubt_is_forgotten_with_the_next_send(provider, channel):
    provider.script("/sms/1", Reply(end="reset"), Reply(400))
    codes = [channel.send(Notification("job1", "1", "hello")).code for _ in range(2)]
    assert codes == ["reset_after_write", "400"]


def test_a_doubt_stays_with_its_thread(provider, channel, eventually):
    # Given a send that waits for its answer, which will be a clear refusal
    provider.script("/sms/1", Reply(400, after_seconds=0.5))
    provider.script("/sms/2", Reply(end="reset"))
    codes: list[str] = []
    waiting = threading.Thread(target=lambda: codes.append(channel.send(Notification("job1", "1", "hello")).code))
    waiting.start()
    eventually(lambda: provider.calls("/sms/1"))

    # When another send gets no answer meanwhile
    codes.append(channel.send(Notification("job2", "2", "hello")).code)
    waiting.join()

    # Then only that one is in doubt
    assert codes == ["reset_after_write", "400"]


def test_a_slow_service_does_not_make_others_time_out(provider, channel):
    """Apprise's own pool has a thread or two more than the machine has processors; its clock runs in the queue."""
    provider.default = Reply(200, after_seconds=0.2)
    codes: list[str] = []

    def send(number: int) -> None:
        codes.append(channel.send(Notification(f"job{number}", str(number), "hello")).code)

    all_at_once(partial(send, number) for number in range(20))
    assert codes == ["apprise_sent"] * 20


def test_other_requests_of_the_process_are_not_affected(provider, channel):
    # Given a process in which Apprise has sent
    provider.default = Reply(200)
    assert channel.send(Notification("job1", "1", "hello")).code == "apprise_sent"

    # When a thread that sends for no channel makes requests of its own, then they are unchanged
    def ask() -> list[int]:
        return [requests.post(provider.url(f"/{n}"), json={}, timeout=5).status_code for n in range(2)]

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask).result() == [200, 200]
