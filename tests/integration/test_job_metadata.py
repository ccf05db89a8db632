"""Metadata of jobs reach handlers, are taken over by a replacing job, and stay with reservations in both ways."""

from typing import Any

import pytest
import redis

from tasks_app.inventory import Wanted
from tasks_app.inventory.reservation_lists import ReservationLists
from tasks_app.jobs.job import Unique
from tasks_app.state import keys
from tests.integration.both_ways import BothWays
from tests.integration.reserving_scenarios import SHOW, about, floor
from tests.jobs import TYPE, new, read, take_in
from worker.jobs.active import ActiveJob

ORDER: dict[str, Any] = {"order": "4711", "any": [1.0, {}, None]}


def test_a_handler_sees_the_metadata_of_its_job(state: redis.Redis, store: Any) -> None:
    take_in(state, new(metadata=ORDER), new())
    found = [ActiveJob(TYPE, claim, store).metadata for claim in store.claim(TYPE, "worker@test", 2)]
    assert found == [ORDER, {}]


def test_a_job_that_is_replaced_takes_over_the_metadata_or_their_absence(state: redis.Redis) -> None:
    unique = Unique("report", "queued", "replace")
    first = new(metadata={"order": "1"}, unique=unique)
    take_in(state, first)
    take_in(state, new(metadata=ORDER, unique=unique))
    assert read(state, first.id).metadata == ORDER
    take_in(state, new(unique=unique))
    assert read(state, first.id).metadata == {}


@pytest.mark.parametrize("sell", [False, True])
def test_reservations_keep_their_metadata_and_are_listed_alike_in_both_ways(both: BothWays, sell: bool) -> None:
    # Given reservations with and without metadata and customers; one is repeated, one is refused, one is released
    def do(same: BothWays) -> None:
        data = {**floor(1, customer="ada"), "sell": sell}
        jobs = [
            about("reserve_seat", "r1", data=data, metadata=ORDER),
            about("reserve_seat", "r2", data=data),
            about("reserve_seat", "r3", data={**floor(1), "sell": sell}, metadata={"order": 5}),
            about("reserve_seat", "r4", data=floor(100, customer="ada"), metadata=ORDER),
        ]
        same.submit(jobs)
        same.work()
        same.submit([about("release", "x1", data={"reservation": "r1"})])
        same.work()

    found = both.compared(do)
    # Then both ways come to the same, and the lists have those that took units
    assert {key.partition("found:")[2]: [one for one, _ in rows] for key, rows in found["found"].items()} == {
        "customer:ada": ["r1", "r2"],
        "metadata.order:4711": ["r1"],
        "metadata.order:5": ["r3"],
    }
    kept = {one.id: one.metadata for one in ReservationLists(both.state).page(Wanted(target=SHOW), "", 9).reservations}
    assert kept == {"r1": ORDER, "r2": {}, "r3": {"order": 5}}


def test_an_id_that_comes_again_with_other_metadata_is_refused(both: BothWays) -> None:
    outcomes: list[str] = []

    def do(same: BothWays) -> None:
        for metadata in (ORDER, {"order": "other"}, ORDER):
            same.submit([about("reserve_seat", "r1", data=floor(1), metadata=metadata)])
            same.work()
            outcomes.append(read(same.state, "r1").result["outcome"])
            same.state.delete(keys.job("r1"))  # as if it was forgotten

    for decides in (False, True):
        both.lay_out(decides)
        do(both)
    assert outcomes == ["held", "refused", "held"] * 2
