"""The queue and the level of a wake-up; the scripts use the same."""

import pytest

from tasks_app.jobs import messages
from tasks_app.jobs.messages import level_of, queue_of
from tasks_app.lua.job_scripts import SHARED, text
from tasks_app.own_types import OwnType


@pytest.mark.parametrize(
    ("priority", "level"), [(-99, 0), (-15, 0), (-14, 1), (-10, 1), (-7, 2), (-5, 2), (-1, 3), (0, 3), (1, 4), (10, 4)]
)
def test_a_priority_between_two_names_counts_as_the_less_urgent(priority, level):
    assert level_of(priority) == level


def test_own_types_travel_on_the_queue_jobs():
    assert queue_of("resize_image") == "jobs"
    assert queue_of(messages.RESERVE_SEAT) == "reservations"
    assert queue_of(messages.PUSH_NOTIFICATION) == "notifications"


@pytest.mark.parametrize("name", [*OwnType, "resize_image", "celery.group"])
def test_the_scripts_know_the_queue_of_each_type(state, name):
    script = "".join(text(f"jobs/{part}") for part in SHARED) + "return lane_of(ARGV[1])"
    assert state.eval(script, 1, "{jobs}:events", name) == queue_of(name)


@pytest.mark.parametrize("priority", [-99, -15, -14, -10, -7, -5, -1, 0, 1, 10])
def test_the_scripts_know_the_level_of_each_priority(state, priority):
    script = "".join(text(f"jobs/{name}") for name in SHARED) + "return level_of(ARGV[1])"
    assert state.eval(script, 1, "events", priority) == level_of(priority)
