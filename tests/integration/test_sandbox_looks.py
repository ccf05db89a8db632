"""The sandbox and notifications that waited for a thread: the last look before a send, and what it costs."""

import threading
import time

import pytest

from tasks_app.errors import StateUnavailableError
from tasks_app.notifications import SandboxSwitch
from tests.deadlines import until
from worker.jobs.answers import Snooze
from worker.notifications import delivery
from worker.notifications.sandbox import SandboxSight


@pytest.fixture(autouse=True)
def _quick(usher):
    """No other process is there to be waited for."""
    vars(usher)["sandbox"] = SandboxSwitch(usher.connections.state, settled_seconds=0.0)


def grow_old(notifier):
    """So much time passes that what this notifier knows of the sandbox does not count any more."""
    sight = notifier.notices.sandbox
    sight._known = (float("-inf"), sight._known[1])


@pytest.mark.parametrize("channel_name", ["webhook", "apprise"])
def test_one_that_waited_for_a_thread_meets_the_switch(notifier, provider, usher, ready, channel_name):
    (one,) = ready(
        notifier.give({"webhook": provider.url("/x"), "apprise": "+14155550100"}[channel_name], channel_name)
    )
    usher.sandbox.turn_on()
    grow_old(notifier)
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
        grow_old(notifier)

    monkeypatch.setattr(type(one.job), "begin", slow)
    assert delivery.deliver(one, notifier.notices, notifier.own.observe).result["outcome"] == "sandboxed"
    assert provider.received == []


def test_what_was_looked_up_in_the_sandbox_is_not_sent_after_its_end(notifier, provider, usher, ready):
    usher.sandbox.turn_on()
    (one,) = ready(notifier.give(provider.url("/x")))
    usher.sandbox.turn_off()
    grow_old(notifier)
    assert delivery.deliver(one, notifier.notices, notifier.own.observe).result["outcome"] == "sandboxed"
    assert provider.received == []


class Away:
    """A client whose server does not answer; what it `does` before it gives up."""

    def __init__(self, does=list):
        self._does = does

    def exists(self, *_):
        self._does()
        raise StateUnavailableError


def test_nobody_sends_while_the_state_cannot_be_asked(notifier, provider, ready):
    (one,) = ready(notifier.give(provider.url("/x")))
    notifier.notices.sandbox = SandboxSight(Away(), str)
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


def test_many_threads_wait_for_one_answer_even_if_it_never_comes():
    # Given a state that does not answer, and threads that all have to know
    counted, asked, ends = Counted(), [], []

    def wait_for_all():
        asked.append(True)
        until(lambda: len(counted.asked) == 8, 10, lambda: f"{len(counted.asked)} wait")

    sight = SandboxSight(Away(wait_for_all), str)
    sight._asking = counted

    def look():
        with pytest.raises(StateUnavailableError):
            sight.is_on()
        ends.append(True)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)

    # Then it is asked once, and nobody sends
    assert (len(asked), len(ends)) == (1, 8)


def test_an_answer_is_shared_until_it_is_old(notifier, state):
    def asked():
        return state.info("commandstats").get("cmdstat_exists", {"calls": 0})["calls"]

    notifier.notices.look_up([("webhook", "https://x/", "webhook:https://x")])
    before = asked()
    assert [notifier.notices.sandbox.is_on() for _ in range(50)] == [False] * 50
    assert asked() == before
    grow_old(notifier)
    notifier.notices.sandbox.is_on()
    assert asked() == before + 1


def test_an_older_answer_that_comes_later_does_not_count(notifier):
    sight, now = notifier.notices.sandbox, time.monotonic()
    sight.learn(now, True)
    sight.learn(now - 0.1, False)
    assert sight.is_on()
