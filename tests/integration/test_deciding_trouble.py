"""Deciding while the server refuses writes, and while a wake-up comes many times at once or counts as lost."""

import pytest
import redis

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs import messages
from tasks_app.jobs.job import NewJob, State
from tasks_app.state import keys, worker_keys
from tasks_app.state.record_names import STORED
from tests.integration.both_ways import TARGETS, TYPES, BothWays
from tests.integration.reserving_scenarios import SHOW, about
from tests.inventory_kit import assert_true_numbers, definition
from tests.jobs import assert_consistent, events_of, read, told
from tests.roots import Root
from tests.servers import Valkey
from tests.threads import all_at_once
from worker.jobs import turns
from worker.jobs.job_store import Slot

RESERVE = messages.RESERVE_SEAT


def wishes(count: int) -> list[NewJob]:
    """So many reservations of one unit, for two shows in turn."""
    lines = {"lines": [{"pool": "floor", "quantity": 1}]}
    return [about(RESERVE, f"r{n:03}", TARGETS[n % 2], data=lines) for n in range(count)]


def everything(state: redis.Redis) -> dict[str, bytes]:
    return {key: state.dump(key) for key in state.scan_iter("*")}


@pytest.mark.parametrize("why", ["disk", "replicas"])
def test_a_server_that_refuses_writes_decides_nothing_and_decides_once_when_it_takes_them(
    both: BothWays, state: redis.Redis, valkey: Valkey, why: str
) -> None:
    # Given reservations that came before the server refuses writes
    both.submit(wishes(30))
    before = everything(state)

    # When a slot comes again and again, then nothing is written
    with valkey.refusing_writes(why):
        for _ in range(3):
            with pytest.raises(StateUnavailableError):
                both.work([RESERVE])
        assert everything(state) == before

    # And when the server takes writes again, each is decided, once
    assert both.work([RESERVE]) == 30
    assert {tuple(told(state, job.id)) for job in wishes(30)} == {("queued", "active", "complete")}
    assert_consistent(state, TYPES)
    assert_true_numbers(state)


def test_wake_ups_that_come_many_times_at_once_decide_each_job_once(
    both: BothWays, state: redis.Redis, usher: Root
) -> None:
    # Given more requests than units, and one wake-up that is delivered six times
    jobs = wishes(300)
    both.submit(jobs)
    counts: list[int] = []

    def deliver() -> None:
        counts.append(turns.take(RESERVE, messages.RESERVATIONS, "worker@test", "one"))

    # When all of them begin their turns at once
    all_at_once([deliver] * 6)

    # Then one of them decided each job, with one event; the first requests have the units
    assert (sum(counts), len(counts)) == (300, 6)
    stories: dict[str, list[str]] = {}
    for event in events_of(state):
        stories.setdefault(event.job, []).append(event.event)
    assert [stories[job.id] for job in jobs] == [["queued", "active", "complete"]] * 300
    ledger = usher.inventories.ledger(SHOW, None, 100)
    assert [entry.about for entry in ledger if entry.event == "held"] == [job.id for job in jobs[:20:2]]
    assert_consistent(state, TYPES)
    assert_true_numbers(state)


def test_a_wake_up_that_counts_as_lost_decides_waiting_jobs_when_it_comes(both: BothWays, state: redis.Redis) -> None:
    # Given a wake-up that the clock no longer counts, and sent anew
    both.submit(wishes(3))
    (token,) = state.zrange(worker_keys.wake_ups(RESERVE), 0, -1)
    state.zadd(worker_keys.wake_ups(RESERVE), {token: 1})
    (anew,), _ = both.store.wake([RESERVE], {messages.RESERVATIONS: 0})
    assert anew.token != token

    # When the late one comes first, then it does the work, and the new one finds nothing and is forgotten
    assert [turns.take(RESERVE, messages.RESERVATIONS, "worker@test", one) for one in (token, anew.token)] == [3, 0]
    assert [read(state, job.id).state for job in wishes(3)] == [State.COMPLETE] * 3
    assert state.zcard(worker_keys.wake_ups(RESERVE)) == 0


def test_a_turn_that_decided_is_soon_back_and_no_second_slot_is_woken(both: BothWays, state: redis.Redis) -> None:
    both.submit(wishes(1))
    (token,) = state.zrange(worker_keys.wake_ups(RESERVE), 0, -1)
    assert both.decide(Slot(RESERVE, messages.RESERVATIONS, "worker@test", 0, token), 200).count == 1
    both.submit(wishes(2)[1:])
    assert state.zcard(worker_keys.wake_ups(RESERVE)) == 0


@pytest.mark.parametrize(("most", "options"), [(10, {}), (500, {"ttl_ms": 60_000})], ids=["in backlog", "undecided"])
def test_jobs_that_a_turn_leaves_wake_another_slot(
    both: BothWays, state: redis.Redis, most: int, options: dict[str, int]
) -> None:
    # Given as many jobs as two slots would do, which came when there was one slot
    lines = {"lines": [{"pool": "floor", "quantity": 1}]}
    both.submit([about(RESERVE, f"r{n:03}", data=lines, **options) for n in range(400)])
    (token,) = state.zrange(worker_keys.wake_ups(RESERVE), 0, -1)
    both.store.announce("worker@test", {messages.RESERVATIONS: 3}, [RESERVE], 60)

    # When it decides some of them, or none as all go the ordinary way, then the second slot is woken
    outcome = both.decide(Slot(RESERVE, messages.RESERVATIONS, "worker@test", 0, token), most)
    assert (outcome.count, outcome.left) == ((0, 400) if options else (10, 0))
    assert len(outcome.wakes) == 1
    assert token not in state.zrange(worker_keys.wake_ups(RESERVE), 0, -1)


def test_a_job_in_the_backlog_that_is_not_queued_is_put_away_undecided(both: BothWays, state: redis.Redis) -> None:
    both.submit(wishes(2))
    state.hset(keys.job("r000"), STORED["state"], "cancelled")  # no script leaves it so
    both.work([RESERVE])
    assert read(state, "r000").state == State.CANCELLED
    assert read(state, "r001").state == State.COMPLETE
    assert state.zcard(keys.index(RESERVE, "queued")) == 0
    assert told(state, "r000") == ["queued"]


@pytest.mark.parametrize("group", [SHOW, f"type:{RESERVE}"])
def test_nothing_of_a_paused_group_is_decided(both: BothWays, state: redis.Redis, group: str) -> None:
    both.submit(wishes(4))
    state.hset(keys.pauses(), group, "1")
    assert both.work([RESERVE]) == both.decided == (2 if group == SHOW else 0)
    assert [read(state, job.id).state for job in wishes(4)[::2]] == [State.QUEUED] * 2


def test_a_large_result_is_in_the_record_and_not_in_the_event(both: BothWays, state: redis.Redis) -> None:
    # Given a show of many pools, and a request for more of each than there is
    pools = {f"{'a' * 50}-{n}": 1 for n in range(100)}
    assert both.inventory.create("show:wide", definition(**pools)).status == "created"
    both.submit([about(RESERVE, "r1", "show:wide", data={"lines": [{"pool": one, "quantity": 2} for one in pools]})])
    assert both.decide(Slot(RESERVE, messages.RESERVATIONS, "worker@test", 0, "0-1"), 200).count == 1
    assert len(read(state, "r1").result["pools"]) == len(pools)
    assert [event.data for event in events_of(state) if event.event == "complete"] == [{"large": True}]
