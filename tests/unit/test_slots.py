"""The table of slots, over real processes and threads that share it."""

import os
import signal
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from worker.jobs import slots
from worker.jobs.slots import Slots


def forked(does: Callable[[], object]) -> int:
    """A process that does this, then waits until it is told to end."""
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


def test_a_frozen_process_is_dead_until_it_goes_on(eventually):
    # Given an idle process of a pool, which shows life
    table = Slots(1, forks=True, beat_seconds=0.02, dead_seconds=1.0)
    pid = forked(lambda: table.enter(0))
    try:
        eventually(lambda: table.read()[0].pid == pid, 10)

        # When it is frozen, then it is dead; when it goes on, it is alive
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


def test_a_process_that_ends_in_order_is_no_longer_a_slot(eventually):
    table = Slots(1, forks=True)

    def works() -> None:
        table.enter(0)
        table.leave()

    pid = forked(works)
    try:
        eventually(lambda: table.read() == [], 10)
    finally:
        ended(pid)


def test_a_process_that_ended_in_order_shows_no_further_life():
    # Given a slot that beats all the time
    table = Slots(1, forks=True, beat_seconds=0.0)
    table.enter(0)
    (beating,) = [thread for thread in threading.enumerate() if thread.name == "slot"]

    # When its process ends in order, then its last beat was before
    table.leave()
    assert not beating.is_alive()
    assert table.read() == []


def test_a_pool_that_grows_has_cells_and_processes_beyond_them_work_without():
    table = Slots(1, forks=True)
    table.enter(slots.SPARE)
    with table.busy("resize_image"):
        assert [(one.pid, one.type) for one in table.read()] == [(0, ""), (os.getpid(), "resize_image")]
    table.leave()
    beyond = Slots(1, forks=True)
    beyond.enter(1 + slots.SPARE)
    with beyond.busy("resize_image"):
        assert [one.type for one in beyond.read()] == [""]
    beyond.leave()
    assert len(beyond.read()) == 1


def test_a_type_longer_than_a_cell_is_cut_and_its_neighbour_untouched():
    table = Slots(2, forks=False)
    before = table.read()[1]
    with table.busy("x" * 63 + "\N{EURO SIGN}"):
        first, second = table.read()
    assert (first.type, second) == ("x" * 63 + "\N{REPLACEMENT CHARACTER}", before)


def test_a_slot_shows_what_it_does_since_when_and_when_it_is_over():
    now = [1_700_000_000.5]
    table = Slots(1, forks=False, clock=lambda: now[0])
    with table.busy("notify"):
        assert [(one.type, one.since_ms) for one in table.read()] == [("notify", 1_700_000_000_500)]
    now[0] += 0.5
    with pytest.raises(ZeroDivisionError), table.busy("notify"):
        raise ZeroDivisionError
    assert [(one.type, one.since_ms) for one in table.read()] == [("", 1_700_000_001_000)]


def test_a_thread_beyond_the_cells_works_without_one():
    # Given a table whose only cell is a thread's
    table = Slots(1, forks=False)

    def works() -> None:
        with table.busy("notify"):
            pass

    first = threading.Thread(target=works)
    first.start()
    first.join()

    # Then another thread leaves it alone
    with table.busy("another"):
        assert [one.type for one in table.read()] == [""]


def test_a_pool_of_threads_has_no_dead():
    tables = [Slots(1, forks, dead_seconds=-1.0) for forks in (True, False)]
    assert [[one.dead for one in table.read()] for table in tables] == [[True], [False]]


def test_the_processes_of_a_pool_find_the_table_of_their_worker(eventually, monkeypatch):
    # Given a worker's table, and a process that the pool numbers
    monkeypatch.setattr(slots, "_of_worker", None)
    monkeypatch.setattr(slots, "current_process", lambda: SimpleNamespace(index=0))
    with slots.busy("before"):
        slots.enter()  # a process of a program without a table
        slots.leave()
    table = slots.lay_out(1, forks=True)

    # Then the table says what it does, until it ends
    slots.enter()
    with slots.busy("notify"):
        assert [(one.pid, one.type) for one in table.read()] == [(os.getpid(), "notify")]
    slots.leave()
    assert table.read() == []


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

    # Then so many do something, and afterwards none does
    assert sorted(one.type for one in table.read()) == ["", *["notify"] * count]
    go_on.set()
    for thread in threads:
        thread.join()
    assert {(one.pid, one.type, one.dead) for one in table.read()} == {(os.getpid(), "", False)}
