"""TLS: a certificate that does not fit costs nothing; a connection lost after the write is in doubt here too."""

import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks_app.notifications.sends import Notification
from tests.channels import apprise, meaning
from tests.jobs import options
from tests.providers.provider import Provider, Reply
from tests.providers.proxy import Proxy
from tests.tls import certify
from worker.notifications.channels.webhook import Webhook
from worker.notifications.sending.wire import Wire

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certify(tmp_path_factory.mktemp("tls") / "provider.pem")


@pytest.fixture
def provider(certificate):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with Provider(tls) as provider:
        yield provider


@pytest.fixture
def trusted(certificate, set_variables):
    """Make an authority known as a user would make their own known: to OpenSSL, and to requests."""
    set_variables(SSL_CERT_FILE=certificate, REQUESTS_CA_BUNDLE=certificate)


def test_a_message_behind_an_untrusted_certificate_is_surely_not_sent(provider, settings):
    answer = Webhook([SECRET], Wire(settings)).send(Notification("job1", provider.url("/hook"), "hello"))
    assert (answer.code, answer.detail) == ("tls_failed", "TLS: CERTIFICATE_VERIFY_FAILED")
    assert provider.received == []


def test_a_certificate_for_another_name_is_surely_not_sent(provider, trusted, settings):
    elsewhere = provider.url("/hook").replace("127.0.0.1", "localhost")
    assert Webhook([SECRET], Wire(settings)).send(Notification("job1", elsewhere, "hello")).code == "tls_failed"
    assert provider.received == []


def test_a_server_with_a_trusted_certificate_is_sent_to_on_one_connection(provider, trusted, settings):
    webhook = Webhook([SECRET], Wire(settings))
    codes = [webhook.send(Notification("job1", provider.url("/hook"), "hello")).code for _ in range(3)]
    assert codes == ["200"] * 3
    assert provider.accepted == 1


@pytest.mark.parametrize("end", ["reset", "close"])
def test_a_connection_that_ends_after_the_write_is_in_doubt_under_tls_too(end, provider, trusted, settings):
    """OpenSSL reports it as an error of TLS, like one of the handshake."""
    provider.default = Reply(end=end)
    answer = Webhook([SECRET], Wire(settings)).send(Notification("job1", provider.url("/hook"), "hello"))
    assert answer.code == "reset_after_write"
    assert len(provider.received) == 1


def test_apprise_too_tells_the_handshake_from_what_comes_after_it(provider, trusted, monkeypatch):
    channel = apprise(f"jsons://127.0.0.1:{provider.server_port}/{{to}}")
    provider.script("/1", Reply(end="reset"))
    assert channel.send(Notification("job1", "1", "hello")).code == "reset_after_write"
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    answer = channel.send(Notification("job1", "1", "hello"))
    assert (answer.code, answer.detail) == ("tls_failed", "TLS: CERTIFICATE_VERIFY_FAILED")


@pytest.fixture
def proxy(set_variables, trusted):
    """The proxy over which this process reaches https."""
    with Proxy() as proxy:
        set_variables(HTTPS_PROXY=proxy.url(), https_proxy=proxy.url(), NO_PROXY="", no_proxy="")
        yield proxy


def send_over(provider):
    """In a thread that has sent nothing before, and does not wait long for a connection."""
    settings = options(connect_timeout_seconds=0.3)
    channel = apprise(f"jsons://127.0.0.1:{provider.server_port}/{{to}}", settings)
    with ThreadPoolExecutor(1) as fresh:
        return fresh.submit(channel.send, Notification("job1", "1", "hello")).result()


@pytest.mark.parametrize("refusal", [b"502 Bad Gateway", b"407 Proxy Authentication Required"])
def test_a_message_that_a_proxy_refuses_is_surely_not_sent(refusal, proxy, provider):
    proxy.refusal = refusal
    answer = send_over(provider)
    assert (answer.code, answer.detail) == ("not_connected", "the proxy refused")
    assert answer.said == f"Tunnel connection failed: {refusal.decode()}"
    assert meaning("apprise", answer).action == "retry"
    assert proxy.asked[0].startswith("CONNECT ")


def test_a_silent_proxy_has_sent_nothing(proxy, provider):
    proxy.silent = True
    assert send_over(provider).code == "not_connected"


@pytest.mark.parametrize(("reply", "code"), [(Reply(200), "apprise_sent"), (Reply(end="reset"), "reset_after_write")])
def test_a_message_that_a_proxy_lets_through_is_as_without_it(reply, code, proxy, provider):
    provider.default = reply
    assert send_over(provider).code == code
    assert len(proxy.asked) == len(provider.received) == 1
