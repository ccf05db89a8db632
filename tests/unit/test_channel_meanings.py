"""The table of meanings: every row is a decision, and Retry-After changes the wait of those that wait."""

import dataclasses
import time
from typing import get_args

import pytest

from tasks_app.configuration.channel_names import CHANNELS
from tasks_app.notifications.addresses import named
from tasks_app.notifications.channel_terms import Terms
from tasks_app.notifications.meanings import CONNECTION, HTTP, THROUGHOUT, Action, Concern, Meaning
from tasks_app.notifications.sends import Reply
from tasks_app.usher import Usher
from tests.channels import KNOWN, SETTINGS, meaning
from worker.notifications.channels import OpenChannels
from worker.notifications.sending.meanings import (
    LONGEST_REST_SECONDS,
    LONGEST_WAIT_SECONDS,
    SHORTEST_WAIT_SECONDS,
)
from worker.notifications.sending.retry_after import retry_after_seconds

OUTCOMES = {name: KNOWN.terms(name).answers for name in CHANNELS}
ROWS = [(name, code, row) for name, rows in OUTCOMES.items() for code, row in rows.items()]


@pytest.mark.parametrize(("name", "code", "row"), ROWS)
def test_a_row_says_what_to_do_and_waits_only_where_something_follows(name, code, row):
    assert row.action in get_args(Action)
    assert (row.wait_seconds > 0) == (row.action in ("retry", "wait", "rest", "in_doubt"))
    assert row.concerns in get_args(Concern)
    assert row.action == "retry" or not row.attempts
    # No message waits for a refusal of another recipient, and a refusal of all ends no message.
    assert (row.action == "rest") <= (row.concerns != "recipient")
    assert (row.action in ("wait", "suppress", "remove_subscription")) <= (row.concerns == "recipient")


@pytest.mark.parametrize(("name", "code", "row"), [one for one in ROWS if one[1].endswith(THROUGHOUT)])
def test_a_refusal_that_holds_everybody_concerns_one_recipient_at_first(name, code, row):
    alone = OUTCOMES[name][code.removesuffix(THROUGHOUT)]
    assert (alone.concerns, row.action) == ("recipient", "rest")
    assert not alone.disproved_seconds


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_channel_of_the_table_exists_under_its_name(name):
    channel = OpenChannels(Usher(SETTINGS)).channel(name)
    assert channel.name == channel.sender.name == name
    assert channel.policy in ("at_most_once", "at_least_once")


@pytest.mark.parametrize("code", ["", "fell_asleep", "600", "1e3", "²³¹"])
def test_an_answer_without_a_row_is_in_doubt(code):
    assert meaning("webhook", Reply(code)).action == "in_doubt"


def test_a_channel_without_rows_of_its_own_is_read_as_http():
    assert Terms(named).answers == {**CONNECTION, **HTTP}


def test_a_status_without_a_row_is_read_as_its_class():
    assert meaning("webhook", Reply("299")) == Meaning("sent")
    assert meaning("webhook", Reply("418")) == Meaning("permanent")
    assert meaning("webpush", Reply("599")) == Meaning("retry", 10)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [(120, 120), (0, SHORTEST_WAIT_SECONDS), (10**9, LONGEST_WAIT_SECONDS), (float("inf"), LONGEST_WAIT_SECONDS)],
)
def test_retry_after_is_obeyed_within_bounds(asked, waited):
    assert meaning("webpush", Reply("429", asked)) == Meaning("wait", waited)
    held = min(waited, LONGEST_REST_SECONDS)  # some on a host of many cannot silence the others for a day
    assert meaning("webpush", Reply("429", asked), throughout=True) == Meaning("rest", held, "service")


def test_retry_after_turns_a_503_into_a_wait_and_a_500_into_a_later_retry():
    assert meaning("webhook", Reply("503")) == meaning("webhook", Reply("503"), True) == Meaning("retry", 10)
    assert meaning("webhook", Reply("503", 40)) == Meaning("wait", 40)
    assert meaning("webhook", Reply("503", 40), throughout=True) == Meaning("rest", 40, "service")
    assert meaning("webhook", Reply("500", 40)) == Meaning("retry", 40)


@pytest.mark.parametrize(("code", "action"), [("201", "sent"), ("400", "permanent"), ("410", "suppress")])
def test_retry_after_makes_no_final_row_wait(code, action):
    assert meaning("webhook", Reply(code, 40)) == Meaning(action)


@pytest.mark.parametrize(
    ("value", "answered", "seconds"),
    [
        ("120", None, 120),
        (" 0 ", None, 0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:58:59 GMT", 60),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "Sat, 01 Jan 2000 23:58:59 GMT", 0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "nonsense", 0),
    ],
)
def test_both_forms_of_retry_after_become_seconds(value, answered, seconds):
    assert retry_after_seconds(value, answered) == seconds


def test_a_date_without_a_zone_is_in_utc_wherever_we_are(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert retry_after_seconds("Fri, 31 Dec 1999 23:59:59", "Fri, 31 Dec 1999 23:59:49 GMT") == 10
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "1.5", "٣", "Fri, 99 Foo 1999 23:59:59 GMT", "1 2 3"])
def test_a_senseless_retry_after_is_ignored(value):
    assert retry_after_seconds(value, None) is None


def test_a_retry_after_of_very_many_digits_is_a_very_long_time():
    assert retry_after_seconds("9" * 5_000, None) > LONGEST_WAIT_SECONDS


def test_rows_cannot_be_changed_by_their_readers():
    row = meaning("webhook", Reply("200"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.action = "permanent"  # type: ignore[misc]
