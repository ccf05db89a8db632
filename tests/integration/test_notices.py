"""What all notifiers share: the moments of a rate, and rests."""

import threading
import time

import pytest

from tasks_app.state import notification_keys
from tests.channels import RECIPIENTS
from worker.notifications.delivery_store import HORIZON_MS, DeliveryStore

SCOPE = "webhook:https://one"


@pytest.fixture
def notices(state):
    return DeliveryStore(state, RECIPIENTS)


def assert_rate_kept(moments_ms, per_second, burst):
    """In no window are there more than its length and a burst allow."""
    for first in range(len(moments_ms)):
        for last in range(first, len(moments_ms)):
            seconds = (moments_ms[last] - moments_ms[first] + 1) / 1000  # a moment is rounded up to a whole ms
            assert last - first + 1 <= burst + per_second * seconds + 1e-6


@pytest.mark.parametrize(("per_second", "burst"), [(100, 10), (7, 1), (50, 3), (0.5, 2)])
def test_one_worker_gets_a_burst_and_then_one_moment_after_another(notices, per_second, burst):
    granted, later = notices.grants(SCOPE, per_second, burst, 500)

    assert granted == sorted(granted)
    assert granted[:burst] == [0] * burst
    assert 0 <= burst + per_second * HORIZON_MS / 1000 - len(granted) <= 1
    assert_rate_kept(granted, per_second, burst)
    assert granted[-1] <= HORIZON_MS
    assert len(granted) + len(later) == 500
    assert min(later) >= HORIZON_MS / 2


def test_all_moments_are_granted_when_few_are_asked_for(notices):
    assert notices.grants(SCOPE, 100, 10, 3) == ([0, 0, 0], [])


def test_scopes_have_rates_of_their_own(notices):
    notices.grants(SCOPE, 1, 1, 10)
    assert notices.grants("webhook:https://other", 1, 1, 1) == ([0], [])


def test_a_rate_is_shared_by_all_workers(valkey, state):
    # Given workers that ask for moments again and again
    per_second, burst, granted, lock = 200.0, 5, [], threading.Lock()
    end = time.monotonic() + 3.0

    def work():
        with valkey.client() as client:
            own = DeliveryStore(client, RECIPIENTS)
            while time.monotonic() < end:
                asked = time.monotonic()
                waits, later = own.grants(SCOPE, per_second, burst, 7)
                answered = time.monotonic()
                with lock:
                    granted.extend((asked + wait / 1000 - 0.001, answered + wait / 1000) for wait in waits)
                if later:
                    time.sleep(0.05)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    # Then no window has more moments than one worker alone would get; a moment lies between its two bounds
    assert len(granted) >= 200
    for begin in sorted(earliest for earliest, _ in granted)[::7]:
        for finish in sorted(latest for _, latest in granted)[::7]:
            within = sum(1 for earliest, latest in granted if earliest >= begin and latest <= finish)
            assert within <= max(0.0, burst + per_second * (finish - begin)) + 1


def test_after_a_while_a_burst_may_come_again_and_no_more(notices, state, eventually):
    notices.grants(SCOPE, 100, 3, 6)
    assert notices.grants(SCOPE, 100, 3, 1)[0][0] > 0
    eventually(lambda: not state.exists(notification_keys.rate(SCOPE)))  # nobody sends, so nothing is kept
    assert notices.grants(SCOPE, 100, 3, 5)[0] == [0, 0, 0, 10, 20]


def test_a_rate_that_is_raised_is_not_slowed_by_what_was_granted_under_the_slower_one(notices, eventually):
    notices.grants(SCOPE, 0.01, 10, 10)
    eventually(lambda: notices.grants(SCOPE, 100, 10, 1)[0], 5)


def test_a_longer_rest_stays(notices, state):
    notices.rest(SCOPE, 100, "long")
    notices.rest(SCOPE, 1, "short")
    _, _, ((_, rest_ms, why),) = notices.look_up([("webhook", "https://x/", SCOPE)])
    assert 90_000 < rest_ms <= 100_000
    assert why == "long"
    assert 90_000 < notices.rests.left_ms(SCOPE) <= 100_000


def test_a_shorter_rest_becomes_a_longer_one(notices):
    notices.rest(SCOPE, 1, "short")
    notices.rest(SCOPE, 100, "long")
    _, _, ((_, rest_ms, why),) = notices.look_up([("webhook", "https://x/", SCOPE)])
    assert rest_ms > 90_000
    assert why == "long"


def test_a_rest_ends_by_itself_and_concerns_one_scope(notices, eventually):
    notices.rest(SCOPE, 0.2, "short")
    _, _, rows = notices.look_up([("webhook", "https://x/", SCOPE), ("webhook", "https://x/", "webhook:https://other")])
    assert [rest_ms > 0 for _, rest_ms, _ in rows] == [True, False]
    assert notices.rests.left_ms("webhook:https://other") == 0
    eventually(lambda: notices.look_up([("webhook", "https://x/", SCOPE)])[2] == [(False, 0, "")])
    eventually(lambda: notices.rests.left_ms(SCOPE) == 0)


def test_subscriptions_are_found_by_their_ids_and_dropped(notices, state):
    state.set(notification_keys.subscription("s1"), '{"endpoint":"https://push"}')
    assert notices.subscriptions(["s1", "s2"]) == {"s1": {"endpoint": "https://push"}}
    notices.drop_subscription("s1")
    assert notices.subscriptions(["s1"]) == {}
    assert notices.subscriptions([]) == {}
