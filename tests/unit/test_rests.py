"""Which recipients get a rest, and whether a refusal is about one recipient or about all."""

from functools import partial

from tests.threads import all_at_once
from worker.notifications.rests import IN_A_ROW, Rests


def test_a_longer_rest_stays_and_the_longest_of_several_counts():
    quiet = Rests()
    quiet.rest("one", 100)
    quiet.rest("one", 1)
    quiet.rest("other", 10)
    assert 90_000 < quiet.left_ms("other", "one") <= 100_000
    assert quiet.left_ms("nobody") == 0


def test_a_recipient_that_is_refused_often_is_one():
    quiet = Rests()
    assert not any(quiet.refused("host", "same", "service") for _ in range(10 * IN_A_ROW))


def test_several_refusals_in_a_row_are_about_all_until_one_is_accepted():
    quiet = Rests()
    assert [quiet.refused("host", str(number), "service") for number in range(IN_A_ROW)] == [False] * (IN_A_ROW - 1) + [
        True
    ]
    assert quiet.refused("host", "0", "service")
    quiet.accepted("host", "somebody")
    assert not quiet.refused("host", "0", "service")


def test_scopes_do_not_affect_each_other():
    quiet = Rests()
    for number in range(IN_A_ROW):
        quiet.refused("host", str(number), "service")
    assert not quiet.refused("elsewhere", "0", "service")
    quiet.accepted("elsewhere", "somebody")
    assert quiet.refused("host", "0", "service")


def test_refusals_about_the_account_and_about_the_service_are_two_rows():
    quiet = Rests()
    for number in range(IN_A_ROW - 1):
        assert not quiet.refused("host", str(number), "service")
    assert not quiet.refused("host", "other", "account")


def test_refusals_among_accepted_messages_are_about_each_recipient_however_often_they_are_tried_together():
    # Given more than make a row that were refused around somebody who was accepted
    quiet = Rests()
    blocked = [str(number) for number in range(2 * IN_A_ROW)]
    for one in blocked:
        quiet.refused("host", one, "account")
    quiet.accepted("host", "somebody")

    # When they are tried again, then they hold nobody, but other refused ones do
    assert not any(quiet.refused("host", one, "account") for one in blocked)
    assert [quiet.refused("host", f"new{number}", "account") for number in range(IN_A_ROW)][-1]

    # And once they are accepted, they are like all others
    for one in blocked[:IN_A_ROW]:
        quiet.accepted("host", one)
    assert [quiet.refused("host", one, "account") for one in blocked[:IN_A_ROW]][-1]


def test_a_recent_acceptance_disproves_a_refusal_of_all():
    quiet = Rests()
    quiet.accepted("host", "somebody")
    for disproved_seconds, held in ((60, False), (0, True)):
        told = [quiet.refused("host", str(number), "account", disproved_seconds) for number in range(IN_A_ROW)]
        assert told[-1] is held


def test_a_rest_that_is_over_is_forgotten():
    quiet = Rests(kept=10)
    for number in range(1_000):
        quiet.rest(str(number), -1)
    assert len(quiet._until) <= 10


def test_names_that_a_caller_makes_up_take_bounded_memory():
    # Given many hosts and recipients, all of which ask for quiet for a day
    quiet = Rests(kept=10)
    for number in range(1_000):
        quiet.rest(str(number), 86_400)
        quiet.refused(f"host{number}", "one", "account")
        quiet.refused("host", str(number), "account")
        quiet.accepted(f"host{number}", "another")

    # Then no more than so many are remembered, the newest among them
    quiet.accepted("host", "another")
    assert max(map(len, (quiet._until, quiet._refused, quiet._accepted, quiet._alone))) <= 10
    assert quiet.left_ms("999") > 0


def test_threads_do_not_disturb_each_other():
    quiet = Rests()

    def use(name: str) -> None:
        for number in range(2_000):
            quiet.rest(f"{name}{number}", 0.0)
            quiet.refused("host", f"{name}{number}", "service")
            quiet.left_ms(name, "host")
            quiet.accepted("host", "somebody")

    all_at_once(partial(use, str(one)) for one in range(4))
    assert not quiet.refused("host", "last", "service")
