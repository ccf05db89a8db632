"""Allowances: how one process spends the rate of a key: what it asks the state, how often, and in an outage."""

import time

import pytest
import redis

from tasks_app.access import Allowances
from tasks_app.configuration import Rate, checked_rate, parse_rate
from tasks_app.state import access_keys
from tests.deadlines import deadline_in
from tests.servers import Valkey

SECOND, HOUR = 1, 3_600


def let_in(allowances: Allowances, rate: Rate, count: int, name: str = "k") -> int:
    return sum(allowances.take(name, rate).is_let_in for _ in range(count))


def calls(state: redis.Redis) -> int:
    return int(state.info("commandstats").get("cmdstat_evalsha", {"calls": 0})["calls"])


def test_what_may_come_at_once_is_the_count_and_no_process_gets_more_than_its_part(state: redis.Redis) -> None:
    ours, theirs = Allowances(state), Allowances(state)
    assert let_in(ours, Rate(50, HOUR), 30) + let_in(theirs, Rate(50, HOUR), 60) == 50
    assert let_in(ours, Rate(50, HOUR), 9) == 0


def test_most_requests_of_a_busy_key_cost_no_round_trip(state: redis.Redis) -> None:
    allowances, before = Allowances(state), calls(state)
    assert let_in(allowances, Rate(100_000, SECOND), 20_000) == 20_000
    assert calls(state) - before < 100


def test_refusals_cost_no_round_trip(state: redis.Redis) -> None:
    allowances = Allowances(state)
    let_in(allowances, Rate(5, HOUR), 6)
    before = calls(state)
    assert let_in(allowances, Rate(5, HOUR), 1_000) == 0
    assert calls(state) == before


def test_a_process_gets_half_of_what_is_left_at_most_and_the_last_one_whole(state: redis.Redis) -> None:
    name, hour_ms = access_keys.api_rate("k", "10/36000"), 3_600_000
    script = Allowances(state)._script
    granted = [script(keys=[name], args=[hour_ms, 10, 20, 0])[0] for _ in range(6)]
    assert granted == [5, 2, 1, 1, 1, 0]


def test_a_key_that_is_quiet_leaves_nothing_behind(state: redis.Redis, eventually) -> None:
    Allowances(state).take("k", Rate(1_000, SECOND))
    assert state.keys("*api-rate*")
    eventually(lambda: not state.keys("*api-rate*"))


def test_a_debt_holds_for_all_processes_and_does_not_end_early(state: redis.Redis) -> None:
    ours, theirs, rate = Allowances(state), Allowances(state), Rate(10, HOUR)
    assert ours.take("k", rate).is_let_in
    ours.owe("k", rate, 100_000)
    assert not ours.take("k", rate).is_let_in
    wait_seconds = theirs.take("k", rate).wait_seconds
    assert wait_seconds == pytest.approx(99_992 * 360, rel=1e-3)


def test_a_batch_uses_what_the_process_holds_before_it_owes(state: redis.Redis) -> None:
    allowances, rate = Allowances(state), Rate(1_000, SECOND)
    let_in(allowances, rate, 60)
    held = next(iter(allowances._purses.values())).left
    assert held > 2
    before = calls(state)
    allowances.owe("k", rate, held)
    assert calls(state) == before
    allowances.owe("k", rate, 1)
    assert calls(state) == before + 1


def test_while_the_state_is_away_requests_are_let_in_and_only_one_in_a_while_waits(valkey: Valkey) -> None:
    client = redis.Redis.from_url(valkey.url(0), socket_timeout=1.0, decode_responses=True)
    allowances, rate = Allowances(client), Rate(1, HOUR)
    with valkey.frozen():
        began = time.monotonic()
        verdicts = [allowances.take("k", rate) for _ in range(50)]
        allowances.owe("k", rate, 50)
        assert time.monotonic() - began < 10  # and not 50, as if each had waited
    assert {(one.is_let_in, one.left) for one in verdicts} == {(True, None)}


def test_after_the_servers_clock_stepped_back_a_key_waits_no_longer(state: redis.Redis) -> None:
    in_a_day = time.time() * 1000 + 86_400_000
    state.set(access_keys.api_rate("k", "2/3600"), f"{in_a_day + 1_800_000:.3f}:{in_a_day:.3f}")
    allowances = Allowances(state)
    assert let_in(allowances, Rate(2, HOUR), 3) == 1  # of the two, one was used


def test_a_new_rate_counts_at_once_and_knows_nothing_of_the_old_one(state: redis.Redis) -> None:
    allowances = Allowances(state)
    assert let_in(allowances, Rate(1, HOUR), 2) == 1
    assert let_in(allowances, Rate(3, HOUR), 4) == 3


def test_keys_that_are_over_are_dropped_from_memory(state: redis.Redis) -> None:
    allowances = Allowances(state)
    for number in range(1_500):
        allowances.take(f"k{number}", Rate(1_000, SECOND))
    deadline = deadline_in(20)
    while len(allowances._purses) > 1_024:
        time.sleep(0.01)  # fewer come than are over
        allowances.take(f"late{time.monotonic()}", Rate(1_000, SECOND))
        assert time.monotonic() < deadline


@pytest.mark.parametrize(("text", "rate"), [("100/s", Rate(100, 1)), ("600/m", Rate(600, 60)), ("none", None)])
def test_a_rate_is_written_as_a_count_and_a_unit(text: str, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "100", "0/s", "1.5/s", "1000001/s", "100/w", "-1/s", "100 /s", "fast"])
def test_what_is_no_rate_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="a rate is written as 100/s"):
        checked_rate(text)
