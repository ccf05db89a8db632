"""The test mode of a queue: jobs are captured, nothing is processed, nothing connects."""

import threading
from datetime import UTC, datetime

import pytest

from tasks_app.jobs.job import Backoff
from tasks_app.program import create_queue
from tasks_app.queue.push_notifications import create_push_notifications_jobs
from tasks_app.usher import Usher

CODES = [
    {"phoneNumber": "4153518780", "message": "This is the code 1234 to verify your account"},
    {"phoneNumber": "4153518743", "message": "This is the code 4321 to verify your account"},
]


@pytest.fixture(autouse=True)
def fresh_program(no_network, become):
    """A program whose Usher has no connections yet, as other tests may have left some, and gets none."""
    become(None)


@pytest.fixture
def queue():
    """As in the course's own tests: enter, clear, exit."""
    queue = create_queue()
    queue.test_mode.enter()
    yield queue
    queue.test_mode.clear()
    queue.test_mode.exit()


@pytest.mark.parametrize("wrong", [None, "jobs", {"phoneNumber": "1"}, 7, ({},)])
def test_jobs_that_are_no_list_are_an_error(queue, wrong):
    with pytest.raises(TypeError, match=r"^Jobs is not an array$"):
        create_push_notifications_jobs(wrong, queue)
    assert queue.test_mode.jobs == []


def test_each_item_becomes_a_job_with_type_and_data(queue, capsys):
    # When jobs are created in test mode
    threads = threading.active_count()
    made = create_push_notifications_jobs(CODES, queue)

    # Then they are captured, and announced as created; nothing else happens
    assert [(job.type, job.data) for job in queue.test_mode.jobs] == [
        ("push_notification_code_3", code) for code in CODES
    ]
    assert queue.test_mode.jobs == made
    assert capsys.readouterr().out.splitlines() == [f"Notification job created: {job.id}" for job in made]
    assert threading.active_count() == threads


def test_the_jobs_of_one_call_are_one_batch(queue):
    first, second = (create_push_notifications_jobs(CODES, queue) for _ in range(2))
    assert len({job.request.batch for job in first}) == 1
    assert first[0].request.batch
    assert first[0].request.batch != second[0].request.batch


def test_an_empty_list_of_jobs_is_no_error_and_needs_no_server():
    queue = Usher().create_queue()
    assert create_push_notifications_jobs([], queue) == []


def test_nothing_is_processed(queue):
    job = queue.create("push_notification_code", CODES[0]).save()
    assert (job.state, job.over, job.percent) == (None, False, 0)
    assert queue.wait(seconds=60) is False
    assert queue.wait([], 60) is True


def test_captured_jobs_stay_until_they_are_cleared():
    queue = Usher().create_queue()
    queue.test_mode.enter()
    job = queue.create("resize_image", {}).save()
    queue.test_mode.exit()
    assert queue.test_mode.jobs == [job]
    queue.test_mode.clear()
    assert queue.test_mode.jobs == []


def test_outside_of_the_test_mode_the_queue_is_the_real_one():
    queue = Usher().create_queue()
    with queue.test_mode:
        queue.create("resize_image", {}).save()
    with pytest.raises(AssertionError, match="something connects"):
        queue.create("resize_image", {}).save()


def test_as_a_context_manager_it_leaves_nothing_behind():
    queue = Usher().create_queue()
    with queue.test_mode as captured:
        queue.create("resize_image", {}).save()
        assert len(captured.jobs) == 1
    assert (queue.test_mode.active, queue.test_mode.jobs) == (False, [])


def test_a_job_that_is_saved_again_is_the_same_job(queue):
    created = []
    job = queue.create("resize_image", {}).on("created", lambda: created.append(1))
    job.save()
    job.save()
    assert queue.test_mode.jobs == [job]
    assert created == [1]


def test_code_under_test_gets_the_queue_that_the_test_has(queue):
    assert create_queue() is queue


def test_a_closed_queue_is_followed_by_a_new_one():
    first = create_queue()
    first.close()
    assert create_queue() is not first


def test_options_appear_in_the_request(queue):
    job = (
        queue.create("resize_image", {"a": 1}).title("A").priority("high").attempts(3).ttl(5_000).delay(100).batch("b")
    )
    request = job.backoff("fixed", delay_ms=10, jitter=0).save().request
    assert (request.title, request.priority, request.attempts) == ("A", -10, 3)
    assert (request.ttl_ms, request.delay_ms, request.batch) == (5_000, 100, "b")
    assert request.backoff == Backoff("fixed", 10, 600_000, 0)


def test_a_delay_may_be_a_date(queue):
    job = queue.create("resize_image", {}).delay(5).delay(datetime(2030, 1, 1, tzinfo=UTC))
    assert (job.request.due_ms, job.request.delay_ms) == (1_893_456_000_000, 0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda job: job.priority("urgent"),
        lambda job: job.attempts(0),
        lambda job: job.backoff("random"),
        lambda job: job.backoff(jitter=2),
        lambda job: job.backoff(delay_ms=-1),
        lambda job: job.delay(-1),
        lambda job: job.ttl(-1),
        lambda job: job.on("finished", print),
        lambda job: job.save().attempts(2),
    ],
)
def test_an_unknown_option_is_refused(queue, ask):
    with pytest.raises(ValueError):
        ask(queue.create("resize_image", {}))


@pytest.mark.parametrize("name", ["", "a:b", "-x", "a" * 65, "reserve_seat", "canary"])
def test_a_type_that_is_no_name_or_ushers_own_is_refused(queue, name):
    with pytest.raises(ValueError):
        queue.create(name, {})


def test_data_that_the_real_queue_would_refuse_are_refused(queue):
    with pytest.raises(TypeError):
        queue.create("resize_image", {"when": object()}).save()
    assert queue.test_mode.jobs == []
