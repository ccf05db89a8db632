"""Interim answers and stray bytes: each request gets its own answer, whatever came before or behind it."""

import socket
import threading

import pytest

from tasks_app.notifications.sends import Notification
from tests.channels import apprise, meaning
from tests.providers.provider import Reply
from tests.providers.webpush import PushService
from worker.notifications import vapid
from worker.notifications.channels.webpush import WebPush
from worker.notifications.sending.tokens import Tokens
from worker.notifications.sending.wire import Wire


@pytest.mark.parametrize("interim", [(103,), (102,), (100,), (100, 102, 103), (103,) * 30, (199,)])
@pytest.mark.parametrize("pause_seconds", [0, 0.05])
def test_an_interim_answer_is_not_the_answer(interim, pause_seconds, provider, webhook):
    # Given a provider that sends an interim answer first
    provider.script("/first", Reply(410, interim=interim, pause_seconds=pause_seconds))

    # When messages go to a recipient who is gone, and to others after
    codes = [webhook.send(Notification("a", provider.url(path), "x")).code for path in ("/first", "/second", "/third")]

    # Then each gets an answer of its own, over one connection
    assert codes == ["410", "200", "200"]
    assert provider.accepted == 1


def test_a_push_service_may_send_interim_answers(state, settings):
    pair = vapid.key_pair(state)
    channel = WebPush(Tokens(lambda: pair, "mailto:box@example.org"), Wire(settings))
    with PushService() as service:
        gone, well = (service.subscribe(path, pair.public) for path in ("/gone", "/well"))
        service.script("/gone", Reply(410, interim=(103,)))
        found = [channel.send(Notification("job", "s", "x", subscription=one)).code for one in (gone, well, well)]
    assert found == ["410", "201", "201"]


def test_apprise_too_waits_for_the_final_answer(provider):
    provider.default = Reply(200, interim=(102, 103))
    channel = apprise(f"json://127.0.0.1:{provider.server_port}/{{to}}")
    assert channel.send(Notification("job1", "1", "hello")).code == "apprise_sent"
    provider.default = Reply(404, interim=(103,))
    assert channel.send(Notification("job2", "1", "hello")).code == "404"


@pytest.mark.parametrize("interim", [(101,), (103,) * 1_000])
def test_a_reply_that_never_becomes_an_answer_is_in_doubt_and_costs_the_connection(interim, provider, webhook):
    provider.script("/odd", Reply(200, interim=interim))
    answer = webhook.send(Notification("a", provider.url("/odd"), "x"))
    assert (answer.code, meaning("webhook", answer).action) == ("unreadable_answer", "in_doubt")
    assert webhook.send(Notification("b", provider.url("/next"), "x")).code == "200"
    assert provider.accepted == 2


def test_a_provider_that_sends_only_interim_answers_is_in_doubt(provider, webhook, hurried):
    provider.script("/slow", Reply(200, interim=(102,), pause_seconds=1.5))
    assert webhook.send(Notification("a", provider.url("/slow"), "x")).code == "timeout_after_write"
    assert webhook.send(Notification("b", provider.url("/next"), "x")).code == "200"


@pytest.mark.parametrize(
    "first",
    [
        Reply(200, more=b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"),
        Reply(204, more=b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"),
        Reply(200, more=b"HTTP/1.1 410 G"),
        Reply(404, {"Connection": "keep-alive"}, more=b"\r\n"),
    ],
)
def test_a_connection_with_more_behind_its_answer_is_not_used_again(first, provider, webhook):
    provider.script("/first", first)
    codes = [webhook.send(Notification("a", provider.url(path), "x")).code for path in ("/first", "/second")]
    assert codes == [str(first.status), "200"]
    assert provider.accepted == 2


def test_an_answer_in_chunks_leaves_its_connection_for_the_next(webhook):
    # Given a server that accepts a single connection
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for _ in range(3):
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n")

    # When three messages are sent to it, then each gets an answer
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, daemon=True)
        server.start()
        to = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert [webhook.send(Notification("a", to, "x")).code for _ in range(3)] == ["404"] * 3
        server.join(10)
