"""Nothing is sent to private addresses, and no answer says what listens there; the user's own networks are allowed."""

import logging
import socket

import pytest

from tasks_app.notifications.sends import Notification
from tests.channels import apprise, meaning
from tests.integration.notices_kit import SECRET
from tests.providers.mail import MailServer
from tests.providers.provider import Provider, Reply
from tests.providers.proxy import Proxy
from tests.providers.webpush import PushService
from tests.servers import free_port
from worker.notifications import vapid
from worker.notifications.channels.webhook import Webhook
from worker.notifications.channels.webpush import WebPush
from worker.notifications.sending.tokens import Tokens
from worker.notifications.sending.wire import Wire


@pytest.fixture
def closed(settings):
    """Usher as it is without USHER_ALLOWED_NETWORKS."""
    vars(settings).update(allowed_networks=())


@pytest.fixture
def webpush(state, settings):
    pair = vapid.key_pair(state)
    return WebPush(Tokens(lambda: pair, "mailto:box@example.org"), Wire(settings))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]", "127.8.8.8"]
)
def test_open_and_closed_ports_get_the_same_answer(host, closed, provider, webhook):
    answers = [
        webhook.send(Notification("job1", f"http://{host}:{port}/v1/products/3/pause", "hello"))
        for port in (provider.server_port, free_port())
    ]
    assert answers[0] == answers[1]
    assert answers[0].code == "forbidden_address"
    assert meaning("webhook", answers[0]).action == "permanent"
    assert "127" not in answers[0].detail
    assert "USHER_ALLOWED_NETWORKS" in answers[0].detail
    assert provider.accepted == 0


def test_a_push_endpoint_is_judged_too(closed, webpush, state):
    with PushService() as service:
        subscription = service.subscribe("/push", vapid.key_pair(state).public)
        answer = webpush.send(Notification("job1", "s1", "hello", subscription=subscription))
        assert (answer.code, service.accepted) == ("forbidden_address", 0)


def test_apprise_is_judged_over_http(closed, provider, settings):
    channel = apprise(f"json://127.0.0.1:{provider.server_port}/{{to}}", settings)
    answer = channel.send(Notification("job1", "1", "hello"))
    assert (answer.code, provider.accepted) == ("forbidden_address", 0)


def test_apprise_is_judged_over_smtp(closed, settings):
    with MailServer() as server:
        answer = apprise(server.url(), settings).send(Notification("job1", "ada@example.org", "hello"))
    assert (answer.code, server.taken) == ("forbidden_address", [])


def test_apprise_is_judged_when_a_service_redirects_it(provider, settings):
    # Given a service that points to another, which it reaches while both are on networks of our own
    with Provider(host="::1") as inner:
        provider.default = Reply(307, {"Location": inner.url("/v1/products/3/pause")})
        channel = apprise(f"json://127.0.0.1:{provider.server_port}/{{to}}?redirect=yes", settings)
        assert channel.send(Notification("job1", "1", "hello")).code == "apprise_sent"
        assert inner.accepted == 1

        # When the other is no longer on one, then it gets no request: a redirected message is in doubt
        networks = tuple(one for one in settings.allowed_networks if one.version == 4)
        vars(settings).update(allowed_networks=networks)
        assert channel.send(Notification("job2", "1", "hello")).code == "307"
        assert inner.accepted == 1


def test_a_name_is_resolved_once_and_the_judged_address_is_connected_to(provider, webhook, monkeypatch):
    # Given a name that stands for a public address when it is asked for first, for a private one after that
    real, asked = socket.getaddrinfo, []

    def rebinding(host, port, *arguments, **options):
        if host != "rebinding.example":
            return real(host, port, *arguments, **options)
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    answer = webhook.send(Notification("job1", f"http://rebinding.example:{provider.server_port}/", "hello"))
    assert (answer.code, asked) == ("200", ["rebinding.example"])


def test_of_several_addresses_the_allowed_ones_are_tried(provider, webhook, monkeypatch, settings):
    # Given a name with a private address before one of a network of our own
    real = socket.getaddrinfo

    def two(host, port, *arguments, **options):
        if host != "two.example":
            return real(host, port, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("10.0.0.1", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    to = f"http://two.example:{provider.server_port}/"
    assert webhook.send(Notification("job1", to, "hello")).code == "200"
    vars(settings).update(allowed_networks=())
    webhook._wire.pools.clear()
    answer = webhook.send(Notification("job1", to, "hello"))
    assert answer.code == "forbidden_address"
    assert answer.said == "two.example is at 10.0.0.1, 127.0.0.1: not public"


def test_a_proxy_may_be_private_and_addresses_behind_it_are_judged(closed, set_variables, provider, settings):
    with Proxy() as proxy:
        set_variables(HTTPS_PROXY=proxy.url(), https_proxy=proxy.url(), NO_PROXY="", no_proxy="")
        proxy.refusal = b"502 Bad Gateway"
        inner = apprise(f"jsons://127.0.0.1:{provider.server_port}/{{to}}", settings)
        assert inner.send(Notification("job1", "1", "hello")).code == "forbidden_address"
        assert proxy.asked == []
        outer = apprise("jsons://only-the-proxy-knows.invalid/{to}", settings)
        assert outer.send(Notification("job1", "1", "hello")).code == "not_connected"
        assert len(proxy.asked) == 1


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
def test_both_kinds_of_addresses_work_for_every_channel(host, webpush, state, settings):
    with PushService(host) as service:
        subscription = service.subscribe("/push", vapid.key_pair(state).public)
        answer = webpush.send(Notification("job1", "s1", "hello", subscription=subscription))
        assert (answer.code, service.refusals) == ("201", [])
        assert service.pushes[0].claims["aud"] == service.url("").rstrip("/")
    with Provider(host=host) as provider:
        webhook = Webhook([SECRET], Wire(settings))
        assert webhook.send(Notification("job2", provider.url("/hook"), "hello")).code == "200"


@pytest.mark.parametrize("channel_name", ["webhook", "apprise"])
@pytest.mark.parametrize("status", [302, 401, 418, 429, 500])
def test_a_providers_words_are_for_the_log_and_not_for_the_caller(status, channel_name, notifier, provider, caplog):
    provider.default = Reply(status, body=b"the inner secret")
    with caplog.at_level(logging.INFO):
        job = notifier.sent(provider.url("/hook") if channel_name == "webhook" else "1", channel_name)
    assert "the inner secret" not in repr(job)
    assert not [key for key in notifier.state.keys("*:suppressed:*") if "inner" in str(notifier.state.hgetall(key))]
    if channel_name == "webhook":
        assert "the inner secret" in caplog.text
