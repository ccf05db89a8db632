"""The rules of types: as many as each look can bear, read as they were written, and heard by turns and wake-ups."""

import pytest

from tasks_app.errors import TooManyRulesError
from tasks_app.jobs import type_rules
from tasks_app.jobs.type_rules import Limits, Rate, Rules
from tasks_app.state import keys
from tests.jobs import TYPE, new, take_in
from worker.jobs.job_store import Slot

SECOND = Rate(2, 1_000)


def test_a_slow_type_of_weight_3_may_have_three_wake_ups_a_slot(state, store, usher):
    state.hset("{jobs}:pace", TYPE, "1000000")
    usher.types.put(TYPE, Rules(weight=3))
    assert len(take_in(state, *[new() for _ in range(50)])) == 6


def test_a_turn_learns_the_weight_of_its_type(state, store, usher):
    take_in(state, new())
    usher.types.put(TYPE, Rules(weight=3))
    assert store.turn(Slot(TYPE, "jobs", "worker@test", 0, "token"), 1).weight == 3


def test_rules_are_as_many_as_each_look_can_bear(state, usher):
    others = {f"other-{n}": Rules(weight=2).to_json() for n in range(type_rules.RULES_LIMIT - 1)}
    state.hset(keys.rules(), mapping=others)
    usher.types.put("one", Rules(weight=2))
    usher.types.put("one", Rules(weight=3))
    with pytest.raises(TooManyRulesError):
        usher.types.put("two", Rules(weight=2))
    usher.types.put("two", Rules())
    assert {one.type for one in usher.types.known()} == {*others, "one"}
    assert usher.types.of("one").rules.weight == 3


@pytest.mark.parametrize(
    "rules",
    [Rules(), Rules(2), Rules(1, Limits(3, SECOND)), Rules(5, Limits(None, SECOND), Limits(1, Rate(9, 60_000)))],
)
def test_rules_read_as_they_were_written(rules):
    assert Rules.parse(rules.to_json()) == rules
