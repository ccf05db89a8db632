"""Rounds that wake many listeners: all are woken, and half of the time is left to others."""

import threading
import time

from api.events.digest import Digest
from api.events.pace import SLICE, Pace

WORK_SECONDS = 0.002


def test_all_are_woken_once_and_in_order():
    woken: list[int] = []
    Pace().tell(range(3 * SLICE + 1), woken.append)
    assert woken == [*range(3 * SLICE + 1)]


def test_after_each_slice_a_round_rests_for_as_long_as_the_slice_took():
    # Given listeners that each take a moment
    began: list[float] = []
    ended: list[float] = []

    def work(_: int) -> None:
        began.append(time.monotonic())
        time.sleep(WORK_SECONDS)
        ended.append(time.monotonic())

    # When three slices of them are woken
    Pace().tell(range(3 * SLICE), work)

    # Then the next slice begins no sooner
    for first in (SLICE, 2 * SLICE):
        took = ended[first - 1] - began[first - SLICE]
        assert began[first] - ended[first - 1] >= took


def test_two_rounds_together_rest_as_much_as_one_alone():
    # Given two rounds at the same time
    pace, at_work = Pace(), threading.Semaphore(1)
    is_alone: list[bool] = []

    def work(_: int) -> None:
        free = at_work.acquire(blocking=False)
        is_alone.append(free)
        time.sleep(WORK_SECONDS)
        if free:
            at_work.release()

    # When both wake their listeners
    rounds = [threading.Thread(target=pace.tell, args=(range(2 * SLICE), work)) for _ in range(2)]
    for one in rounds:
        one.start()
    for one in rounds:
        one.join(20)

    # Then never two at once
    assert is_alone == [True] * (4 * SLICE)


def test_a_digest_is_written_once_for_all():
    digest = Digest("1-0", {"a": ("queued", "mail", True)}, 0, {})
    assert digest.text is digest.text
    assert '"job":"a"' in digest.text
