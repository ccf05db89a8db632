"""The course's programs that create and do jobs, run as processes, as users start them: parts 6 to 10."""

import signal
from collections.abc import Callable

from tasks_app.classic import BLACKLIST
from tasks_app.state import keys
from tasks_app.state.record_names import STORED
from tests.jobs import told

NUMBERS = [
    *("4153518780", "4153518781", "4153518743", "4153538781", "4153118782", "4153718781"),
    *("4159518782", "4158718781", "4153818782", "4154318781", "4151218782"),
]
CODES = ["1234", *["4562", "4321"] * 5]
DOES_PART_10 = """
from usher import process
from worker.notifications import classic
process("push_notification_code_3", 1, classic.send_unless_blacklisted)
"""
HANGS = """
import time
from usher import process
process("push_notification_code", 1, lambda job: time.sleep(600))
"""


def test_parts_6_and_7_a_job_is_created_and_processed(start):
    # Given a creator, and a processor that starts later
    creator = start("6_job_creator")
    processor = start("6_job_processor")

    # When the creator ends by itself, and the processor is interrupted
    assert creator.ended() == 0
    assert processor.ended(signal.SIGINT) == 0

    # Then both printed the lines of the contract, and nothing else
    created, completed = creator.lines()
    assert created.startswith("Notification job created: ")
    assert len(created.split(": ")[1]) == 26
    assert completed == "Notification job completed"
    text = "This is the code to verify your account"
    assert processor.lines() == [f"Sending notification to 4153518780, with message: {text}"]


def test_part_6_reports_a_failure(start, state, eventually: Callable[..., None]):
    creator = start("6_job_creator")
    eventually(lambda: creator.lines(), 30)
    job_id = creator.lines()[0].split(": ")[1]
    state.hset(keys.job(job_id), mapping={STORED["data"]: "{}"})  # a line cannot be printed without a phone number
    processor = start("6_job_processor")
    assert creator.ended() == 0
    assert creator.lines()[1:] == ["Notification job failed"]
    processor.ended(signal.SIGTERM)


def test_parts_8_and_9_eleven_jobs_with_progress_and_a_blacklist(start, state):
    # Given the creator of eleven jobs and its processor
    processor = start("7_job_processor")
    creator = start("7_job_creator")

    # When all is over
    assert creator.ended() == 0
    assert processor.ended(signal.SIGTERM) == 0

    # Then each job's lines are those of the contract, in their order
    lines = creator.lines()
    ids = [line.removeprefix("Notification job created: ") for line in lines if " created: " in line]
    assert len(ids) == len(NUMBERS)
    for job_id, number in zip(ids, NUMBERS, strict=True):
        sent = [f"Notification job {job_id} 50% complete", f"Notification job {job_id} completed"]
        refused = [f"Notification job {job_id} failed: Phone number {number} is blacklisted"]
        assert [line for line in lines if job_id in line] == [
            f"Notification job created: {job_id}",
            f"Notification job {job_id} 0% complete",
            *(refused if number in BLACKLIST else sent),
        ]
    assert len(lines) == 2 * 3 + 9 * 4
    assert sorted(processor.lines()) == sorted(
        f"Sending notification to {number}, with message: This is the code {code} to verify your account"
        for number, code in zip(NUMBERS, CODES, strict=True)
        if number not in BLACKLIST
    )
    assert {told(state, job_id).count("active") for job_id in ids} == {1}


def test_jobs_of_a_killed_processor_are_done_by_the_next(start, state, eventually: Callable[..., None]):
    # Given a processor that is killed at work
    creator = start("6_job_creator")
    hung = start("-c", HANGS)
    eventually(lambda: len(creator.lines()) == 1, 30)
    job_id = creator.lines()[0].split(": ")[1]
    eventually(lambda: state.hget(keys.job(job_id), STORED["state"]) == "active", 30)
    hung.ended(signal.SIGKILL)

    # When another one starts
    processor = start("6_job_processor")

    # Then the job is done, and its creator hears of it
    assert creator.ended() == 0
    assert creator.lines()[1:] == ["Notification job completed"]
    assert told(state, job_id) == ["queued", "active", "stalled", "active", "complete"]
    assert processor.ended(signal.SIGTERM) == 0


def test_part_10_the_function_refuses_an_argument_that_is_no_list(start):
    program = start("8_job", REDIS_PORT="1")  # for which it needs no server
    assert program.ended() == 0
    assert program.lines() == ["Jobs is not an array"]


def test_part_10_the_function_creates_one_job_for_each_item(start):
    # Given two jobs, and a processor of their type, such as a learner may write
    processor = start("-c", DOES_PART_10)
    creator = start("8_job_main")

    # When they are over, then each has printed its story
    assert creator.ended() == 0
    ids = [line.removeprefix("Notification job created: ") for line in creator.lines() if " created: " in line]
    assert len(ids) == 2
    assert [line.replace(ids[0], "ID") for line in creator.lines() if ids[0] in line] == [
        "Notification job created: ID",
        "Notification job ID 0% complete",
        "Notification job ID failed: Phone number 4153518780 is blacklisted",
    ]
    assert [line.replace(ids[1], "ID") for line in creator.lines() if ids[1] in line] == [
        "Notification job created: ID",
        "Notification job ID 0% complete",
        "Notification job ID 50% complete",
        "Notification job ID completed",
    ]
    assert len(creator.lines()) == 7
    assert processor.ended(signal.SIGTERM) == 0
