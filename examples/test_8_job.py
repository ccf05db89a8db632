"""Part 11: tests of the function of part 10, with the queue's test mode; `pytest examples/test_8_job.py` runs them.

In test mode jobs are kept for a look instead of being sent: no server is needed, and nothing is processed. The tested
code need not know of it, since `create_queue` gives it the same queue.
"""

import pytest

from usher import create_queue
from usher.course import create_push_notifications_jobs

JOBS = [
    {"phoneNumber": "4153518780", "message": "This is the code 1234 to verify your account"},
    {"phoneNumber": "4153518743", "message": "This is the code 4321 to verify your account"},
]


@pytest.fixture
def queue():
    queue = create_queue()
    queue.test_mode.enter()
    yield queue
    queue.test_mode.clear()
    queue.test_mode.exit()


def test_an_argument_that_is_no_list_is_refused(queue):
    with pytest.raises(TypeError, match="Jobs is not an array"):
        create_push_notifications_jobs({"not": "a list"}, queue)  # type: ignore[arg-type]
    assert queue.test_mode.jobs == []


def test_each_item_becomes_a_job_of_the_type_push_notification_code_3(queue):
    create_push_notifications_jobs(JOBS, queue)
    assert [(job.type, job.data) for job in queue.test_mode.jobs] == [
        ("push_notification_code_3", JOBS[0]),
        ("push_notification_code_3", JOBS[1]),
    ]


def test_each_job_announces_that_it_was_created(queue, capsys):
    create_push_notifications_jobs(JOBS, queue)
    told = [f"Notification job created: {job.id}" for job in queue.test_mode.jobs]
    assert capsys.readouterr().out.splitlines() == told
