"""What goes into one message, and at which level."""

import pytest

from tasks_app import messages
from tasks_app.messages import Nudge, grouped, level_of, queue_of


@pytest.mark.parametrize(
    ("priority", "level"), [(-99, 0), (-15, 0), (-14, 1), (-10, 1), (-7, 2), (-5, 2), (-1, 3), (0, 3), (1, 4), (10, 4)]
)
def test_a_priority_between_two_names_counts_as_the_less_urgent(priority, level):
    assert level_of(priority) == level


def test_own_types_travel_on_the_queue_jobs():
    assert queue_of("resize_image") == "jobs"
    assert queue_of(messages.RESERVE_SEAT) == "reservations"
    assert queue_of(messages.PUSH_NOTIFICATION) == "notifications"


def test_reservations_share_messages_up_to_the_limit():
    nudges = [Nudge(str(number), messages.RESERVE_SEAT, 0) for number in range(450)]
    sizes = [len(ids) for _, _, ids in grouped(nudges)]
    assert sizes == [200, 200, 50]


def test_jobs_of_one_message_have_one_type_and_one_level_and_keep_their_order():
    # Given jobs of two types and two levels, mixed
    types = [messages.RESERVE_SEAT, messages.RESERVE_STOCK]
    nudges = [Nudge(str(n), types[n % 2], -15 if n % 4 < 2 else 0) for n in range(40)]

    # When they are grouped
    groups = list(grouped(nudges))

    # Then each group is of one kind, nothing is lost, and first stays first
    assert sorted((job_type, level) for job_type, level, _ in groups) == sorted(
        (job_type, level) for job_type in types for level in (0, 3)
    )
    assert sorted(job_id for _, _, ids in groups for job_id in ids) == sorted(nudge.id for nudge in nudges)
    assert all(ids == sorted(ids, key=int) for _, _, ids in groups)


def test_a_job_that_may_take_long_has_a_message_of_its_own():
    groups = list(grouped([Nudge("a", "resize_image", 0), Nudge("b", "resize_image", 0)]))
    assert [ids for _, _, ids in groups] == [["a"], ["b"]]
