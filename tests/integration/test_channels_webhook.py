"""Webhooks as their receiver sees them: genuine, or recognised as forged."""

import base64
import dataclasses
import json

import pytest

from tasks_app.notifications.sends import Notification
from tests.providers.provider import Reply
from tests.providers.webhooks import genuine
from worker.notifications.channels.webhook import Webhook
from worker.notifications.sending.wire import Wire

OLD, NEW, FOREIGN = ("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))


@pytest.fixture
def notification(provider):
    return Notification("job1", provider.url("/hook"), "Die Show ist verlegt", "Verlegt", {"show": 7})


def test_the_receiver_gets_the_notification_and_can_verify_it(provider, notification, settings):
    Webhook([NEW], Wire(settings)).send(notification)

    (received,) = provider.received
    assert genuine(received, NEW)
    assert not genuine(received, FOREIGN)
    assert received.id == "job1"
    assert received.headers["content-type"] == "application/json"
    assert json.loads(received.body) == {
        "type": "notification",
        "data": {
            "id": "job1",
            "to": notification.to,
            "title": "Verlegt",
            "message": "Die Show ist verlegt",
            "data": {"show": 7},
        },
    }


def test_while_a_secret_is_replaced_both_verify(provider, notification, settings):
    Webhook([NEW, OLD], Wire(settings)).send(notification)
    (received,) = provider.received
    assert genuine(received, NEW)
    assert genuine(received, OLD)
    assert not genuine(received, FOREIGN)


@pytest.mark.parametrize("part", ["body", "webhook-id", "webhook-timestamp"])
def test_a_change_on_the_way_is_recognised(provider, notification, part, settings):
    Webhook([NEW], Wire(settings)).send(notification)
    (received,) = provider.received

    if part == "body":
        changed = dataclasses.replace(received, body=received.body.replace(b"verlegt", b"abgesagt"))
    else:
        value = {"webhook-id": "job2", "webhook-timestamp": str(int(received.headers["webhook-timestamp"]) - 1)}[part]
        changed = dataclasses.replace(received, headers={**received.headers, part: value})

    assert genuine(received, NEW)
    assert not genuine(changed, NEW)


def test_every_attempt_has_the_same_id_and_body_and_is_genuine(provider, notification, settings):
    provider.script("/hook", Reply(500), Reply(end="reset"), Reply(200))
    codes = [Webhook([NEW], Wire(settings)).send(notification).code for _ in range(3)]

    assert codes == ["500", "reset_after_write", "200"]
    assert {(one.id, one.body) for one in provider.received} == {("job1", provider.received[0].body)}
    assert all(genuine(one, NEW) for one in provider.received)
    assert provider.deliveries == {"job1": 1}


def test_an_id_that_no_header_can_carry_is_refused_and_not_sent(provider, notification, settings):
    answer = Webhook([NEW], Wire(settings)).send(dataclasses.replace(notification, id="a\r\nX-Evil: 1"))
    assert answer.code == "rejected_address"
    assert provider.received == []
