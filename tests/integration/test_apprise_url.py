"""USHER_APPRISE_URL is checked at the start: {to} becomes the recipient, and there is no other one."""

import pytest

from worker.notifications.sending.apprise_url import fault, has_recipients

TWILIO = f"AC{'a' * 32}:{'b' * 32}@15551235555"
SECRET = "hunter2"
NO_PLACE = "has no {to}"
ASTRAY = "where the recipient is not written"
UNREAD = "where its service does not look"
BESIDE = "names a recipient beside"
UNKNOWN = "has a scheme that no service"
INCOMPLETE = "is not what its service"


@pytest.mark.parametrize(
    "url",
    [
        f"twilio://{TWILIO}/{{to}}",
        f"TWILIO://{TWILIO}/?to={{to}}",
        "mailto://u:p@example.org?to={to}",
        "mailto://u:p@example.org?to={to}&cc=archive@example.org",
        "mailtos://u:p@example.org/{to}",
        "tgram://123456789:abcdefg_hijk/{to}",
        "signal://127.0.0.1:80/15551234567/{to}",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/{to}",
        "o365://tenant:u@example.com/ab-cd-ef-gh/secret123/3/1/{to}",
        "threema://*GATEWAY@secret/{to}",
        "matrix://u:p@h/{to}",
        "ntfy://{to}",
        "json://localhost/sms/{to}",
        "json://localhost/?:to={to}",
        "json://localhost/?+X-To={to}",
        "mastodon://token@h/{to}",
        "voipms://password:u@example.org/15551235555/{to}",
    ],
)
def test_a_url_whose_placeholder_becomes_the_recipient_is_accepted(url):
    assert fault(url) is None


@pytest.mark.parametrize("url", ["json://localhost", "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"])
def test_a_service_without_recipients_needs_no_placeholder(url):
    assert fault(url) is None
    assert not has_recipients(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"twilio://{TWILIO}", NO_PLACE),
        (f"twilio://{TWILIO}/+15005550006", NO_PLACE),
        (f"mailto://me:{SECRET}@example.org", NO_PLACE),
        (f"mailto://me:{SECRET}@example.org?to=boss@example.org", NO_PLACE),
        ("tgram://123456789:abcdefg_hijk", NO_PLACE),
        (f"pover://user@{SECRET}", NO_PLACE),
        (f"mailto://me:{SECRET}@example.org?to={{TO}}", NO_PLACE),
        ("twilio://AC{to}:secret@15551235555", ASTRAY),
        ("mailto://me:{to}@example.org", ASTRAY),
        ("json://{to}/x", ASTRAY),
        (f"json://{{to}}:{SECRET}@localhost/x", ASTRAY),
        (f"twilio://{TWILIO}/?body={{to}}", UNREAD),
        (f"mailto://me:{SECRET}@example.org?name={{to}}", UNREAD),
        (f"mailto://me:{SECRET}@example.org?to=boss@example.org&cc={{to}}", UNREAD),
        (f"twilio://{TWILIO}/{{to}}/+15005550007", BESIDE),
        (f"mailto://me:{SECRET}@example.org/boss@example.org?to={{to}}", BESIDE),
        ("discord://4174216298/{to}", ASTRAY),
        ("gotify://localhost/{to}", ASTRAY),
        ("apprise://localhost/{to}", ASTRAY),
        (f"twilio://{TWILIO}/1{{to}}", UNREAD),
        (f"twilio://{TWILIO}/{{to}} mailto://me:{SECRET}@example.org?to=boss@example.org", UNREAD),
        ("json://localhost?x={to}", UNREAD),
        ("form://localhost/?method={to}", INCOMPLETE),
        ("tgram://123456789:abcdefg_hijk/{to}/999999999", BESIDE),
        ("ntfy://localhost/{to}/all", BESIDE),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/{to}/%23general", BESIDE),
        (f"twilio://{TWILIO}/{{to}}/{{to}}", BESIDE),
        ("nonsense://{to}", UNKNOWN),
        (SECRET, UNKNOWN),
        (f"{SECRET}://x/{{to}}", UNKNOWN),
        ("{to}://x", UNKNOWN),
        (f"twilio://{SECRET}/{{to}}", INCOMPLETE),
        ("discord://", INCOMPLETE),
    ],
)
def test_a_url_that_reaches_another_recipient_is_refused_without_a_secret(url, why, caplog):
    found = fault(url)
    assert found is not None
    assert why in found
    assert SECRET not in found + caplog.text
