"""The channel `apprise`, through a service of Apprise that posts JSON to the scripted provider."""

import json
import threading
from urllib.parse import quote, unquote

import pytest

from tests.providers.provider import Reply
from tests.servers import free_port
from worker.channels import Notification, attempt
from worker.channels.apprise import AppriseChannel
from worker.channels.outcomes import OUTCOMES, Meaning, meaning

DOUBT = Meaning("in_doubt", 10)
AGAIN = Meaning("retry", 10)
ROWS = {
    "apprise_sent": (Reply(200), Meaning("sent")),
    "apprise_failed": (Reply(500), AGAIN),
    "timeout_after_write": (Reply(end="hang"), DOUBT),
    "reset_after_write": (Reply(end="reset"), DOUBT),
    "unreadable_answer": (Reply(end="garbage"), DOUBT),
}


@pytest.fixture
def hurried(monkeypatch):
    """For a service that keeps silent: the timeouts of the settings are for real ones."""
    monkeypatch.setattr(attempt, "settings", attempt.settings.model_copy(update={"answer_timeout_seconds": 0.3}))


@pytest.fixture
def channel(provider):
    return AppriseChannel(f"json://127.0.0.1:{provider.server_port}/sms/{{to}}")


def test_every_row_of_the_table_is_tested():
    before_writing = {"not_connected", "tls_failed", "rejected_address", "forbidden_address", "rejected_config"}
    assert set(OUTCOMES["apprise"]) == set(ROWS) | before_writing


@pytest.mark.parametrize("code", ROWS)
def test_apprise_row(code, provider, channel, request):
    reply, expected = ROWS[code]
    if code == "timeout_after_write":
        request.getfixturevalue("hurried")
    provider.default = reply

    answer = channel.send(Notification("job1", "4153518780", "hello"))

    assert answer.code == code
    assert meaning("apprise", answer) == expected
    assert len(provider.received) == 1


def test_message_and_title_arrive_at_the_address(provider, channel):
    channel.send(Notification("job1", "4153518780", "你好", "Verlegt"))
    (received,) = provider.received
    assert received.path == "/sms/4153518780"
    body = json.loads(received.body)
    assert (body["message"], body["title"]) == ("你好", "Verlegt")


@pytest.mark.parametrize("to", ["+49(151)1234-5", "bo+x@example.org", "#room", "a?b=c", "ü:7", "1" * 20])
def test_an_address_keeps_to_its_place_in_the_url(to, provider, channel):
    channel.send(Notification("job1", to, "hello"))
    (received,) = provider.received
    assert unquote(received.path) == f"/sms/{to}"


@pytest.mark.parametrize(
    "to", ["", "1,2", "1 2", "1;2", "1/2", "1\n2", "1|2", "1&2", "1%2C2", "1+2", "5551234567.4153518780"]
)
def test_two_addresses_in_one_are_refused(to, provider, channel):
    answer = channel.send(Notification("job1", to, "hello"))
    assert meaning("apprise", answer) == Meaning("permanent")
    assert provider.received == []


@pytest.mark.parametrize("pair", ["+15551234567+14153518780", "5551234567:14153518780", "15551234567%2C14153518780"])
def test_the_rule_of_one_address_is_needed_since_apprise_finds_a_number_in_anything(pair):
    from apprise import Apprise

    service = Apprise.instantiate(f"twilio://AC{'a' * 32}:{'b' * 32}@15551235555/?to={quote(pair, safe='')}")
    assert "+14153518780" in [number for _, number in service.targets]


def test_a_refused_connection_may_be_tried_again(channel):
    answer = AppriseChannel(f"json://127.0.0.1:{free_port()}/{{to}}").send(Notification("job1", "1", "hello"))
    assert (answer.code, answer.detail) == ("apprise_failed", "Connection refused")
    assert meaning("apprise", answer) == AGAIN


def test_a_retry_hidden_in_the_url_is_not_made(provider):
    provider.default = Reply(500)
    AppriseChannel(f"json://127.0.0.1:{provider.server_port}/{{to}}?retry=3").send(Notification("job1", "1", "hello"))
    assert len(provider.received) == 1


@pytest.mark.parametrize("template", [None, "", "nonsense://{to}"])
def test_a_url_that_is_not_there_or_not_understood_fails_for_ever(template):
    answer = AppriseChannel(template).send(Notification("job1", "1", "hello"))
    assert meaning("apprise", answer) == Meaning("permanent")
    assert "USHER_APPRISE_URL" in answer.detail


def test_the_scope_names_the_service_and_no_secret():
    first, other = (AppriseChannel(f"tgram://{token}/{{to}}") for token in ("123:secret", "124:secret"))
    notification = Notification("job1", "1", "hello")
    assert first.scope(notification).startswith("apprise:tgram:")
    assert "secret" not in first.scope(notification)
    assert first.scope(notification) != other.scope(notification)


def test_a_doubt_is_forgotten_with_the_next_send(provider, channel):
    provider.script("/sms/1", Reply(end="reset"), Reply(500))
    codes = [channel.send(Notification("job1", "1", "hello")).code for _ in range(2)]
    assert codes == ["reset_after_write", "apprise_failed"]


def test_a_doubt_stays_with_its_thread(provider, channel, eventually):
    # Given a send that waits for its answer, which will be a plain no
    provider.script("/sms/1", Reply(500, after_seconds=0.5))
    provider.script("/sms/2", Reply(end="reset"))
    codes: list[str] = []
    waiting = threading.Thread(target=lambda: codes.append(channel.send(Notification("job1", "1", "hello")).code))
    waiting.start()
    eventually(lambda: provider.calls("/sms/1"))

    # When another one gets no answer meanwhile
    codes.append(channel.send(Notification("job2", "2", "hello")).code)
    waiting.join()

    # Then only that one is in doubt
    assert codes == ["reset_after_write", "apprise_failed"]


def test_a_slow_service_does_not_make_others_time_out(provider, channel):
    """Apprise's own pool has a thread or two more than the machine has processors; its clock runs in the queue."""
    provider.default = Reply(200, after_seconds=0.2)
    codes: list[str] = []

    def send(number: int) -> None:
        codes.append(channel.send(Notification(f"job{number}", str(number), "hello")).code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["apprise_sent"] * 20
