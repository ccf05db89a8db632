"""The course's programs that use Redis itself, run as processes, as users start them: parts 0 to 5."""

import importlib
import re
import signal

import pytest

from tests.servers import free_port

CHANNEL = "holberton school channel"
STUDENTS = [f"Holberton Student #{number} starts course" for number in (1, 2, 3)]
OPERATIONS = ["1_redis_op", "2_redis_op_async"]
NEED_A_SERVER = [
    *("redis_cli", *OPERATIONS, "4_redis_advanced_op", "5_subscriber"),
    *("6_job_creator", "6_job_processor", "7_job_creator", "7_job_processor", "8_job_main"),
]
THAT_WAIT = ["5_subscriber", "6_job_creator", "6_job_processor", "7_job_creator", "7_job_processor", "8_job_main"]
AWAY = r"Redis does not answer: Error \d+ connecting to 127\.0\.0\.1:{port}\. .+\. `make run` starts it\."


def test_part_0_a_command_is_answered_as_redis_answers_it(start):
    for arguments, answer in [
        (["PING"], "PONG"),
        (["SET", "Holberton", "School"], "OK"),
        (["GET", "Holberton"], "School"),
    ]:
        program = start("redis_cli", *arguments)
        assert (program.ended(), program.lines()) == (0, [answer])


def test_part_0_a_command_that_redis_refuses_is_a_sentence(start):
    program = start("redis_cli", "NONSENSE")
    assert program.ended() == 1
    assert re.fullmatch("Redis refuses: unknown command 'NONSENSE'.*", "\n".join(program.lines()))


def test_part_1_a_client_that_reaches_the_server_says_so(start):
    program = start("0_redis_client")
    assert (program.ended(), program.lines()) == (0, ["Redis client connected to the server"])


def test_part_1_with_redis_stopped_one_line_says_so_and_the_code_is_1(start):
    port = free_port()
    program = start("0_redis_client", REDIS_PORT=str(port))
    assert program.ended() == 1
    (line,) = program.lines()
    pattern = rf"Redis client not connected to the server: Error \d+ connecting to 127\.0\.0\.1:{port}\. .+"
    assert re.fullmatch(pattern, line)


@pytest.mark.parametrize("name", OPERATIONS)
def test_parts_2_and_3_a_value_is_shown_another_is_set_and_shown(start, state, name):
    state.set("Holberton", "School")  # as in part 0
    program = start(name)
    assert (program.ended(), program.lines()) == (0, ["School", "Reply: OK", "100"])
    assert state.get("HolbertonSanFrancisco") == "100"


def test_part_4_each_field_is_new_once_and_the_hash_is_shown_whole(start, state):
    whole = "{'Portland': '50', 'Seattle': '80', 'New York': '20', 'Bogota': '20', 'Cali': '40', 'Paris': '2'}"
    for new in (1, 0):
        program = start("4_redis_advanced_op")
        assert (program.ended(), program.lines()) == (0, [f"Reply: {new}"] * 6 + [whole])
    assert state.hget("HolbertonSchools", "New York") == "20"


def test_part_5_the_subscriber_hears_all_until_it_is_told_to_end(start, state, eventually):
    # Given a subscriber that listens
    subscriber = start("5_subscriber")
    eventually(lambda: state.pubsub_numsub(CHANNEL)[0][1] == 1, 20)

    # When four messages are published, of which the third ends it
    publisher = start("5_publisher")
    assert (publisher.ended(), subscriber.ended()) == (0, 0)

    # Then both print the lines of the contract, in order, and no subscription is left
    messages = [*STUDENTS[:2], "KILL_SERVER", STUDENTS[2]]
    assert publisher.lines() == [f"About to send {message}" for message in messages]
    assert subscriber.lines() == messages[:3]
    assert state.pubsub_numsub(CHANNEL)[0][1] == 0


def test_the_functions_of_the_contract_are_there_by_their_names():
    sync, asynchronous, publisher = (
        importlib.import_module(f"examples.{name}") for name in (*OPERATIONS, "5_publisher")
    )
    for module in (sync, asynchronous):
        assert callable(module.set_new_school)
        assert callable(module.display_school_value)
    assert callable(publisher.publish_message)
    assert callable(importlib.import_module("examples.8_job").create_push_notifications_jobs)


@pytest.mark.parametrize("name", NEED_A_SERVER)
def test_with_redis_stopped_a_program_says_so_in_a_sentence(start, name):
    port = free_port()
    program = start(name, REDIS_PORT=str(port))
    assert program.ended() == 1
    (line,) = program.lines()
    assert re.fullmatch(AWAY.format(port=port), line)


def test_with_redis_stopped_the_publisher_says_so_after_its_first_line(start):
    port = free_port()
    program = start("5_publisher", REDIS_PORT=str(port))
    assert program.ended() == 1
    first, line = program.lines()
    assert first == f"About to send {STUDENTS[0]}"
    assert re.fullmatch(AWAY.format(port=port), line)


@pytest.mark.parametrize("name", THAT_WAIT)
def test_ctrl_c_ends_a_program_that_waits_without_a_complaint(start, state, eventually, name):
    # Given a program that waits: it has subscribed, attends a type, or has told of all its jobs
    program = start(name)
    jobs = {"6_job_creator": 1, "7_job_creator": 11, "8_job_main": 2}.get(name, 0)

    def waits():
        return len(program.lines()) == jobs if jobs else state.pubsub_channels() or state.keys("{jobs}:attended:*")

    eventually(waits, 30)

    # When Ctrl-C is pressed, then it ends, and has said nothing else
    code = program.ended(signal.SIGINT)
    assert code == (0 if "processor" in name else 130)
    assert [line for line in program.lines() if not line.startswith("Notification job created: ")] == []
