"""Connections to providers: kept, shared by threads, and closed when they are not worth keeping."""

import threading

import pytest
from urllib3.connection import HTTPConnection

from tasks_app.notifications.sends import Notification
from tests.providers.provider import Reply
from tests.servers import free_port
from worker.notifications.sending import outgoing


def test_connections_are_kept_and_a_dropped_one_is_no_failure(provider, webhook, eventually):
    # Given three answered requests on one connection
    notification = Notification("job1", provider.url("/hook"), "hello")
    assert [webhook.send(notification).code for _ in range(3)] == ["200"] * 3
    assert provider.accepted == 1

    # When the provider closes it while it is idle
    connection = next(iter(provider.open.values()))
    connection.shutdown(2)
    eventually(lambda: not provider.open)

    # Then the next request goes out on another
    assert webhook.send(notification).code == "200"
    assert provider.accepted == 2


@pytest.mark.parametrize("reply", [Reply(204), Reply(body=b""), Reply(410), Reply(body=b"x" * 4_096)])
def test_every_short_answer_leaves_its_connection_for_the_next(reply, provider, webhook):
    provider.default = reply
    for _ in range(3):
        webhook.send(Notification("job1", provider.url("/hook"), "hello"))
    assert (len(provider.received), provider.accepted) == (3, 1)


def test_an_endless_answer_costs_the_connection_and_nothing_else(provider, webhook):
    provider.default = Reply(500, body=b"x" * 100_000)
    notification = Notification("job1", provider.url("/hook"), "hello")
    assert [webhook.send(notification).code for _ in range(2)] == ["500", "500"]
    assert provider.accepted == 2


def test_a_providers_words_are_short_and_one_line_and_apart_from_our_words(provider, webhook):
    provider.script("/hook", Reply(400, body=b"bad\r\n\x1b[31m thing " + b"y" * 5_000))
    answer = webhook.send(Notification("job1", provider.url("/hook"), "hello"))
    assert answer.said.startswith("Bad Request: bad [31m thing yyy")
    assert len(answer.said) <= 200
    assert answer.detail == "Bad Request"


def test_fifty_threads_share_the_connections(provider, webhook):
    # Given fifty senders that start together, each with its own notifications
    failures, start = [], threading.Barrier(50)

    def send(sender: int) -> None:
        start.wait()
        for number in range(10):
            answer = webhook.send(Notification(f"{sender}-{number}", provider.url(f"/{sender}"), f"to {sender}"))
            if answer.code != "200":
                failures.append(answer)

    # When all have sent
    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Then each notification arrived once, whole, on at most as many connections as senders
    assert failures == []
    assert len(provider.deliveries) == 500
    assert set(provider.deliveries.values()) == {1}
    assert all(f'"to {one.path[1:]}"'.encode() in one.body for one in provider.received)
    assert provider.accepted <= 50


def test_threads_do_not_take_each_other_s_failures_for_their_own(provider, webhook, hurried):
    provider.script("/hang", Reply(end="hang"))
    codes: list[str] = []
    closed = f"http://127.0.0.1:{free_port()}/"

    def send(to: str) -> None:
        codes.append(webhook.send(Notification("job", to, "hello")).code)

    threads = [threading.Thread(target=send, args=(to,)) for to in [provider.url("/hang"), closed] * 10]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["not_connected"] * 10 + ["timeout_after_write"] * 10


def test_head_and_body_leave_in_one_write(webhook, monkeypatch, provider):
    # Given a connection that counts what is written to it
    writes = []
    real = HTTPConnection.send

    def counted(self, data):
        writes.append(bytes(data))
        real(self, data)

    monkeypatch.setattr(HTTPConnection, "send", counted)
    assert webhook.send(Notification("job1", provider.url("/hook"), "hello")).code == "200"
    assert len(writes) == 1
    assert writes[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert writes[0].endswith(provider.received[0].body)


def test_a_request_without_a_body_is_sent_too(provider, settings):
    outgoing.start(settings)
    assert outgoing.Pools().urlopen("GET", provider.url("/none")).status == 501  # the provider knows only POST
    assert outgoing.written()


def test_a_head_whose_body_never_came_is_not_sent_with_the_next_request(provider, webhook, settings):
    # Given a request that fails between its head and its body
    def body():
        raise ValueError("no body")
        yield b""

    outgoing.start(settings)
    with pytest.raises(ValueError, match="no body"):
        webhook._wire.pools.urlopen("POST", provider.url("/first"), body=body())
    assert not outgoing.written()

    # Then the next one on its connection is sent as if that had never been
    assert webhook.send(Notification("job1", provider.url("/second"), "hello")).code == "200"
    assert [one.path for one in provider.received] == ["/second"]
