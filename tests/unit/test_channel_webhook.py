"""Webhook signatures, against the example of Standard Webhooks; and the settings that hold the secrets."""

import pydantic
import pytest

from tasks_app.configuration.settings import Settings
from tasks_app.notifications.sends import Notification
from worker.notifications.channels.webhook import content, signature, signing_key

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_signature_is_that_of_the_published_example():
    made = signature(signing_key(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_body_of_a_notification_is_always_the_same():
    first = Notification("a", "http://h/", "é \ud800", data={"b": 1, "a": [2]})
    second = Notification("a", "http://h/", "é \ud800", data={"b": 1, "a": [2]})
    assert content(first) == content(second)
    assert "é".encode() in content(first)


def test_several_secrets_are_read_from_one_variable():
    found = Settings(webhook_secrets=f"{SECRET}, {SECRET}").webhook_secrets
    assert [one.get_secret_value() for one in found] == [SECRET, SECRET]
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "secret", ["hunter2", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!!", f"x{SECRET}", "whsec_" + "A" * 200]
)
def test_a_wrong_secret_is_refused_at_the_start_and_not_shown(secret):
    with pytest.raises(pydantic.ValidationError) as refused:
        Settings(webhook_secrets=secret)
    assert "webhook_secrets" in str(refused.value)
    assert secret.removeprefix("whsec_") not in str(refused.value) or secret == "whsec_"
