"""The Python client by itself: what it sends, when it repeats, and that it stands alone."""

import ast
import inspect
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import usher_client
from usher_client import AsyncUsherClient, Patience, UsherClient, UsherError
from usher_client.methods import Method, Methods
from usher_client.patience import patiently, retry_after_seconds
from usher_client.steps import Answer, Lost, Pause, Request

HOME = Path(usher_client.__file__).parent
QUICK = Patience(attempts=4, seconds=10, first_pause_seconds=1, longest_pause_seconds=2)
FULL = Answer(429, {"retry-after": "3"}, b'{"code": "queue_full", "detail": "Full."}')
AWAY = Answer(503, {}, b"nothing")
BROKEN = Lost(OSError("broken"))
DONE = Answer(202, {}, b'{"id": "a", "state": "queued"}')


def played(steps: Any, *answers: Any, patience: Patience = QUICK) -> tuple[Any, list[Request], list[float]]:
    """Do a call with these answers: its result or error, the requests that it sent, the pauses that it made, s."""
    asked: list[Request] = []
    pauses: list[float] = []
    running, left, got = patiently(steps, patience), list(answers), None
    try:
        while True:
            step = running.send(got)
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                got = None
            else:
                asked.append(step)
                got = left.pop(0)
    except StopIteration as end:
        return end.value, asked, pauses
    except UsherError as error:
        return error, asked, pauses


def steps_of(name: str, *given: Any, **more: Any) -> Any:
    return getattr(Methods, name).define(*given, **more)


@pytest.mark.parametrize("trouble", [FULL, AWAY, BROKEN, Answer(502, {}), Answer(504, {})])
def test_what_has_a_key_is_repeated_with_the_same_key(trouble: Any) -> None:
    job, asked, pauses = played(steps_of("submit_job", "note", wait_seconds=0), trouble, trouble, DONE)
    assert (job.id, job.state) == ("a", "queued")
    assert len({request.key for request in asked}) == 1
    assert len(asked[0].key or "") >= 20
    assert len(asked) == 3
    assert len(pauses) == 2


def test_two_calls_have_different_keys_unless_the_caller_gives_them_one() -> None:
    keys = [played(steps_of("submit_job", "note"), DONE)[1][0].key for _ in range(2)]
    assert keys[0] != keys[1]
    assert played(steps_of("submit_job", "note", idempotency_key="mine"), DONE)[1][0].key == "mine"


@pytest.mark.parametrize("name", ["replay_job", "replay_failed_jobs", "forget_job", "delete_dead_message"])
@pytest.mark.parametrize("trouble", [FULL, AWAY, BROKEN])
def test_what_is_not_idempotent_and_has_no_key_is_sent_once(name: str, trouble: Any) -> None:
    error, asked, _ = played(steps_of(name, "a"), trouble, DONE)
    assert isinstance(error, UsherError)
    assert len(asked) == 1


ARGUMENTS: dict[str, Any] = {"lines": {"floor": 1}, "pools": [], "jobs": [], "notifications": [], "recipients": []}


def test_every_method_that_does_something_may_be_repeated_except_for_these() -> None:
    sent_once = set()
    for name, method in vars(Methods).items():
        if isinstance(method, Method) and name not in ("submit_jobs_in_parts", "request"):
            parameters = inspect.signature(method.define).parameters.values()
            needed = [one.name for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
            arguments = ARGUMENTS | ({"lines": [{"product": "mug"}]} if name == "reserve_together" else {})
            steps = method.define(*(arguments.get(needs, "a") for needs in needed))
            _, (request, *_), _ = played(steps, Answer(404, {}, b'{"code": "not_found"}'))
            sent_once |= set() if request.may_repeat else {name}
    assert sent_once == {
        "replay_job",
        "replay_failed_jobs",
        "forget_job",
        "delete_dead_message",
        "create_key",
        "rotate_key",
    }


def test_retry_after_is_heeded_and_clients_do_not_come_back_together() -> None:
    pauses = {played(steps_of("submit_job", "note"), FULL, DONE)[2][0] for _ in range(20)}
    assert len(pauses) == 20
    assert all(3 <= seconds <= 4 for seconds in pauses)


def test_pauses_grow_up_to_a_bound_and_attempts_end() -> None:
    error, asked, pauses = played(steps_of("submit_job", "note"), *[AWAY] * 9)
    assert (error.code, error.status, len(asked)) == ("http_503", 503, QUICK.attempts)
    many = [played(steps_of("submit_job", "note"), *[AWAY] * 9)[2] for _ in range(100)]
    first, second, third = (max(seconds) for seconds in zip(pauses, *many, strict=True))
    assert 0.5 < first <= 1 < min(second, third) <= max(second, third) <= 2


def test_a_wait_that_is_longer_than_the_patience_is_not_begun() -> None:
    error, asked, pauses = played(steps_of("submit_job", "note"), Answer(503, {"retry-after": "11"}), DONE)
    assert (error.status, len(asked), pauses) == (503, 1, [])


def test_a_connection_that_stays_lost_is_an_error_with_the_key() -> None:
    error, _, _ = played(steps_of("submit_job", "note", idempotency_key="mine"), *[BROKEN] * 9)
    assert (error.code, error.status, error.idempotency_key) == ("connection_lost", 0, "mine")
    assert isinstance(error.__cause__, OSError)


def test_an_error_has_what_the_problem_says() -> None:
    problem = {"code": "invalid_request", "detail": "No.", "errors": [{"field": "a", "message": "b"}], "job": "j"}
    error, asked, _ = played(steps_of("submit_job", "note"), Answer(422, {}, json.dumps(problem).encode()))
    assert (error.code, error.status, error.detail, str(error)) == (
        "invalid_request",
        422,
        "No.",
        "invalid_request: No.",
    )
    assert error.errors == [{"field": "a", "message": "b"}]
    assert (error.problem["job"], len(asked)) == ("j", 1)


@pytest.mark.parametrize("status", [404, 500])
def test_what_will_not_become_better_is_not_repeated(status: int) -> None:
    assert len(played(steps_of("submit_job", "note"), Answer(status, {}), DONE)[1]) == 1


def test_retry_after_may_be_seconds_or_a_date() -> None:
    assert retry_after_seconds("7") == 7
    assert retry_after_seconds("") == retry_after_seconds("soon") == 0
    assert retry_after_seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 0
    assert retry_after_seconds("Wed, 06 Nov 2194 08:49:37 GMT") > 10**9


def test_a_reservation_that_waits_is_asked_for_again_with_its_key() -> None:
    held = Answer(201, {}, b'{"id": "a", "state": "held"}')
    steps = steps_of("reserve_seats", "hamlet", {"floor": 2}, wait_seconds=60)
    found, asked, pauses = played(steps, DONE, DONE, held)
    assert (found.state, found.target, found.lines) == ("held", "show:hamlet", [{"pool": "floor", "quantity": 2}])
    assert [request.headers()["Prefer"] for request in asked] == ["wait=20"] * 3
    assert (len({request.key for request in asked}), len(pauses)) == (1, 2)


def test_a_refusal_is_an_outcome_and_what_does_not_exist_is_an_error() -> None:
    told = {"reservation": "a", "refusal": {"code": "sold_out", "pools": {}}, "detail": "`floor` is sold out."}
    sold_out = Answer(409, {}, json.dumps({**told, "code": "sold_out"}).encode())
    found, _, _ = played(steps_of("reserve_seats", "hamlet", {"floor": 2}), sold_out)
    assert (found.id, found.state, found.is_held, found.detail) == ("a", "refused", False, "`floor` is sold out.")
    unknown = Answer(404, {}, json.dumps({**told, "code": "unknown_inventory"}).encode())
    assert played(steps_of("reserve_seats", "hamlet", {"floor": 2}), unknown)[0].code == "unknown_inventory"


def test_a_confirmation_that_is_not_done_in_time_is_no_success() -> None:
    error, _, _ = played(steps_of("confirm_reservation", "a", wait_seconds=0), DONE)
    assert (error.code, error.status) == ("pending", 202)


def test_a_job_that_was_cancelled_by_an_attempt_whose_answer_was_lost_is_cancelled() -> None:
    over = Answer(409, {}, b'{"code": "illegal_transition"}')
    cancelled = Answer(200, {}, b'{"id": "a", "state": "cancelled"}')
    assert played(steps_of("cancel_job", "a"), BROKEN, over, cancelled)[0].state == "cancelled"
    assert played(steps_of("cancel_job", "a"), over)[0].code == "illegal_transition"


def test_parts_of_an_iterable_have_keys_that_follow_from_its_own() -> None:
    jobs = ({"type": "note", "data": {"number": number}} for number in range(2_500))
    batch = Answer(202, {}, b'{"id": "b", "jobs": []}')
    found, asked, _ = played(steps_of("submit_jobs_in_parts", jobs, idempotency_key="k"), batch, batch, batch)
    assert [len(request.body) for request in asked] == [1_000, 1_000, 500]
    assert [request.key for request in asked] == ["k.0", "k.1", "k.2"]
    assert len(found) == 3


def test_the_key_of_the_caller_goes_with_every_request_and_is_not_shown() -> None:
    with UsherClient("http://usher/", api_key="usk_secret") as client:
        request = client._wire.build(client._http, Request("GET", "/v1/stats"), None)
        assert request.headers["Authorization"] == "Bearer usk_secret"
        assert str(request.url) == "http://usher/v1/stats"
        assert "usk_secret" not in repr(client)


def test_an_id_with_a_slash_stays_one_part_of_the_path() -> None:
    assert played(steps_of("get_job", "a/../b?c"), DONE)[1][0].target == "/v1/jobs/a%2F..%2Fb%3Fc"


def test_both_clients_have_the_same_methods_each_with_a_docstring() -> None:
    for name, method in vars(Methods).items():
        if not name.startswith("_"):
            for client in (UsherClient, AsyncUsherClient):
                assert getattr(client, name) is method
            assert method.define.__doc__, name


def test_a_mistake_in_the_address_is_told_at_once() -> None:
    began = time.monotonic()
    with UsherClient("usher:1245") as client, pytest.raises(Exception, match="protocol"):
        client.get_stats()
    assert time.monotonic() - began < 10


def test_it_imports_httpx_and_nothing_of_usher_s() -> None:
    found = set()
    for path in HOME.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    assert found - set(sys.stdlib_module_names) == {"httpx", "usher_client"}
