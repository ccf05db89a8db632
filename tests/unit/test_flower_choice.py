"""Which jobs get a row in Flower: slow and failed ones always, quick ones as the rate allows."""

from collections.abc import Iterable

import pytest

from tasks_app.events.events import Entry
from tasks_app.state import keys
from worker.flower.choice import Choice

RATE = 400  # jobs a second


def entry(ms: int, event: str, *jobs: str) -> Entry:
    return Entry(keys.events(), f"{ms}-0", {"event": event, "type": "note", "batch": "", "job": " ".join(jobs)})


def names(count: int, prefix: str = "quick") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def done(ms: int, jobs: Iterable[str]) -> list[Entry]:
    """Jobs that began and ended at once."""
    return [entry(ms, "active", *jobs), entry(ms + 1, "complete", *jobs)]


@pytest.fixture
def choice() -> Choice:
    return Choice(RATE)


@pytest.fixture
def busy(choice: Choice) -> Choice:
    """The choice has told of as many quick jobs as it may."""
    for look in range(5):
        choice.choose(done(0, names(200)), {}, look / 1000)
    assert choice.choose(done(0, ["one"]), {}, 0.005) == ([], [])
    return choice


def test_each_of_a_few_jobs_gets_a_row(choice: Choice) -> None:
    assert choice.choose(done(0, names(3)), {}, 0.0) == (names(3), [])


def test_of_many_quick_jobs_half_a_second_s_worth_gets_rows_after_a_quiet_time(choice: Choice) -> None:
    assert choice.choose(done(0, names(1_000)), {}, 0.0) == (names(RATE // 2), [])
    assert choice.choose(done(0, names(1_000)), {}, 1_000.0) == (names(RATE // 2), [])


def test_a_job_that_began_and_ended_in_one_script_does_not_run_on(busy: Choice) -> None:
    assert busy.choose([entry(0, "ac", *names(3, "decided"))], {}, 0.006) == ([], [])
    assert busy.choose([], {}, 1.0) == ([], [])


def test_of_many_quick_jobs_a_fiftieth_of_the_rate_gets_rows(busy: Choice) -> None:
    chosen = [len(busy.choose(done(0, names(1_000)), {}, 1.0 + look / 4)[0]) for look in range(40)]
    assert sum(chosen[4:]) == pytest.approx(36 / 4 * RATE * 0.02, abs=4)


@pytest.mark.parametrize("event", ["complete", "failed", "cancelled", "retrying", "stalled", "snoozed", "replayed"])
def test_an_attempt_that_ended_does_not_run_on(busy: Choice, event: str) -> None:
    busy.choose([entry(1_000, "active", "ended"), entry(1_010, event, "ended")], {}, 0.006)
    assert busy.choose([], {}, 9.0) == ([], [])


def test_a_quick_job_that_has_a_row_does_not_get_another_while_it_runs(choice: Choice) -> None:
    assert choice.choose([entry(1_000, "active", "one")], {}, 0.0) == (["one"], [])
    assert choice.choose([], {"one"}, 9.0) == ([], [])


def test_a_job_whose_beginning_was_not_read_was_not_slow(busy: Choice) -> None:
    assert busy.choose([entry(9_000, "complete", "unread")], {}, 0.006) == ([], [])


def test_a_job_that_ran_for_100_ms_gets_a_row_beside_any_number_of_quick_ones(busy: Choice) -> None:
    # Given two that began among many, in an earlier look
    busy.choose([*done(1_000, names(500)), entry(1_000, "active", "slow", "quick")], {}, 0.006)

    # When one of them ends after 99 ms and the other after 100
    entries = [entry(1_099, "complete", "quick"), *done(1_100, names(500)), entry(1_100, "complete", "slow")]
    assert busy.choose(entries, {}, 0.007) == (["slow"], [])


def test_a_running_job_gets_a_row_before_its_end(busy: Choice) -> None:
    busy.choose([entry(1_000, "active", "slow")], {}, 0.01)
    assert busy.choose(done(1_050, names(500)), {}, 0.1)[1] == []
    assert busy.choose([], {}, 0.12) == ([], ["slow"])
    assert busy.choose([], {"slow"}, 0.5)[1] == []  # its row stays


@pytest.mark.parametrize("event", ["failed", "retrying", "stalled"])
def test_a_failed_job_gets_a_row_however_quick_it_was(busy: Choice, event: str) -> None:
    jobs = [*names(500), "bad"]
    entries = [entry(1_000, "active", *jobs), entry(1_000, "complete", *jobs[:-1]), entry(1_000, event, "bad")]
    assert busy.choose(entries, {}, 0.006) == (["bad"], [])


def test_all_rows_keep_to_the_rate_and_running_jobs_come_later(choice: Choice) -> None:
    # Given more that run on than may be told of at once, and some that fail
    slow = names(500, "slow")
    choice.choose([entry(1_000, "active", *slow)], {}, 0.0)
    failed = names(30, "failed")
    first, running = choice.choose([entry(1_200, "failed", *failed)], {}, 0.3)
    assert first == failed
    assert 0 < len(running) < len(slow)

    # Then the others get rows next
    assert {*running, *choice.choose([], {}, 1.3)[1]} >= {*slow[200:]}
    assert choice.skipped == 0


def rows_of(choice: Choice, kind: str, count: int, now: float) -> int:
    """So many jobs come that failed, were slow or quick; returns how many get a row."""
    jobs, ms = names(count, kind), 1_100 if kind == "slow" else 1_000
    ended = entry(ms, "failed" if kind == "failed" else "complete", *jobs)
    return sum(map(len, choice.choose([entry(1_000, "active", *jobs), ended], {}, now)))


@pytest.mark.parametrize(("kind", "rows"), [("quick", RATE // 2), ("slow", 300), ("failed", 300)])
def test_one_rate_limits_quick_slow_and_failed_jobs(choice: Choice, kind: str, rows: int) -> None:
    assert rows_of(choice, kind, 300, 1.0) == rows
    assert rows_of(choice, "failed", RATE, 1.0) == RATE - rows
    assert choice.skipped == rows
    assert rows_of(choice, "slow", RATE, 1.5) == RATE // 2  # half a second's worth
    assert choice.skipped == rows + RATE // 2


def test_running_jobs_leave_less_of_the_rate_to_new_ones(busy: Choice) -> None:
    slow = names(300, "slow")
    busy.choose([entry(1_000, "active", *slow)], {}, 0.01)
    assert busy.choose([], {}, 1.0) == ([], slow)
    assert rows_of(busy, "failed", RATE, 1.0) == RATE - 300


def test_quick_jobs_get_what_others_leave_of_the_rate(busy: Choice) -> None:
    slow, failed = names(300, "slow"), names(90, "failed")
    busy.choose([entry(1_000, "active", *slow)], {}, 0.01)
    entries = [entry(1_000, "failed", *failed), *done(1_000, names(200))]
    assert busy.choose(entries, {}, 10.0) == ([*failed, *names(10)], slow)


def test_failed_jobs_go_before_slow_ones_and_each_has_one_row(choice: Choice) -> None:
    # Given more slow ones than the rate allows, then some that fail, one of which is slow in its next attempt
    slow, failed = names(RATE, "slow"), names(10, "failed")
    began, ended = entry(1_000, "active", *slow, *failed), entry(1_200, "complete", *slow)
    again = [
        entry(1_200, "retrying", *failed),
        entry(1_300, "active", "failed-0"),
        entry(1_500, "complete", "failed-0"),
    ]
    assert choice.choose([began, ended, *again], {}, 0.0) == ([*failed, *slow[: RATE - 10]], [])
    assert choice.skipped == 10


@pytest.mark.parametrize("event", ["failed", "complete"])
def test_a_failed_or_slow_job_does_not_count_as_quick_too(choice: Choice, event: str) -> None:
    assert choice.choose([entry(1_000, "active", "one"), entry(1_200, event, "one")], {}, 0.0) == (["one"], [])


def test_the_jobs_that_began_last_are_remembered(busy: Choice) -> None:
    busy._remembered = 2
    busy.choose([entry(1_000, "active", "one", "two"), entry(1_001, "active", "three")], {}, 0.01)
    assert busy.choose([], {}, 9.0) == ([], ["two", "three"])


def test_a_second_s_worth_of_failures_gets_rows_at_once_and_the_rest_is_counted(busy: Choice) -> None:
    failed = names(RATE + 50, "failed")
    chosen, _ = busy.choose([entry(1_000, "failed", *failed)], {}, 1.0)
    assert chosen == failed[:RATE]
    assert busy.skipped == 50


def test_a_job_with_a_row_is_not_chosen_again(choice: Choice) -> None:
    assert choice.choose(done(0, ["one", "two"]), {"one"}, 0.0) == (["two"], [])


def test_after_a_gap_in_the_events_nothing_counts_as_slow(busy: Choice) -> None:
    busy.choose([entry(1_000, "active", "ended unread")], {}, 0.01)
    busy.forget()
    assert busy.choose([], {}, 9.0) == ([], [])
