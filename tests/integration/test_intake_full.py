"""Taking jobs in where memory is scarce: what is held is settled first, and what is over makes room."""

import pytest
import redis

from tasks_app.errors import QueueFullError
from tasks_app.jobs import new_job
from tasks_app.jobs.intake import Intake, Ticket
from tasks_app.state import keys
from tests.jobs import TYPE, new, news, options, slot_claims, take_in, where
from worker.jobs.job_store import JobStore, Settlement


@pytest.fixture
def full(state):
    """Sets the server's memory limit to this share of the used memory; 0 = no limit, as it is after the test."""
    take_in(state, new(type="earlier"))  # so that the server has the script already

    def limit(share: float) -> None:
        state.config_set("maxmemory", int(state.info("memory")["used_memory"] * share))

    yield limit
    state.config_set("maxmemory", 0)


def test_while_memory_is_scarce_holds_are_sold_and_released_and_nothing_new_begins(state, full):
    # Given a server whose memory is filled to more than nine tenths
    intake = Intake(state, lambda _: None, options())
    full(1.05)

    # When a group of requests comes in at once
    refused, taken = [new(), new(type="reserve_seat", target="show:a")], []
    for kind in ("confirm", "extend", "reduce", "release", "restock", "set_capacity", "set_status", "edit_inventory"):
        taken.append(new(type=kind, target="show:a"))

    # Then new reservations wait, and changes of existing ones do not
    for job in refused:
        with pytest.raises(QueueFullError):
            intake.submit([job])
    assert [news(intake.submit([job])) for job in taken] == [[True]] * len(taken)
    with pytest.raises(QueueFullError):  # together they are one request
        intake.submit([new(type="confirm", target="show:a"), new()])


def test_a_request_refused_for_lack_of_memory_keeps_no_other_out(state, full):
    # Given a reservation and a confirmation that are written as one group
    intake = Intake(state, lambda _: None, options())
    full(1.05)
    confirm, reserve = new(type="confirm", target="show:a"), new(type="reserve_seat", target="show:a")
    tickets = [Ticket([job], next(new_job.parts([job], options()))) for job in (reserve, confirm)]
    intake._write(tickets)

    # Then the first is refused, the other recorded
    assert isinstance(tickets[0].error, QueueFullError)
    assert tickets[1].answers == ["new"]
    assert (where(state, confirm.id, ["confirm"]), state.exists(keys.job(reserve.id))) == (["queued"], 0)


def test_a_full_server_forgets_ended_jobs_and_has_room_again(state, full, eventually):
    # Given jobs that are over, and a server that takes nothing more
    store = JobStore(state, options(keep_count=1))
    jobs = [new(data={"text": "x" * 20_000}) for _ in range(50)]
    take_in(state, *jobs)
    claims = slot_claims(store, [job.id for job in jobs], "w")
    full(0.99)
    assert store.settle([Settlement(claim, "complete", "{}") for claim in claims]) == [True] * len(jobs)

    def has_room():
        try:
            return state.set("more", "1")
        except redis.OutOfMemoryError:
            return False

    assert not has_room()

    # When the clock forgets, then there is room; the server frees the memory after its answer
    store.forget([TYPE])
    assert state.llen(keys.complete(TYPE)) == 1
    eventually(has_room)
