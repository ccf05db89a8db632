"""Web Push to a service that checks and a browser that decrypts; and the keys, one pair for all notifiers."""

import dataclasses
import json
import threading

import pytest

from tasks_app.errors import StateUnavailableError
from tasks_app.notifications import vapid as public_vapid
from tasks_app.notifications.sends import Notification
from tasks_app.state import notification_keys
from tests.channels import meaning
from tests.providers.provider import Reply
from tests.providers.webpush import PushService, raw
from tests.servers import Valkey
from worker.notifications import vapid
from worker.notifications.channels.webpush import WebPush
from worker.notifications.sending.tokens import Tokens
from worker.notifications.sending.wire import Wire


@pytest.fixture
def push_service():
    with PushService() as service:
        yield service


@pytest.fixture
def pair(state):
    return vapid.key_pair(state)


@pytest.fixture
def webpush(state, settings):
    return WebPush(Tokens(lambda: vapid.key_pair(state), "mailto:box@example.org"), Wire(settings))


@pytest.fixture
def notification(push_service, pair):
    subscription = push_service.subscribe("/push/1", pair.public)
    return Notification("job1", "s1", "你好 🎫", "Verlegt", {"show": 7}, 3_600, "high", subscription)


def test_the_browser_sees_the_message_and_the_service_gets_all_it_asks_for(webpush, push_service, notification):
    answer = webpush.send(notification)

    assert meaning("webpush", answer).action == "sent"
    (push,) = push_service.pushes
    assert push.shown == {"id": "job1", "title": "Verlegt", "message": "你好 🎫", "data": {"show": 7}, "tag": "job1"}
    assert (push.ttl_seconds, push.urgency) == (3_600, "high")
    assert push.claims["sub"] == "mailto:box@example.org"
    assert push.claims["aud"] == push_service.url("").rstrip("/")


def test_a_ttl_of_nothing_is_still_sent_with_a_ttl(webpush, push_service, notification):
    webpush.send(dataclasses.replace(notification, ttl_seconds=0))
    assert push_service.pushes[0].ttl_seconds == 1


def test_a_repetition_has_the_same_topic_and_tag_and_another_notification_does_not(webpush, push_service, notification):
    push_service.script("/push/1", Reply(503, delivered=True), Reply(201))
    webpush.send(notification)
    webpush.send(notification)
    webpush.send(dataclasses.replace(notification, id="job2"))

    first, second, other = push_service.pushes
    assert (first.topic, first.shown["tag"]) == (second.topic, second.shown["tag"])
    assert other.topic != first.topic
    assert other.shown["tag"] != first.shown["tag"]


def test_one_token_serves_all_browsers_of_a_service_and_each_service_gets_its_own(webpush, push_service, pair):
    with PushService() as other_service:
        for service in (push_service, other_service):
            for number in range(3):
                subscription = service.subscribe(f"/push/{number}", pair.public)
                assert webpush.send(Notification(f"j{number}", "", "m", subscription=subscription)).code == "201"
        assert push_service.refusals == other_service.refusals == []
        tokens = [{push.token for push in service.pushes} for service in (push_service, other_service)]
    assert [len(one) for one in tokens] == [1, 1]
    assert tokens[0] != tokens[1]


def test_a_subscription_is_not_changed_by_a_send(webpush, notification):
    before = json.dumps(notification.subscription)
    webpush.send(notification)
    assert json.dumps(notification.subscription) == before


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_is_signed_again_once(webpush, push_service, notification, code):
    push_service.script("/push/1", Reply(code), Reply(201))
    assert webpush.send(notification).code == "201"
    refused, accepted = (one.headers["authorization"] for one in push_service.received)
    assert refused != accepted
    assert push_service.refusals == []


def test_keys_that_were_replaced_are_read_again_when_the_old_ones_are_refused(
    webpush, push_service, notification, state
):
    # Given a notifier that has used the first keys, and a pair that took their place
    assert webpush.send(notification).code == "201"
    state.delete(notification_keys.vapid())
    renewed = vapid.key_pair(state)

    # When it sends to a browser that subscribed with the new pair
    subscription = push_service.subscribe("/push/2", renewed.public)
    answer = webpush.send(dataclasses.replace(notification, subscription=subscription))

    # Then the refusal of the old keys makes it find the new ones
    assert answer.code == "201"
    assert push_service.refusals == ["not the key that the browser subscribed with"]


def test_the_key_of_the_setting_signs_and_the_state_has_only_its_public_half(
    push_service, notification, state, settings
):
    # Given a state that has a pair from before, and then a notifier with a key of its own
    former, own = vapid.key_pair(state), vapid._made()
    webpush = WebPush(Tokens(lambda: vapid.key_pair(state, own.private), "mailto:box@example.org"), Wire(settings))
    subscription = push_service.subscribe("/push/2", own.public)

    # When it sends, then the push service takes its signature, and browsers learn its public key
    assert webpush.send(dataclasses.replace(notification, subscription=subscription)).code == "201"
    assert public_vapid.public_key(state) == own.public
    assert own.private not in state.get(notification_keys.vapid())
    assert former.private not in state.get(notification_keys.vapid())

    # And a notifier that was not given the key says so
    other = WebPush(Tokens(lambda: vapid.key_pair(state), "mailto:box@example.org"), Wire(settings))
    answer = other.send(notification)
    assert answer.code == "rejected_config"
    assert "USHER_VAPID_KEY is not set" in answer.detail


def test_a_browser_of_other_keys_is_refused_after_a_second_look(webpush, push_service, notification):
    subscription = push_service.subscribe("/push/2", vapid._made().public)
    answer = webpush.send(dataclasses.replace(notification, subscription=subscription))
    assert answer.code == "403"
    assert meaning("webpush", answer).code == "key_refused"
    assert len(push_service.received) == 2


def test_a_subscription_that_the_service_does_not_know_is_to_be_removed(webpush, push_service, notification):
    gone = {**notification.subscription, "endpoint": push_service.url("/push/gone")}
    answer = webpush.send(dataclasses.replace(notification, subscription=gone))
    assert meaning("webpush", answer).action == "remove_subscription"


def test_the_largest_message_that_fits_is_sent_and_one_byte_more_is_refused_before_sending(
    webpush, push_service, notification
):
    # Given the room that the encryption leaves: it takes 86 bytes of header, 16 of tag, 1 of padding
    room = 4_096 - 103 - len(_shown("", notification))

    # When one message fills it and another is longer by a byte
    fits = webpush.send(dataclasses.replace(notification, message="x" * room))
    too_large = webpush.send(dataclasses.replace(notification, message="x" * (room + 1)))

    # Then only the first was sent
    assert fits.code == "201"
    assert (too_large.code, meaning("webpush", too_large).action) == ("too_large", "permanent")
    assert [len(one.body) for one in push_service.received] == [4_096]


def _shown(message, notification):
    shown = {"id": notification.id, "title": notification.title, "message": message}
    return json.dumps({**shown, "data": notification.data, "tag": notification.id}, separators=(",", ":"))


def test_without_a_subscription_nothing_is_sent(webpush, notification):
    answer = webpush.send(dataclasses.replace(notification, subscription=None))
    assert (answer.code, meaning("webpush", answer).action) == ("no_subscription", "permanent")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"endpoint": ""},
        {"endpoint": "ftp://h/", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}},
        {"endpoint": "http://127.0.0.1:1/"},
        {"endpoint": "http://127.0.0.1:1/", "keys": {}},
        {"endpoint": "http://127.0.0.1:1/", "keys": None},
        {"endpoint": "http://127.0.0.1:1/", "keys": {"p256dh": "B" * 87, "auth": "A" * 22}},  # not a point of the curve
        {"endpoint": "http://127.0.0.1:1/", "keys": {"p256dh": "", "auth": ""}},
        {"endpoint": "http://127.0.0.1:1/", "keys": {"p256dh": "é", "auth": 7}},
        {"endpoint": ["http://127.0.0.1:1/"], "keys": {"p256dh": "B" * 87, "auth": "A" * 22}},
    ],
)
def test_data_that_are_no_subscription_are_refused_for_good(webpush, notification, broken):
    answer = webpush.send(dataclasses.replace(notification, subscription=broken))
    assert (answer.code, meaning("webpush", answer).action) == ("rejected_subscription", "permanent")


def test_an_absent_state_is_reported_and_nothing_is_sent(tmp_path, push_service, notification, settings):
    server = Valkey(tmp_path)
    server.start()
    client = server.client()
    server.kill()
    webpush = WebPush(Tokens(lambda: vapid.key_pair(client), "mailto:a@b.org"), Wire(settings))
    with pytest.raises(StateUnavailableError):
        webpush.send(notification)
    assert push_service.received == []


def test_all_notifiers_have_the_same_keys_even_when_they_start_together(state, valkey):
    pairs, start = [], threading.Barrier(10)

    def make() -> None:
        with valkey.client() as client:
            client.ping()
            start.wait()
            pairs.append(vapid.key_pair(client))

    threads = [threading.Thread(target=make) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pairs) == 10
    assert len(set(pairs)) == 1
    assert vapid.key_pair(state) == pairs[0]


def test_the_api_reads_the_public_key_only_once_there_is_one(state, usher):
    assert public_vapid.public_key(usher.connections.state) is None
    pair = vapid.key_pair(state)
    assert public_vapid.public_key(usher.connections.state) == pair.public
    assert len(raw(pair.public)) == 65
    assert len(raw(pair.private)) == 32
