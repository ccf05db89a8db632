"""To whom the channel `apprise` sends: the one address that was judged, at its place in the URL, or nobody."""

import json
from urllib.parse import quote, unquote

import pytest

from tasks_app.notifications.meanings import Meaning
from tasks_app.notifications.sends import Notification
from tests.channels import apprise, meaning
from worker.notifications.sending import request_recorder


@pytest.fixture
def nothing_is_sent(monkeypatch):
    """The test fails if the channel begins to send: to services that are not here."""
    monkeypatch.setattr(request_recorder, "recording", lambda *_: pytest.fail("something is sent"))


def test_an_address_that_its_service_does_not_accept_fails_for_good(provider):
    service = apprise(f"signal://127.0.0.1:{provider.server_port}/15551234567/{{to}}")
    assert meaning("apprise", service.send(Notification("job1", "ada", "hello"))) == Meaning("permanent")
    assert provider.received == []


def test_message_and_title_arrive_at_the_address(provider, channel):
    channel.send(Notification("job1", "4153518780", "你好", "Verlegt"))
    (received,) = provider.received
    assert received.path == "/sms/+14153518780"
    body = json.loads(received.body)
    assert (body["message"], body["title"]) == ("你好", "Verlegt")


@pytest.mark.parametrize("to", ["bo+x@example.org", "#room", "a?b=c", "ü:7", "#120363041234567890"])
def test_an_address_keeps_to_its_place_in_the_url(to, provider, channel):
    channel.send(Notification("job1", to, "hello"))
    (received,) = provider.received
    assert unquote(received.path) == f"/sms/{to}"


@pytest.mark.parametrize(
    ("to", "dialled"),
    [
        ("+49 151 234567", "+49151234567"),
        (" +49 (151) 1234-567", "+491511234567"),
        ("tel:+49.151.1234567", "+491511234567"),
        ("415 351 8780", "+14153518780"),
    ],
)
def test_a_phone_number_arrives_as_providers_take_it(to, dialled, provider, channel):
    assert channel.send(Notification("job1", to, "hello")).code == "apprise_sent"
    (received,) = provider.received
    assert unquote(received.path) == f"/sms/{dialled}"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "1,2",
        "1 2",
        "1;2",
        "1/2",
        "1\n2",
        "1|2",
        "1&2",
        "1%2C2",
        "1+2",
        "5551234567.4153518780",
        "+15551234567 +14153518780",
    ],
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


@pytest.mark.parametrize(
    ("template", "to"),
    [
        ("mailto://u:p@127.0.0.1?to={to}", "ada@exa-mple.x"),  # it reads ada@exa-mple
        ("mailto://u:p@127.0.0.1?to={to}", "o`neil{x@example.org"),  # and {x@example.org
        ("o365://tenant:me@example.com/ab-cd-ef-gh/secret123/3/1/{to}", "1@ab.x"),  # and writes to me
    ],
)
@pytest.mark.usefixtures("nothing_is_sent")
def test_a_mail_goes_to_the_address_that_was_judged_or_nowhere(template, to):
    answer = apprise(template).send(Notification("job1", to, "hello"))
    assert answer.code == "rejected_address"


@pytest.mark.parametrize(
    "template",
    ["twilio://AC00000000000000000000000000000000:1111111111111111@15551234567/{to}", "mailto://u:p@127.0.0.1?to={to}"],
    ids=["sms", "mail"],
)
@pytest.mark.usefixtures("nothing_is_sent")
def test_an_address_that_the_service_does_not_accept_is_not_replaced_by_its_senders(template):
    answer = apprise(template).send(Notification("job1", "abc", "hello"))
    assert answer.code == "rejected_address"
