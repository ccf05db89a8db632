"""Names of chats, devices and subscriptions are themselves, and nobody dials the digits in them."""

import pytest
from apprise import Apprise
from apprise.manager_plugins import NotificationManager
from pydantic import SecretStr

from tasks_app.errors import InvalidAddressError
from tasks_app.notifications import Channels, Recipients
from tasks_app.notifications.apprise_services import IDENTIFYING, dials
from tests.channels import RECIPIENTS
from tests.jobs import options

NUMBER = "4153518780"
LISTS = ["any", "apprise", "console"]
recipient, names = RECIPIENTS.recipient, RECIPIENTS.names


@pytest.fixture
def identified():
    """Where `apprise` is a service that knows its recipients by ids."""
    settings = options(apprise_url=SecretStr("tgram://token/{to}"))
    return Recipients(Channels(settings), settings)


@pytest.mark.parametrize(
    "text", ["ada", "#room-12", "@ada:matrix", "group.OUFlT2Nz", "#120363041234567890", "a=b", "ü:7"]
)
def test_names_stay_as_they_are(text):
    assert {(recipient(channel, text).kind, recipient(channel, text).key) for channel in LISTS} == {("name", text)}


@pytest.mark.parametrize(
    "text", ["a b", "a,b", "a;b", "a/b", "a|b", "a&b", "a%2Cb", "a+b", "<a>b", "https://example.org/"]
)
def test_apprise_gets_nothing_that_it_could_take_for_two_recipients(text):
    assert recipient("any", text).kind in ("name", "url")
    with pytest.raises(InvalidAddressError):
        recipient("apprise", text)


@pytest.mark.parametrize("text", ["123456789", "-1001234567890", "6123456789", "n4153518780", "1" * 20])
def test_digits_are_one_recipient_at_services_with_ids(identified, text):
    assert identified.recipient("apprise", text).target == identified.recipient("apprise", f" {text}\u200b").key == text


def test_an_id_that_could_be_a_number_is_looked_for_as_both(identified):
    assert identified.names("apprise", "6123456789") == ["6123456789", "+16123456789"]
    assert identified.names("apprise", "123456789") == ["123456789"]


@pytest.mark.parametrize(
    "text",
    [
        "customer12345678",
        "a4153518780b",
        "3f4153518780c0ffee12345678901234",
        "415351-8780-41d4-a716-446655440000",
        "4153518780f0415351878041535187ff",
    ],
)
def test_digits_in_an_id_are_no_number_but_apprise_could_dial_them(text):
    assert {recipient(one, text).key for one in ("any", "console")} == {text}
    with pytest.raises(InvalidAddressError):
        recipient("apprise", text)


def test_ids_of_subscriptions_are_names_on_every_list():
    subscription = "abcdefghijklmn4155557777op"
    with pytest.raises(InvalidAddressError):
        recipient("apprise", subscription)  # it could dial them
    assert {recipient(one, subscription).key for one in ("any", "webpush", "console")} == {subscription}


def test_the_console_accepts_names_that_no_list_can_have():
    assert names("console", "0151/2345671") == []
    with pytest.raises(InvalidAddressError):
        names("apprise", "0151/2345671")


def test_the_services_with_ids_are_those_of_apprise():
    """By Apprise's own metadata: a service with recipients whose module looks for no telephone numbers."""
    import inspect
    import sys

    Apprise.instantiate("json://localhost")  # loads them
    found: set[str] = set()
    for plugin in NotificationManager().plugins():
        has_recipients = any(name.startswith("target") for name in plugin.template_tokens)
        if has_recipients and "phone_no" not in inspect.getsource(sys.modules[plugin.__module__]):
            for schemes in (plugin.protocol, plugin.secure_protocol):
                found |= {schemes} if isinstance(schemes, str) else set(schemes or ())
    assert found == IDENTIFYING


@pytest.mark.parametrize(
    ("url", "expected"), [("twilio://a", True), ("", True), ("json://h/{to}", True), ("TGRAM://t/{to}", False)]
)
def test_digits_are_dialled_unless_the_service_has_ids(url, expected):
    assert dials(url) is expected
