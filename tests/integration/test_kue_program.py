"""
What Kue's own tests of its JSON API expect, asked by a program of a real web process with a real worker. They are
Kue's test/jsonapi.js in our words; docs/kue.md says where Usher's answer is another.
"""

import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.integration.api_system import ApiSystem
from tests.integration.real_server import RealServer

PRIORITIES = [10, 0, -5, -10, -15]


class Program:
    """A program that was written for Kue, with jobs of a type of its own that no worker does."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/kue"
        self.word = uuid.uuid4().hex
        self.type = f"test:{self.word}"

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        return requests.request(method, self.url + path, json=body, params=query, timeout=10)

    def jobs(self, count: int) -> list[dict[str, Any]]:
        return [
            {
                "type": self.type,
                "data": {"title": number, "data": f"{self.type}:data"},
                "options": {"priority": random.choice(PRIORITIES)},
            }
            for number in range(count)
        ]

    def made(self, count: int = 1) -> list[int]:
        answer = self.ask("POST", "/job", self.jobs(count))
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()]


@pytest.fixture(scope="module")
def port(api_system: ApiSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    server = RealServer(api_system, tmp_path_factory.mktemp("kue") / "web.log")
    yield server.port
    server.stop()


@pytest.fixture
def program(port: int) -> Program:
    return Program(port)


def assert_created(told: Any) -> None:
    assert set(told) == {"message", "id"}
    assert told["message"] == "job created"
    assert type(told["id"]) is int


def test_a_job_is_made_and_gets_a_number(program: Program) -> None:
    answer = program.ask("POST", "/job", program.jobs(1)[0])
    assert answer.status_code == 200
    assert_created(answer.json())


def test_each_of_several_jobs_gets_a_number_and_the_numbers_count_up(program: Program) -> None:
    answer = program.ask("POST", "/job", program.jobs(5))
    assert (answer.status_code, len(answer.json())) == (200, 5)
    for told in answer.json():
        assert_created(told)
    numbers = [told["id"] for told in answer.json()]
    assert numbers == sorted(set(numbers))


def test_a_new_job_is_inactive(program: Program) -> None:
    (number,) = program.made()
    told = program.ask("GET", f"/job/{number}").json()
    assert (told["id"], told["type"], told["state"]) == (number, program.type, "inactive")


def test_nobody_makes_a_job_active_by_hand(program: Program) -> None:
    """Kue's test makes one active, after which no worker ever does it."""
    (number,) = program.made()
    answer = program.ask("PUT", f"/job/{number}/state/active")
    assert (answer.status_code, set(answer.json())) == (409, {"error"})
    assert program.ask("GET", f"/job/{number}").json()["state"] == "inactive"


def test_a_removed_job_is_gone(program: Program) -> None:
    (number,) = program.made()
    for _ in range(2):
        answer = program.ask("DELETE", f"/job/{number}")
        assert (answer.status_code, answer.json()) == (200, {"message": f"job {number} removed"})
    gone = program.ask("GET", f"/job/{number}")
    assert (gone.status_code, gone.json()) == (404, {"error": f'job "{number}" doesnt exist'})


def test_a_search_without_a_word_finds_nothing(program: Program) -> None:
    program.made()
    assert program.ask("GET", "/job/search").json() == []


def test_a_search_finds_the_jobs_with_these_words(program: Program) -> None:
    # Far in the future: a search looks at a thousand jobs, and other tests leave many that wait
    jobs = [{**one, "options": {"delay": 3_000_000_000}} for one in program.jobs(6)]
    first, *others = [one["id"] for one in program.ask("POST", "/job", jobs).json()]
    program.ask("DELETE", f"/job/{first}")
    found = program.ask("GET", "/job/search", q=f"{program.type}:data").json()
    assert sorted(found, key=int) == [str(number) for number in others]


def test_a_range_has_as_many_jobs_as_it_asks_for(program: Program) -> None:
    program.made(4)
    assert len(program.ask("GET", "/jobs/0..3").json()) == 4


def test_a_range_of_a_type_in_a_state_has_only_those(program: Program) -> None:
    numbers = program.made(5)
    found = program.ask("GET", f"/jobs/{program.type}/inactive/0..20/asc").json()
    assert [job["id"] for job in found] == numbers


def test_the_statistics_have_all_counts(program: Program) -> None:
    told = program.ask("GET", "/stats").json()
    counts = {f"{state}Count" for state in ("inactive", "active", "complete", "failed", "delayed")}
    assert set(told) == {*counts, "workTime"}
    assert all(type(number) is int for number in told.values())


def test_a_wrong_job_among_others_is_refused_alone(program: Program) -> None:
    """Kue's test expects that the answer ends with the wrong one; Kue 0.11.6 goes on, and so do we."""
    first, wrong, last = program.jobs(3)
    del wrong["type"]
    answer = program.ask("POST", "/job", [first, wrong, last])
    assert answer.status_code == 400
    told = answer.json()
    assert told[1] == {"error": "Must provide job type"}
    assert_created(told[0])
    assert_created(told[2])
