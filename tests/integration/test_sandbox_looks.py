"""The sandbox and notifications that waited for a thread: the last look before a send, and what it costs."""

import threading
import time

import pytest

from tasks_app.errors import StateUnavailableError
from tasks_app.notifications import sandbox
from tests.deadlines import until
from worker.jobs.answers import Snooze
from worker.notifications import delivery


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """No other process is there to be waited for."""
    monkeypatch.setattr(sandbox, "SETTLED_SECONDS", 0.0)


@pytest.mark.parametrize("channel_name", ["webhook", "apprise"])
def test_one_that_waited_for_a_thread_meets_the_switch(notifier, provider, usher, ready, channel_name, monkeypatch):
    (one,) = ready(
        notifier.give({"webhook": provider.url("/x"), "apprise": "+14155550100"}[channel_name], channel_name)
    )
    usher.sandbox.turn_on()
    monkeypatch.setattr(sandbox, "FRESH_SECONDS", 0.0)  # it waited for longer
    found = delivery.deliver(one, notifier.notices, notifier.own.observe)
    assert found.result["outcome"] == "sandboxed"
    assert provider.received == []


def test_the_switch_is_met_also_after_the_send_was_noted(notifier, provider, usher, ready, monkeypatch):
    # Given a channel whose sends are noted one by one, and a state that takes its time for that
    (one,) = ready(notifier.give("+14155550100", "apprise"))
    real = type(one.job).begin

    def slow(self):
        real(self)
        usher.sandbox.turn_on()
        monkeypatch.setattr(sandbox, "FRESH_SECONDS", 0.0)

    monkeypatch.setattr(type(one.job), "begin", slow)
    assert delivery.deliver(one, notifier.notices, notifier.own.observe).result["outcome"] == "sandboxed"
    assert provider.received == []


def test_what_was_looked_up_in_the_sandbox_is_not_sent_after_its_end(notifier, provider, usher, ready, monkeypatch):
    usher.sandbox.turn_on()
    (one,) = ready(notifier.give(provider.url("/x")))
    usher.sandbox.turn_off()
    monkeypatch.setattr(sandbox, "FRESH_SECONDS", 0.0)
    assert delivery.deliver(one, notifier.notices, notifier.own.observe).result["outcome"] == "sandboxed"
    assert provider.received == []


def test_nobody_sends_while_the_state_cannot_be_asked(notifier, provider, ready, monkeypatch):
    (one,) = ready(notifier.give(provider.url("/x")))
    monkeypatch.setattr(sandbox, "FRESH_SECONDS", 0.0)

    def away(*_):
        raise StateUnavailableError

    monkeypatch.setattr(notifier.notices.sandbox._client, "exists", away)
    assert isinstance(delivery.deliver(one, notifier.notices, notifier.own.observe), Snooze)
    assert provider.received == []


class Counted:
    """A lock that counts who asked for it."""

    def __init__(self):
        self.lock, self.asked = threading.Lock(), []

    def __enter__(self):
        self.asked.append(True)
        self.lock.acquire()

    def __exit__(self, *_):
        self.lock.release()


def test_many_threads_wait_for_one_answer_even_if_it_never_comes(notifier, monkeypatch):
    # Given a state that does not answer, and threads that all have to know
    sight, counted, asked, ends = notifier.notices.sandbox, Counted(), [], []

    def away(*_):
        asked.append(True)
        until(lambda: len(counted.asked) == 8, 10, lambda: f"{len(counted.asked)} wait")
        raise StateUnavailableError

    def look():
        with pytest.raises(StateUnavailableError):
            sight.is_on()
        ends.append(True)

    monkeypatch.setattr(sight, "_asking", counted)
    monkeypatch.setattr(sight._client, "exists", away)
    threads = [threading.Thread(target=look) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)

    # Then it is asked once, and nobody sends
    assert (len(asked), len(ends)) == (1, 8)


def test_an_answer_is_shared_until_it_is_old(notifier, state, monkeypatch):
    def asked():
        return state.info("commandstats").get("cmdstat_exists", {"calls": 0})["calls"]

    notifier.notices.look_up([("webhook", "https://x/", "webhook:https://x")])
    before = asked()
    assert [notifier.notices.sandbox.is_on() for _ in range(50)] == [False] * 50
    assert asked() == before
    monkeypatch.setattr(sandbox, "FRESH_SECONDS", 0.0)
    notifier.notices.sandbox.is_on()
    assert asked() == before + 1


def test_an_older_answer_that_comes_later_does_not_count(notifier):
    sight, now = notifier.notices.sandbox, time.monotonic()
    sight.learn(now, True)
    sight.learn(now - 0.1, False)
    assert sight.is_on()
