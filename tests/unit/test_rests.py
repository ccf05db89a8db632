"""Who is to be left alone, and whether a refusal is about one recipient or about all."""

import threading

from worker import rests
from worker.rests import IN_A_ROW, Rests


def test_a_longer_rest_stays_and_the_longest_of_several_counts():
    quiet = Rests()
    quiet.rest("one", 100)
    quiet.rest("one", 1)
    quiet.rest("other", 10)
    assert 90_000 < quiet.left_ms("other", "one") <= 100_000
    assert quiet.left_ms("nobody") == 0


def test_one_that_is_refused_often_is_one():
    quiet = Rests()
    assert not any(quiet.refused("host", "same") for _ in range(10 * IN_A_ROW))


def test_several_in_a_row_are_all_until_one_is_accepted():
    quiet = Rests()
    assert [quiet.refused("host", str(number)) for number in range(IN_A_ROW)] == [False] * (IN_A_ROW - 1) + [True]
    assert quiet.refused("host", "0")
    quiet.accepted("host")
    assert not quiet.refused("host", "0")


def test_scopes_know_nothing_of_each_other():
    quiet = Rests()
    for number in range(IN_A_ROW):
        quiet.refused("host", str(number))
    assert not quiet.refused("elsewhere", "0")
    quiet.accepted("elsewhere")
    assert quiet.refused("host", "0")


def test_what_is_over_is_forgotten(monkeypatch):
    monkeypatch.setattr(rests, "KEPT", 10)
    quiet = Rests()
    for number in range(1_000):
        quiet.rest(str(number), -1)
    assert len(quiet._until) <= 10


def test_threads_do_not_disturb_each_other():
    quiet = Rests()

    def use(name: str) -> None:
        for number in range(2_000):
            quiet.rest(f"{name}{number}", 0.0)
            quiet.refused("host", f"{name}{number}")
            quiet.left_ms(name, "host")
            quiet.accepted("host")

    threads = [threading.Thread(target=use, args=(str(one),)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not quiet.refused("host", "last")
