"""How many streams a key may have open at once, over all web processes, and what ends one."""

import time
from typing import Any

import pytest
import redis

from tasks_app.access import Role, StreamPlaces
from tasks_app.errors import StateUnavailableError
from tests.integration.access.access_kit import Caller, Gate, made_by
from tests.integration.api_system import assert_problem

JOB = {"type": "resize_image"}


def watch(caller: Caller, job: str) -> Any:
    return caller.get(f"/v1/stream?topic=job:{job}")


def test_beyond_its_streams_a_key_opens_none_until_one_ends(gate: Gate) -> None:
    # Given a key that has its two streams open
    shop = gate.caller("shop", Role.CLIENT, streams="2")
    job = shop.post("/v1/jobs", JOB).json["id"]
    first, _second = watch(shop, job), watch(shop, job)
    assert next(first.response).startswith(b"retry")
    # Then a third is refused, and so is one that was never read
    refused = watch(shop, job)
    assert_problem(refused, 429, "too_many_streams")
    assert refused.headers["Retry-After"]
    # When one ends, then another may begin; other requests never counted
    first.close()
    first.close()
    assert shop.get("/v1/jobs").status_code == 200
    assert (watch(shop, job).status_code, watch(shop, job).status_code) == (200, 429)


def test_a_stream_that_nobody_read_ends_with_its_answer(gate: Gate) -> None:
    shop = gate.caller("shop", Role.CLIENT, streams="1")
    job = shop.post("/v1/jobs", JOB).json["id"]
    for _ in range(3):
        with watch(shop, job) as stream:
            assert stream.status_code == 200
        with shop.call("HEAD", f"/v1/stream?topic=job:{job}") as stream:
            assert stream.status_code == 200


def test_who_may_not_watch_takes_no_place(gate: Gate) -> None:
    ada, bob = (gate.caller(owner, Role.CLIENT, streams="1") for owner in ("ada", "bob"))
    job = ada.post("/v1/jobs", JOB).json["id"]
    assert [watch(bob, job).status_code for _ in range(3)] == [404] * 3
    assert watch(bob, bob.post("/v1/jobs", JOB).json["id"]).status_code == 200


def test_a_key_without_a_number_has_that_of_the_settings_and_0_and_none_are_numbers_too(gate: Gate) -> None:
    usual, free, never = (gate.caller("shop", Role.CLIENT, streams=streams) for streams in ("", "none", "0"))
    vars(gate.usher.settings)["streams"] = 1
    job = usual.post("/v1/jobs", JOB).json["id"]
    assert [watch(usual, job).status_code for _ in range(2)] == [200, 429]
    assert [watch(free, job).status_code for _ in range(3)] == [200] * 3
    assert watch(never, job).status_code == 429


def test_all_who_need_no_key_count_together(gate: Gate) -> None:
    vars(gate.usher.settings)["streams"] = 1
    job = gate.nobody().post("/v1/jobs", JOB).json["id"]
    assert [watch(gate.nobody(), job).status_code for _ in range(2)] == [200, 429]


def test_an_end_customer_counts_for_the_reservation(stocked: Gate) -> None:
    shop = stocked.caller("shop", Role.CLIENT, streams="none")
    vars(stocked.usher.settings)["streams"] = 1
    for _ in range(2):
        made = made_by(shop)["reservation_id"]
        ada = Caller(stocked.application, shop.post(f"/v1/reservations/{made}/token").json["token"])
        assert [watch(ada, made).status_code for _ in range(2)] == [200, 429]


def test_processes_count_together_and_a_silent_one_stops_counting(state, eventually) -> None:
    # Given a process that says every 0.1 s what it has open, and one that is killed: it says nothing more
    ours = StreamPlaces(state, renew_seconds=0.1, lease_seconds=0.5)
    killed = StreamPlaces(state, renew_seconds=3_600, lease_seconds=0.5)
    assert [ours.take("k", 3), killed.take("k", 3), killed.take("k", 3), ours.take("k", 3)] == [True] * 3 + [False]
    # Then the places of the killed one are free soon, and those of the other one are not
    eventually(lambda: ours.take("k", 3), 2)
    eventually(lambda: ours.take("k", 3), 2)
    # And those of a process that opens and ends nothing count on, for longer than its lease
    other, until = StreamPlaces(state), time.monotonic() + 1.2
    while time.monotonic() < until:
        assert not other.take("k", 3)
    for _ in range(3):
        ours.give_back("k")
    eventually(lambda: not state.keys("*api-streams*"), 2)


def test_what_no_bound_concerns_is_not_counted(gate: Gate, state) -> None:
    shop = gate.caller("shop", Role.CLIENT)
    assert watch(shop, shop.post("/v1/jobs", JOB).json["id"]).status_code == 200
    assert not state.keys("*api-streams*")


def test_while_the_state_is_away_a_bounded_stream_is_not_opened_and_one_may_end(state, valkey) -> None:
    client = redis.Redis.from_url(valkey.url(0), socket_timeout=1.0, decode_responses=True)
    places = StreamPlaces(client)
    assert places.take("k", 9)
    with valkey.frozen():
        for _ in range(3):
            with pytest.raises(StateUnavailableError):
                places.take("k", 9)
        places.give_back("k")
