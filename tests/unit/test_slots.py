"""The table of slots, over real processes and threads that share it."""

import os
import signal
import threading
from collections.abc import Callable

import pytest

from worker import slots
from worker.slots import Slots


def forked(does: Callable[[], object]) -> int:
    """A process that does this, then waits for its end."""
    pid = os.fork()
    if not pid:
        try:
            does()
            signal.pause()
        finally:
            os._exit(1)  # never back into pytest
    return pid


def ended(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_process_of_the_pool_says_what_it_does(eventually):
    table = Slots(2, forks=True)

    def works() -> None:
        table.enter(1)
        with table.busy("resize_image"):
            signal.pause()

    pid = forked(works)
    try:
        eventually(lambda: table.read()[1].type == "resize_image", 10)
        assert table.read()[1].pid == pid
        assert (table.read()[0].pid, table.read()[0].type) == (0, "")
    finally:
        ended(pid)


def test_a_frozen_process_is_dead_until_it_goes_on(eventually, monkeypatch):
    # Given an idle process of a pool, which shows life
    monkeypatch.setattr(slots, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(slots, "DEAD_SECONDS", 1.0)
    table = Slots(1, forks=True)
    pid = forked(lambda: table.enter(0))
    try:
        eventually(lambda: table.read()[0].pid == pid, 10)

        # When it is frozen, then it is dead; when it goes on, it lives
        os.kill(pid, signal.SIGSTOP)
        eventually(lambda: table.read()[0].dead, 10)
        os.kill(pid, signal.SIGCONT)
        eventually(lambda: not table.read()[0].dead, 10)
    finally:
        ended(pid)


def test_a_process_takes_over_the_cell_of_one_that_was_killed(eventually):
    table = Slots(1, forks=True)

    def works() -> None:
        table.enter(0)
        with table.busy("resize_image"):
            signal.pause()

    first = forked(works)
    try:
        eventually(lambda: table.read()[0].type, 10)
    finally:
        ended(first)
    second = forked(lambda: table.enter(0))
    try:
        eventually(lambda: table.read()[0].pid == second, 10)
        assert [one.type for one in table.read()] == [""]
    finally:
        ended(second)


def test_a_process_that_ends_in_order_is_no_slot_any_more(eventually):
    table = Slots(1, forks=True)

    def works() -> None:
        table.enter(0)
        table.leave()

    pid = forked(works)
    try:
        eventually(lambda: table.read() == [], 10)
    finally:
        ended(pid)


def test_a_process_beyond_the_table_works_without_a_cell():
    table = Slots(1, forks=True)
    table.enter(1000)
    with table.busy("resize_image"):
        assert [one.type for one in table.read()] == [""]


@pytest.mark.parametrize("count", [1, 3])
def test_each_thread_of_a_pool_has_a_cell_of_its_own(count):
    # Given a pool of threads, of which all but one are at work
    table, at_work, go_on = Slots(count + 1, forks=False), threading.Barrier(count + 1), threading.Event()

    def works() -> None:
        with table.busy("notify"):
            at_work.wait(10)
            go_on.wait(10)

    threads = [threading.Thread(target=works) for _ in range(count)]
    for thread in threads:
        thread.start()
    at_work.wait(10)

    # Then so many do something, and afterwards nobody does
    assert sorted(one.type for one in table.read()) == ["", *["notify"] * count]
    go_on.set()
    for thread in threads:
        thread.join()
    assert {(one.pid, one.type, one.dead) for one in table.read()} == {(os.getpid(), "", False)}
