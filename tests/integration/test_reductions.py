"""A part of a reservation is given back: once, never more than there is, and the rest stays."""

import pytest
import redis

from tasks_app.inventory import Line
from tasks_app.state import inventory_keys
from tests.integration.api_system import Api, assert_problem
from tests.integration.both_ways import BothWays
from tests.integration.reserving_scenarios import about, floor
from tests.inventory_kit import (
    SHOW,
    TimedInventory,
    assert_true_numbers,
    confirm,
    counters,
    deadlines,
    events,
    held_show,
    ledger,
    on_sale,
    reduce,
    release,
    reserve,
)
from tests.jobs import read
from worker.inventory.requests import Reduction


@pytest.fixture
def inventory(usher: object, state: redis.Redis) -> TimedInventory:
    return held_show(state)


@pytest.mark.parametrize("sold", [False, True])
def test_a_part_is_given_back_once_and_the_rest_stays(
    inventory: TimedInventory, state: redis.Redis, sold: bool
) -> None:
    # Given six units, held or sold
    if sold:
        confirm(inventory)
    before = deadlines(state)

    # When two of them are given back, and the message comes again
    outcome = reduce(inventory, ("floor", 1), ("floor", 1))
    assert (outcome.status, outcome.data["lines"]) == ("reduced", [{"pool": "floor", "quantity": 4}])
    assert reduce(inventory, ("floor", 1), ("floor", 1)) == outcome

    # Then four are left, with their deadline, and the ledger says who gave back what
    assert counters(state) == (10, 0, 4) if sold else (10, 4, 0)
    assert deadlines(state) == before
    entry = ledger(state)[-1]
    lines, was = [{"pool": "floor", "quantity": 2}], "confirmed" if sold else "held"
    assert (entry.event, entry.about, entry.data) == ("reduced", "r1", {"lines": lines, "was": was, "job": "reduce"})
    assert_true_numbers(state)


def test_what_was_given_back_no_longer_counts_for_the_customer(inventory: TimedInventory, state: redis.Redis) -> None:
    assert reserve(inventory, "r2", customer="one").code == "limit_exceeded"
    reduce(inventory, ("floor", 2))
    assert reserve(inventory, "r2", ("floor", 2), customer="one").status == "held"
    assert reserve(inventory, "r3", customer="one").data["present"] == 6
    assert_true_numbers(state)


def test_more_than_there_is_gives_nothing_back(inventory: TimedInventory, state: redis.Redis) -> None:
    reduce(inventory, ("floor", 4))
    outcome = reduce(inventory, ("floor", 3), ("balcony", 1), operation="more")
    assert (outcome.code, outcome.data["pools"]) == (
        "not_that_many",
        {"floor": {"asked": 3, "present": 2}, "balcony": {"asked": 1, "present": 0}},
    )
    assert counters(state) == (10, 2, 0)


def test_all_of_it_is_a_release(inventory: TimedInventory, state: redis.Redis) -> None:
    outcome = reduce(inventory, ("floor", 6))
    assert (outcome.status, outcome.data["state"]) == ("released", "released")
    assert reduce(inventory, ("floor", 6)) == outcome
    assert reduce(inventory, ("floor", 1), operation="later").status == "released"
    assert (events(state), deadlines(state)) == (["created", "held", "released"], {})
    assert_true_numbers(state)


def test_nothing_is_left_to_give_back_after_the_deadline(inventory: TimedInventory, state: redis.Redis) -> None:
    # Given a hold of which a part was given back, and whose deadline is past
    reduce(inventory, ("floor", 2))
    inventory.advance(100)
    assert reduce(inventory, ("floor", 1), operation="later").status == "expired"

    # When it is taken again, then the rest of it is
    assert confirm(inventory, reacquire=True).data["lines"] == [{"pool": "floor", "quantity": 4}]
    assert counters(state) == (10, 0, 4)
    assert_true_numbers(state)


def test_a_pool_of_which_all_was_given_back_is_gone_from_the_lines(state: redis.Redis, usher: object) -> None:
    inventory = on_sale(state, floor=10, balcony=4)
    reserve(inventory, "r1", ("floor", 2), ("balcony", 1))
    assert reduce(inventory, ("floor", 2)).data["lines"] == [{"pool": "balcony", "quantity": 1}]
    assert_true_numbers(state)
    assert release(inventory).data["lines"] == [{"pool": "balcony", "quantity": 1}]
    assert ledger(state)[-1].data["lines"] == [{"pool": "balcony", "quantity": 1}]
    assert_true_numbers(state)


def test_a_repeated_reservation_is_still_recognised(inventory: TimedInventory) -> None:
    reduce(inventory, ("floor", 2))
    again = reserve(inventory, "r1", ("floor", 6), customer="one")
    assert (again.status, again.data["lines"]) == ("held", [{"pool": "floor", "quantity": 4}])
    assert reserve(inventory, "r1", ("floor", 4), customer="one").code == "idempotency_key_reused"


def test_many_are_reduced_in_one_call_and_then_forgotten(inventory: TimedInventory, state: redis.Redis) -> None:
    # Given two holds that one call reduces
    reserve(inventory, "r2", ("floor", 3), customer="two")
    wishes = [Reduction("a", "r1", [Line("floor", 1)]), Reduction("b", "r2", [Line("floor", 2)])]
    assert [outcome.status for outcome in inventory.reduce(SHOW, wishes)] == ["reduced", "reduced"]
    assert state.hlen(inventory_keys.inventory(SHOW, "ops")) == 2
    assert_true_numbers(state)

    # When their retention ends, then both answers are forgotten, and the audit accepts it
    inventory.advance(5_000)
    inventory.expire(SHOW, 10)
    inventory.forget(SHOW, 1_000, 1_000)
    assert state.hlen(inventory_keys.inventory(SHOW, "ops")) == 0
    assert_true_numbers(state)


def test_a_reduction_that_overtakes_its_reservation_waits_for_it(both: BothWays, state: redis.Redis) -> None:
    data = {"reservation": "r1", **floor(1)}
    both.submit([about("reserve_seat", "r1", data=floor(3)), about("reduce", "c1", data=data)])
    both.work(["reduce"])
    both.work(["reserve_seat"])
    both.advance(501)
    both.store.promote(["reduce"])
    both.work(["reduce"])
    assert read(state, "c1").result == {"outcome": "expired"}  # the hold lived for 100 ms


def test_a_reduction_over_http_answers_with_what_is_left(api: Api) -> None:
    # Given three units, held
    show = api.show(floor=10)
    body = {"lines": [{"pool": "floor", "quantity": 3}]}
    held = api.post(f"/v1/shows/{show}/reservations", body, Prefer="wait=10").json["id"]
    path, one = f"/v1/reservations/{held}/reduce", {"lines": [{"pool": "floor"}]}

    # When one of them is given back, and the request is repeated with its key
    answers = [api.post(path, one, Prefer="wait=10", Idempotency_Key="once") for _ in range(2)]
    assert [(answer.status_code, answer.json["lines"][0]["quantity"]) for answer in answers] == [(200, 2)] * 2

    # Then two are left, more than that cannot be given back, and the rest can
    problem = assert_problem(api.post(path, body, Prefer="wait=10"), 409, "not_that_many")
    assert problem["detail"] == "You give back 3 of `floor`, of which the reservation has 2."
    assert problem["refusal"]["pools"] == {"floor": {"asked": 3, "present": 2}}
    rest = {"lines": [{"pool": "floor", "quantity": 2}]}
    assert api.post(path, rest, Prefer="wait=10").json["state"] == "released"
    assert api.get(f"/v1/shows/{show}").json["pools"]["floor"]["available"] == 10
    assert_problem(api.post(path, {"lines": []}), 422, "invalid_request")


def test_a_reservation_over_several_is_not_reduced(api: Api) -> None:
    lines = [{"show": api.show(floor=4), "pool": "floor", "quantity": 2}, {"product": api.product(4)}]
    held = api.post("/v1/reservations", {"lines": lines}, Prefer="wait=10")
    assert held.status_code == 201, held.text
    path = f"/v1/reservations/{held.json['id']}/reduce"
    assert_problem(api.post(path, {"lines": [{"pool": "floor"}]}, Prefer="wait=10"), 409, "over_several")
