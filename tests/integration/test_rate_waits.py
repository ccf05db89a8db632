"""Jobs that wait for a rate limit: each asks once for each turn, and none waits for jobs that went away."""

import heapq

import pytest

from tasks_app.lua import text
from tasks_app.state import notification_keys
from tests.channels import RECIPIENTS
from worker.notifications.delivery_store import AWAY_MS, HORIZON_MS, DeliveryStore

SCOPE = "webhook:https://one"
TICK_MS = 400  # of the clock, which brings back what is due
CLOCK = ("{notices}:test:seconds", "{notices}:test:micros")


class Provider:
    """A rate limit and a clock that the test moves; jobs ask, and come back when they are told to."""

    def __init__(self, state, notices, per_second, burst=10):
        self.state, self.notices = state, notices
        self.per_second, self.burst = per_second, burst
        self.asked = 0
        self.sent_ms = []
        self.waiting = []  # (when it asks again, ms)
        self.now_ms = 0

    def ask(self, count):
        """So many jobs ask, as one message."""
        seconds, rest_ms = divmod(1_000_000 + self.now_ms, 1000)
        self.state.mset(dict(zip(CLOCK, (seconds, rest_ms * 1000), strict=True)))
        granted, later = self.notices.grants(SCOPE, self.per_second, self.burst, count)
        assert len(granted) + len(later) == count
        self.asked += count
        self.sent_ms += [self.now_ms + wait_ms for wait_ms in granted]
        for wait_ms in later:
            heapq.heappush(self.waiting, self.now_ms + wait_ms)

    def run(self, until_ms=float("inf")):
        """Let time pass; the jobs that are due ask again, fifty in a message."""
        while self.waiting and self.now_ms < until_ms:
            self.now_ms += TICK_MS
            due = 0
            while self.waiting and self.waiting[0] <= self.now_ms:
                heapq.heappop(self.waiting)
                due += 1
            for start in range(0, due, 50):
                self.ask(min(50, due - start))


@pytest.fixture
def provider(state):
    script = text("notifications/rate_limit")
    assert script.count("redis.call('TIME')") == 1
    timed = script.replace("redis.call('TIME')", f"redis.call('MGET', '{CLOCK[0]}', '{CLOCK[1]}')")
    store = DeliveryStore(state, RECIPIENTS, load=lambda _: timed)
    return lambda per_second, burst=10: Provider(state, store, per_second, burst)


def burst_of(provider, count):
    """So many jobs come in at once."""
    for start in range(0, count, 50):
        provider.ask(min(50, count - start))


@pytest.mark.parametrize(("per_second", "count"), [(100, 2_000), (1_000, 5_000), (5, 100), (0.5, 10)])
def test_a_backlog_goes_out_at_the_rate_and_each_job_asks_about_once_again(provider, per_second, count):
    limited = provider(per_second)
    burst_of(limited, count)
    limited.run()

    assert len(limited.sent_ms) == count
    most_seconds = count / per_second
    assert max(limited.sent_ms) <= most_seconds * 1_020 + TICK_MS  # 2 % for the moments that no job used
    assert limited.asked <= 2.2 * count


def test_a_line_longer_than_its_limit_is_looked_at_again_and_no_send_is_missed(provider):
    # Given a backlog of five minutes
    limited = provider(100)
    burst_of(limited, 30_000)
    assert all(due_ms <= AWAY_MS for due_ms in limited.waiting)

    # Then it takes five minutes, and the jobs do not ask all the time
    limited.run()
    assert max(limited.sent_ms) <= 306_000
    assert limited.asked <= 6 * 30_000


def test_a_raised_rate_takes_effect_soon(provider):
    # Given a backlog of a quarter of an hour
    limited = provider(2)
    burst_of(limited, 1_800)

    # When the rate is raised
    limited.run(until_ms=2_000)
    limited.per_second = 100

    # Then it is over soon
    limited.run()
    assert max(limited.sent_ms) <= 2 * AWAY_MS + 20_000


@pytest.mark.parametrize("cancelled", [False, True])
def test_jobs_that_come_after_a_rate_was_raised_are_sent_at_the_new_rate(provider, cancelled):
    # Given a very slow rate with a long line, which may be called off
    limited = provider(0.01)
    burst_of(limited, 200)
    if cancelled:
        limited.waiting.clear()
    limited.sent_ms.clear()

    # When the rate is raised, and others come
    limited.per_second = 100
    others = 300
    burst_of(limited, others)
    limited.run(until_ms=10_000)

    # Then they are sent at that rate
    assert len(limited.sent_ms) >= others
    assert sorted(limited.sent_ms)[others - 1] <= 1_000 * others / 100 + HORIZON_MS + 2 * TICK_MS


def test_no_job_waits_for_cancelled_ones(provider):
    # Given a long line, of jobs that are all cancelled
    limited = provider(10)
    burst_of(limited, 300)
    limited.waiting.clear()

    # When the bucket is full again, and others come
    limited.now_ms = 3_000
    limited.sent_ms.clear()
    burst_of(limited, 40)
    limited.run()

    # Then they are sent as if no jobs had been before them
    assert max(limited.sent_ms) <= 3_000 + 3_000 + TICK_MS


def test_a_single_message_goes_before_many_that_wait(provider):
    limited = provider(100)
    burst_of(limited, 3_000)
    limited.run(until_ms=10_000)
    before = len(limited.sent_ms)
    limited.ask(1)
    assert len(limited.sent_ms) == before + 1
    assert limited.sent_ms[-1] <= limited.now_ms + HORIZON_MS


def test_a_line_is_forgotten_with_its_end(provider, state):
    limited = provider(10)
    burst_of(limited, 100)
    assert 0 < state.pttl(notification_keys.rate_tail(SCOPE)) <= 10_000 + 1_000
