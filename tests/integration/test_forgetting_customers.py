"""A customer is forgotten: no trace of the name is left, all sums stay right, and limits still know the customer."""

import json
from typing import Any

import pytest
import redis

from tasks_app.customers import Pseudonyms
from tasks_app.inventory import reservation_ids
from tasks_app.jobs import NewJob, State, groups
from tasks_app.state import customer_keys, inventory_keys, keys
from tests.integration.both_ways import BothWays
from tests.integration.forgetting_kit import ADA, OTHER, everything, forget, reserve, sell, traces
from tests.inventory_kit import SHOW, assert_true_numbers, ledger
from tests.jobs import events_of, read


@pytest.fixture
def sale(both: BothWays) -> BothWays:
    return sell(both)


def test_no_trace_of_the_name_is_left_and_all_sums_are_right(sale: BothWays, state: redis.Redis) -> None:
    # Given two shows with sales and holds that are over
    assert len(traces(state)) > 10
    before = {target: ledger(state, target) for target in (SHOW, OTHER)}
    numbers = {target: sale.usher.inventories.read(target).pools for target in before}

    # When Ada is forgotten
    done = forget(sale)

    # Then the name is nowhere, ledgers tell the same of a pseudonym, and the audits agree
    alias = Pseudonyms(state).of(ADA)
    assert done.result["outcome"] == "forgotten"
    assert done.result["customer"] == alias
    assert done.result["replaced"].items() >= {"reservations": 5, "changes": 5, "jobs": 5}.items()
    assert traces(state) == []
    for target, entries in before.items():
        assert_true_numbers(state, target)
        assert sale.usher.inventories.read(target).pools == numbers[target]
        now = ledger(state, target)
        assert [(one.id, one.version, one.event, one.about) for one in now] == [
            (one.id, one.version, one.event, one.about) for one in entries
        ]
        assert [one.data.get("customer") for one in now] == [
            alias if one.data.get("customer") == ADA else one.data.get("customer") for one in entries
        ]
    listed = state.zrange(inventory_keys.found("customer", alias), 0, -1)
    assert sorted(listed) == ["a", "c", "e", "f", "h"]
    assert not state.exists(customer_keys.rewritten(), customer_keys.rewritten_jobs(), customer_keys.forgetting_lock())


def test_others_keep_what_is_theirs(sale: BothWays, state: redis.Redis) -> None:
    before = sale.usher.inventories.hold(SHOW, "b"), read(state, "b"), sale.usher.inventories.hold(OTHER, "g")
    forget(sale)
    assert (sale.usher.inventories.hold(SHOW, "b"), read(state, "b"), sale.usher.inventories.hold(OTHER, "g")) == before
    assert state.hget(inventory_keys.inventory(OTHER, "cust"), "bob") == "1"


def test_a_limit_still_knows_who_comes_back(sale: BothWays, state: redis.Redis) -> None:
    # Given Ada, who has one sale where five are allowed, is forgotten
    forget(sale)
    alias = Pseudonyms(state).of(ADA)
    assert state.hgetall(inventory_keys.inventory(OTHER, "cust")) == {alias: "1", "bob": "1"}

    # When she takes four more, and then a fifth
    reserve(sale, *((f"new-{n}", OTHER, ADA) for n in range(5)))

    # Then the fifth is refused, and a second forgetting adds up
    outcomes = [read(state, f"new-{n}").result for n in range(5)]
    assert [one["outcome"] for one in outcomes] == ["held"] * 4 + ["refused"]
    assert outcomes[4] | {"present": 5, "code": "limit_exceeded"} == outcomes[4]
    assert sale.usher.inventories.hold(OTHER, "new-0").customer == ADA
    sale.advance(1_000)
    assert forget(sale, job_id="again").result["customer"] == alias
    assert_true_numbers(state, OTHER)
    assert traces(state) == []


def test_a_repeated_reservation_of_a_forgotten_customer_takes_nothing_twice(sale: BothWays, state: redis.Redis) -> None:
    forget(sale)
    state.unlink(keys.job("e"))
    state.lrem(keys.complete("reserve_seat"), 0, "e")
    reserve(sale, ("e", OTHER, ADA))
    assert read(state, "e").result["outcome"] == "held"
    assert sale.usher.inventories.read(OTHER).pools["floor"].sold == 2
    assert_true_numbers(state, OTHER)


def test_who_has_a_hold_or_a_job_that_waits_is_not_forgotten(sale: BothWays, state: redis.Redis) -> None:
    sale.inventory.edit(OTHER, "long", {"hold_seconds": 10**7, "hold_max_seconds": 10**7})  # for readers, time goes on
    held = reservation_ids.carrying("h" * 26, OTHER)
    reserve(sale, (held, OTHER, ADA))
    sale.submit([NewJob("push_notification", {"to": ADA, "message": "Dear Ada"}, "waits")])
    sale.submit([NewJob("push_notification", {"to": "bob", "message": "Dear Bob"}, "bobs")])
    before = everything(state)
    done = forget(sale)
    told = {"held": 1, "unfinished": 1, "reservations": [held], "jobs": ["waits"]}
    assert done.result == {"outcome": "refused", "code": "customer_busy", **told}
    assert [line for line in before.splitlines() if "show:" in line] == [
        line for line in everything(state).splitlines() if "show:" in line
    ]
    assert "name" not in state.hgetall(customer_keys.forgetting("forget"))


def test_pauses_of_her_key_end_and_those_of_other_keys_stay(sale: BothWays, state: redis.Redis) -> None:
    of_others = [groups.of_key("resize", f"{ADA} "), groups.of_key("resize", "bob"), groups.of_type("resize")]
    for group in (groups.of_key("resize", ADA), groups.of_key("push_notification", ADA), *of_others[1:]):
        sale.usher.controls.pause(group, "too many for Ada" if ADA in group else "")
    sale.usher.controls.pause(of_others[0])
    forget(sale)
    assert sorted(sale.usher.jobs.pauses()) == sorted(of_others)
    sale.usher.controls.resume(of_others[0])  # another name, which has hers in it
    assert traces(state) == []


TEXTS = {"title": "For Ada", "metadata": {"email": "ada@example.org"}}
JOBS = (("sent", "push_notification", "to"), ("own", "resize", "customer"), ("failed", "resize", "phoneNumber"))


def end(state: redis.Redis, name: str, job_type: str, result: Any, says: str) -> None:
    """The job ends with this, and an event says so."""
    ended = "failed" if name == "failed" else "complete"
    state.zrem(keys.index(job_type, "queued"), name)
    fields = {"s": ended, "f": "1790000000000", "r": json.dumps(result), "error": json.dumps(says)}
    state.hset(keys.job(name), mapping=fields)
    state.rpush(keys.log(name), says)
    if ended == "complete":
        state.rpush(keys.complete(job_type), name)
    else:
        state.zadd(keys.index(job_type, ended), {name: 1790000000000})
    told = {"event": ended, "job": name, "type": job_type, "batch": "batch", "data": json.dumps({"message": says})}
    state.xadd(keys.events(), told)


def test_jobs_that_are_over_keep_what_counts_and_lose_the_rest(sale: BothWays, state: redis.Redis) -> None:
    # Given jobs about Ada that are over: a notification, one of a user's type, one that failed; and one of Bob's
    for name, job_type, whose in JOBS:
        data = {whose: ADA, "message": "Dear Ada", "secret": 1}
        sale.submit([NewJob(job_type, data, name, batch="batch", **TEXTS)])
        end(state, name, job_type, {"outcome": "sent", "to": ADA}, "no ada@example.org")
    sale.submit([NewJob("resize", {"customer": "bob"}, "bobs", title="For Bob")])
    end(state, "bobs", "resize", {"outcome": "sent", "to": "bob"}, "no bob@example.org")
    bobs = read(state, "bobs")

    # When she is forgotten
    forget(sale)

    # Then what counts is left, the failed one is gone, and Bob's is whole
    alias = Pseudonyms(state).of(ADA)
    sent, own = read(state, "sent"), read(state, "own")
    assert (sent.data, sent.outcome, sent.title, sent.metadata) == ({"to": alias, "message": ""}, "sent", "", {})
    assert (own.data, own.result, own.state) == ({"customer": alias}, {"outcome": "sent"}, State.COMPLETE)
    assert not state.exists(keys.job("failed"), keys.log("own"), keys.log("sent"))
    assert state.zscore(keys.index("resize", "failed"), "failed") is None
    assert state.hget(keys.batch("batch"), "gone") == "1"
    assert (read(state, "bobs"), state.lrange(keys.log("bobs"), 0, -1)) == (bobs, ["no bob@example.org"])
    texts = {one.job: one.data["message"] for one in events_of(state) if "message" in one.data}
    assert texts == {"sent": "forgotten", "own": "forgotten", "failed": "forgotten", "bobs": "no bob@example.org"}
    assert traces(state) == []
