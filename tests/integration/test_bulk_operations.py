"""Bulk operations: each action does what it does to one job, to all that are meant, once, and says so."""

from collections.abc import Callable
from typing import Any

import pytest
import redis

from tasks_app.jobs.job import State
from tasks_app.state import keys
from tests.integration.bulk_kit import BOOM, Bulk, times
from tests.jobs import TYPE, assert_consistent, claim, read
from tests.roots import Root
from worker.bulk import bulk
from worker.jobs.job_store import Settlement


@pytest.fixture
def many(usher: Root) -> Bulk:
    """Steps of three jobs, so that each operation takes several."""
    usher.give(bulk.step_terms, bulk.StepTerms(3, 3))
    return Bulk(usher)


def test_cancel_ends_all_jobs_that_are_not_over(many: Bulk, state: redis.Redis) -> None:
    queued, delayed = many.queued(4), many.queued(4, delay_ms=60_000)
    active, over = many.queued(2), many.ended(2)
    claim(many.store, *active)
    found = many.asked("cancel")
    assert (found.state, found.done, found.skipped, found.failed) == ("complete", 10, {}, {})
    assert {*many.states([*queued, *delayed, *active])} == {"cancelled"}
    assert {*many.states(over)} == {"failed"}
    assert_consistent(state, [TYPE, "bulk_operation"])


def test_replay_queues_what_failed_and_copies_what_is_complete(many: Bulk, state: redis.Redis) -> None:
    failed, complete, waiting = many.ended(4), many.ended(5, "complete"), many.queued(1)
    found = many.asked("replay")
    assert (found.done, found.skipped) == (9, {})
    assert {*many.states([*failed, *waiting])} == {"queued"}
    assert {*many.states(complete)} == {"complete"}
    copies = [
        job for job in many.usher.jobs.read_many(state.zrange(keys.index(TYPE, "queued"), 0, -1)) if job.replay_of
    ]
    assert sorted(job.replay_of for job in copies) == sorted(complete)
    assert times(state, "replayed") == dict.fromkeys(failed, 1)


def test_run_now_queues_what_is_delayed(many: Bulk) -> None:
    delayed = many.queued(4, delay_ms=60_000)
    assert many.asked("run_now").done == 4
    assert {*many.states(delayed)} == {"queued"}


@pytest.mark.parametrize("priority", [-15, 10])
def test_a_priority_is_given_to_all_that_wait_and_have_another(many: Bulk, state: redis.Redis, priority: int) -> None:
    waiting = [*many.queued(7), *many.queued(2, delay_ms=60_000)]
    has_it = many.queued(2, priority=priority)
    asked = many.ask("priority", priority, rate=9)  # those that have it already do not count in its rate
    many.part(asked)
    found = many.do(asked)
    assert (found.done, found.skipped) == (9, {})
    assert {job.priority for job in many.usher.jobs.read_many([*waiting, *has_it])} == {priority}
    assert times(state, "prioritised") == dict.fromkeys(waiting, 1)


def test_delete_drops_records_from_the_old_end(many: Bulk, state: redis.Redis) -> None:
    over = [*many.ended(4, "complete"), *many.ended(3), *many.ended(4, "complete")]
    waiting = many.queued(2)
    found = many.asked("delete")
    assert (found.done, found.skipped) == (11, {})
    assert {*many.states(over)} == {"gone"}
    assert {*many.states(waiting)} == {"queued"}
    assert state.llen(keys.complete(TYPE)) == 0
    assert_consistent(state, [TYPE, "bulk_operation"])


@pytest.mark.parametrize("action", ["delete", "replay"])
def test_only_what_the_filter_finds_is_changed(many: Bulk, action: str) -> None:
    wanted = [many.ended(1, verdict, title="Mail to ada")[0] for verdict in ("complete", "permanent") * 3]
    others = [many.ended(1, verdict, title="Mail to bob")[0] for verdict in ("complete", "permanent") * 3]
    before = many.states(others)
    found = many.asked(action, text="ADA")
    assert (found.done, found.skipped) == (6, {})
    assert many.states(others) == before
    if action == "delete":
        assert {*many.states(wanted)} == {"gone"}


def test_the_jobs_of_a_batch_are_found_with_the_code_of_their_error(many: Bulk) -> None:
    late = many.ended(4, batch="b" * 26, request="r", error=BOOM.replace("error", "time_limit"))
    others = [*many.ended(4, error=BOOM.replace("error", "time_limit")), *many.ended(2)]
    assert many.asked("replay", batch="b" * 26, code="time_limit").done == 4
    assert {*many.states(late)} == {"queued"}
    assert {*many.states(others)} == {"failed"}


def test_jobs_that_come_or_change_after_it_was_asked_for_are_not_touched(
    many: Bulk, eventually: Callable[..., None]
) -> None:
    # Given operations over failed and over delayed jobs
    failed, delayed, active = many.ended(4), many.queued(4, delay_ms=60_000), many.queued(4)
    claims = claim(many.store, *active)
    replay, run_now, cancel = many.ask("replay"), many.ask("run_now"), many.ask("cancel", state=State.QUEUED)

    # When others fail, wait and come before a worker begins them
    asked_ms = read(many.state, cancel).created_ms
    eventually(lambda: many.now_ms() > asked_ms)
    later = [*many.ended(3), *many.queued(3, delay_ms=60_000), *many.queued(3)]
    many.store.settle([Settlement(one, "permanent", BOOM) for one in claims[:2]])
    many.store.settle([Settlement(one, "snoozed", '"busy"', 60_000) for one in claims[2:]])
    before = many.states(later)

    # Then only the jobs that were meant are changed
    assert [many.do(one).done for one in (replay, run_now, cancel)] == [4, 6, 0]
    assert many.states(later) == before
    assert {*many.states([*failed, *delayed])} == {"queued"}
    assert many.states(active) == ["failed", "failed", "queued", "queued"]


def test_jobs_that_no_longer_match_are_counted_as_changed(many: Bulk) -> None:
    ids = many.ended(5)
    asked = many.ask("replay", state=State.FAILED)
    many.usher.controls.replay(ids[0])
    many.usher.controls.forget(ids[1])
    found = many.do(asked)
    assert (found.done, found.skipped, found.looked_at) == (3, {"changed": 2}, 5)


def test_two_operations_over_the_same_jobs_do_each_job_once(many: Bulk, state: redis.Redis) -> None:
    ids = many.ended(20)
    both = [many.ask("replay", state=State.FAILED, rate=5) for _ in range(2)]
    for bulk_id in both:  # at its rate, each has done some of them after its first part
        many.part(bulk_id)
    for bulk_id in both:
        state.hset(keys.job(bulk_id), "d", state.hget(keys.job(bulk_id), "d").replace('"rate":5', '"rate":null'))
    found = [many.do(bulk_id) for bulk_id in both]
    assert all(one.done for one in found)
    assert [one.done + one.skipped["changed"] for one in found] == [20, 20]
    assert sum(one.done for one in found) == 20
    assert times(state, "replayed") == dict.fromkeys(ids, 1)


def test_a_job_whose_units_may_be_taken_is_left_and_named(many: Bulk) -> None:
    (about,) = many.queued(1, target="show:x")
    many.store.settle([Settlement(one, "snoozed", '"busy"', 60_000) for one in claim(many.store, about)])
    others = many.queued(2)
    found = many.asked("cancel")
    assert (found.done, found.skipped, found.examples) == (2, {"not_possible": 1}, {"not_possible": [about]})
    assert many.states([about, *others]) == ["delayed", "cancelled", "cancelled"]


def test_bulk_operations_leave_bulk_operations_alone(many: Bulk) -> None:
    first = many.ask("cancel", type="nothing")
    found = many.asked("cancel", type="", text="b")
    assert (found.done, many.usher.bulk.read(first).state) == (0, "running")


def test_a_stop_in_the_middle_leaves_the_rest(many: Bulk) -> None:
    # Given an operation that is stopped while its worker is at work
    ids = many.ended(12)
    asked = many.ask("replay")
    steps = []

    class Stopped(bulk.Steps):
        def act(self, *arguments: Any) -> None:
            super().act(*arguments)
            steps.append(1)
            if len(steps) == 2:
                many.usher.controls.cancel(asked)

    many.usher.give(bulk.step_terms, bulk.StepTerms(3, 3, Stopped))

    # When the worker goes on, then it changes nothing more, and the report says what was done
    found = many.do(asked)
    done = found.done  # two steps; on a busy machine a step is smaller
    assert 0 < done <= 6
    assert (found.state, found.looked_at) == ("stopped", done)
    assert sorted(many.states(ids)) == ["failed"] * (12 - done) + ["queued"] * done


def test_it_never_changes_more_than_its_rate(many: Bulk, state: redis.Redis) -> None:
    many.ended(9)
    asked = many.ask("replay", rate=4)
    many.part(asked)
    assert times(state, "replayed").total() == 4
    assert read(state, asked).snoozed == "its rate"
