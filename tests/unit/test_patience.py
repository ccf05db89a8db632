"""A silent connection is ended after its time, whenever the silence began; a closed watch ends nothing."""

import time
from collections.abc import Iterator

import gevent
import pytest
from gevent import socket

from api.server.patience import Patience, TimedWait

SECONDS = 0.1


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    own, other = socket.socketpair()
    with own, other:
        yield own, other


def test_silence_ends_the_reading(pair: tuple[socket.socket, socket.socket]) -> None:
    own, other = pair
    patience, started = Patience(own, SECONDS), time.monotonic()
    assert patience.receive(10) == b""
    assert time.monotonic() - started >= SECONDS
    other.sendall(b"late")
    assert own.recv(10) == b"late"  # the connection is whole
    patience.close()


def test_bytes_that_come_in_time_start_the_wait_again(pair: tuple[socket.socket, socket.socket]) -> None:
    own, other = pair
    patience, until = Patience(own, SECONDS), time.monotonic() + 3 * SECONDS
    while time.monotonic() < until:
        gevent.spawn_later(SECONDS / 5, other.sendall, b"a")
        assert patience.receive(10) == b"a"
    assert patience.receive(10) == b""
    patience.close()


def test_a_caller_who_closes_is_seen_at_once(pair: tuple[socket.socket, socket.socket]) -> None:
    own, other = pair
    patience = Patience(own, 60)
    other.close()
    assert patience.receive(10) == b""
    patience.close()


def test_a_wait_that_is_given_up_ends_at_once_but_loses_no_bytes_that_came(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    own, other = pair
    patience, started = Patience(own, 60, just_now_seconds=0.0), time.monotonic()
    patience.lose()  # it does not wait
    other.sendall(b"came")
    assert patience.receive(10) == b"came"
    gevent.spawn_later(SECONDS / 5, patience.lose)
    assert patience.receive(10) == b""
    assert time.monotonic() - started < 30  # not the time for silence
    patience.close()


def test_what_comes_behind_the_bytes_of_the_last_moment_is_received_too(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    # Given a wait that is given up in the moment in which the first bytes come
    own, other = pair
    patience = Patience(own, 60, just_now_seconds=0.0)

    def lose() -> None:
        patience.lose()
        other.sendall(b"head")

    gevent.spawn_later(SECONDS / 5, lose)
    assert patience.receive(10) == b"head"

    # Then the connection is still whole
    gevent.spawn_later(SECONDS / 5, other.sendall, b"body")
    assert own.recv(10) == b"body"
    patience.close()


@pytest.mark.parametrize(("age_seconds", "ends"), [(0.0, False), (2.0, True)])
def test_gunicorns_wait_is_given_up_unless_it_began_just_now(
    monkeypatch: pytest.MonkeyPatch, age_seconds: float, ends: bool
) -> None:
    kept: set[TimedWait] = set()
    came = False
    with TimedWait(20, kept) as wait:
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + age_seconds)
        gevent.spawn(wait.lose)
        gevent.sleep(SECONDS)
        came = True
    assert came is not ends
    assert not kept


def test_its_timer_ends_with_the_watch_and_when_nothing_waits(pair: tuple[socket.socket, socket.socket]) -> None:
    own, other = pair
    patience, loop = Patience(own, SECONDS), gevent.get_hub().loop
    for ends in (lambda: own.recv(10), patience.close):  # an answer that takes longer than its time, and its owner
        gevent.spawn_later(SECONDS / 5, other.sendall, b"a")
        before = loop.activecnt
        assert patience.receive(10) == b"a"
        assert loop.activecnt == before  # one was added, and a spawned one is gone
        gevent.spawn_later(3 * SECONDS, other.sendall, b"b")
        ends()
        assert loop.activecnt == before - (ends != patience.close)
