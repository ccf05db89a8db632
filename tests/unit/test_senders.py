"""The scopes of a send pool: full ones let others by, keep their order, and say how long they take."""

import threading
import time

import pytest

from worker.notifications import send_pool as senders_module
from worker.notifications.send_pool import AWAY_SECONDS, SendPool


@pytest.fixture
def senders():
    made = SendPool(2)
    yield made
    made.close()


@pytest.fixture
def may_end():
    """A provider that does not answer before it is told to."""
    event = threading.Event()
    yield event
    event.set()


def test_a_full_scope_keeps_no_other_waiting(senders, may_end):
    slow = [senders.submit("slow", lambda: may_end.wait(20)) for _ in range(20)]
    assert senders.submit("fast", lambda: "sent").result(10) == "sent"
    assert [future.running() for future in slow].count(True) <= 2
    may_end.set()
    assert [future.result(10) for future in slow] == [True] * 20


def test_a_scope_goes_on_in_its_order(senders, may_end):
    order = []
    first = [senders.submit("one", lambda: may_end.wait(20)) for _ in range(2)]
    rest = [senders.submit("one", lambda number=number: order.append(number)) for number in range(2)]
    may_end.set()
    for future in first + rest:
        future.result(10)
    assert sorted(order) == [0, 1]


def test_more_slow_providers_than_scopes_keep_nobody_waiting_for_ever(senders, may_end):
    futures = [senders.submit(f"slow {number}", lambda: may_end.wait(20)) for number in range(30)]
    may_end.set()
    assert all(future.result(10) for future in futures)


def test_an_error_is_the_callers(senders):
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        senders.submit("one", fail).result(10)
    assert senders.submit("one", lambda: "next").result(10) == "next"


def test_a_send_that_has_not_begun_can_be_withdrawn(senders, may_end):
    under_way = [senders.submit("one", lambda: may_end.wait(20)) for _ in range(2)]
    waits = [senders.submit("one", lambda: "sent") for _ in range(2)]
    assert senders.withdraw("one", waits[0])
    may_end.set()
    assert waits[1].result(10) == "sent"
    assert waits[0].cancelled()
    assert not any(senders.withdraw("one", future) for future in [*under_way, waits[1]])


def test_an_idle_scope_is_forgotten(senders, eventually):
    senders.submit("one", lambda: None).result(10)
    eventually(lambda: not senders._scopes)
    assert senders.wait_seconds("one") == senders.away_seconds("one") == 0.0


def test_a_provider_that_falls_silent_is_expected_to_stay_so(senders, may_end, eventually):
    # Given a scope that is full of sends that do not end, and ten that wait
    futures = [senders.submit("one", lambda: may_end.wait(20)) for _ in range(12)]
    assert senders.wait_seconds("one") < 0.5

    # Then a later send has the longer to wait, the longer the provider is silent
    eventually(lambda: senders.wait_seconds("one") > 0.5)
    may_end.set()
    for future in futures:
        future.result(10)


def test_sends_that_are_given_back_come_again_one_after_the_other(senders, may_end, monkeypatch):
    # Given a scope whose sends take ten seconds
    for _ in range(2):
        senders.submit("one", lambda: may_end.wait(20))
    sends = senders._scopes["one"]
    sends.mean_seconds = 10.0

    # Then two that are given back come again as two sends end: one every five seconds, on average
    places = [senders.away_seconds("one") for _ in range(6)]
    assert [round(place) for place in places] == [5, 10, 15, 20, 25, 30]

    # And no send is given back for longer than half a minute
    later = [senders.away_seconds("one") for _ in range(100)]
    assert max(later) <= AWAY_SECONDS
    assert min(later[50:]) >= AWAY_SECONDS / 2


def test_the_mean_follows_the_provider(senders, monkeypatch):
    # Given a scope that is kept open, and sends that take a second by a clock that they move
    now = [time.monotonic()]
    monkeypatch.setattr(senders_module.time, "monotonic", lambda: now[0])
    may_end = threading.Event()
    held = senders.submit("one", lambda: may_end.wait(20))
    for _ in range(30):
        senders.submit("one", lambda: now.__setitem__(0, now[0] + 1.0)).result(10)
    assert 0.9 < senders._scopes["one"].mean_seconds < 1.1
    may_end.set()
    held.result(10)
