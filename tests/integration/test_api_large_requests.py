"""Requests of thousands over HTTP: in parts, with breaks for others, and with the same answers as small ones."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from api.http import long_bodies
from api.http.long_bodies import canonical
from api.jobs.bodies import JobsBody
from api.notifications.bodies import NotificationsBody
from tasks_app.notifications import breaks
from tasks_app.notifications.breaks import PIECES
from tasks_app.state import keys
from tests.integration.api_system import Api, ApiSystem, assert_problem

COUNT = 1_050


@pytest.fixture
def breaks_taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the breaks."""
    taken: list[int] = []
    for module in (breaks, long_bodies):
        monkeypatch.setattr(module, "take_break", lambda: taken.append(1))
    return taken


@pytest.fixture
def paused(api: Api, api_system: ApiSystem) -> Iterator[None]:
    """Pause notifications."""
    api_system.usher.controls.pause("type:push_notification")
    yield
    api_system.usher.controls.resume("type:push_notification")


def test_a_large_request_is_taken_whole_and_its_repeat_finds_it(api: Api, own_type: str) -> None:
    # Given a request of many jobs with a key
    body = [{"type": own_type, "data": {"n": n}} for n in range(COUNT)]
    first = api.post("/v1/jobs", body, Idempotency_Key=own_type)
    assert (first.status_code, len(first.json["jobs"])) == (202, COUNT)
    assert api.state.zrange(keys.index(own_type, "queued"), 0, -1) == first.json["jobs"]

    # When it comes again, then it is the same; with another element it is refused
    again = api.post("/v1/jobs", body, Idempotency_Key=own_type)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    body[-1] = {"type": own_type, "data": {"n": -1}}
    assert_problem(api.post("/v1/jobs", body, Idempotency_Key=own_type), 422, "idempotency_key_reused")
    batch = api.get(first.headers["Location"]).json
    assert (batch["total"], batch["counts"]["queued"], batch["finished"]) == (COUNT, COUNT, False)


@pytest.mark.parametrize("place", [0, PIECES - 1, PIECES, COUNT - 1])
def test_a_fault_is_reported_at_its_place_wherever_it_is(api: Api, own_type: str, place: int) -> None:
    body: list[dict[str, Any]] = [{"type": own_type} for _ in range(COUNT)]
    body[place] = {"type": own_type, "priority": "urgent", "data": {}}
    (error,) = assert_problem(api.post("/v1/jobs", body), 422, "invalid_request")["errors"]
    assert error["field"] == f"{place}.priority"
    assert '"urgent"' in error["message"]
    body[place] = {"type": own_type, "colour": "red"}
    (error,) = assert_problem(api.post("/v1/jobs", body), 422, "invalid_request")["errors"]
    assert (error["field"], "is unknown" in error["message"]) == (f"{place}.colour", True)


def test_one_element_more_than_the_limit_is_too_many(api: Api, own_type: str) -> None:
    assert_problem(api.post("/v1/jobs", [{"type": own_type}] * 10_001), 413, "batch_too_large")


def test_the_process_serves_others_while_it_reads_a_large_request(
    api: Api, own_type: str, breaks_taken: list[int]
) -> None:
    api.post("/v1/jobs", [{"type": own_type}] * PIECES)
    assert not breaks_taken
    api.post("/v1/jobs", [{"type": own_type}] * COUNT, Idempotency_Key=own_type)
    assert len(breaks_taken) >= 3 * (COUNT // PIECES)  # validated, its fingerprint taken, jobs made of it


@pytest.mark.usefixtures("paused")
@pytest.mark.parametrize("template", [False, True])
def test_notifications_to_many_take_breaks_too(
    api: Api, own_type: str, breaks_taken: list[int], template: bool
) -> None:
    guests: list[dict[str, Any]] = [{"to": f"guest {n}"} for n in range(COUNT)]
    body: Any = {"template": {"message": "Hi"}, "recipients": guests}
    if not template:
        body = [{**guest, "message": "Hi"} for guest in guests]
    answer = api.post("/v1/notifications", body, Idempotency_Key=own_type)
    assert (answer.status_code, len(answer.json["jobs"])) == (202, COUNT)
    assert api.get(answer.headers["Location"]).json["total"] == COUNT
    assert len(breaks_taken) >= 3 * (COUNT // PIECES)
    bad = guests if template else body
    bad[COUNT - 1]["urgency"] = "none"
    where = f"recipients.{COUNT - 1}.urgency" if template else f"{COUNT - 1}.urgency"
    errors = assert_problem(api.post("/v1/notifications", body), 422, "invalid_request")["errors"]
    assert [error["field"] for error in errors] == [where]


@pytest.mark.usefixtures("lists")
def test_an_import_of_many_suppressions_takes_breaks_too(api: Api, breaks_taken: list[int]) -> None:
    addresses = [f"guest-{n}@example.com" for n in range(COUNT)]
    assert api.post("/v1/suppressions/any", addresses).json == {"added": COUNT, "known": 0}
    assert api.post("/v1/suppressions/any", [*addresses, "late@example.com"]).json == {"added": 1, "known": COUNT}
    assert len(breaks_taken) >= 4 * (COUNT // PIECES)


BODIES: tuple[tuple[type[long_bodies.LongBody], Callable[[int], Any]], ...] = (
    (JobsBody, lambda _: {"type": "a", "data": {"é": 1}}),
    (JobsBody, lambda count: [{"type": "a", "data": {"n": n}} for n in range(count)]),
    (NotificationsBody, lambda _: {"to": "a", "message": "m"}),
    (NotificationsBody, lambda count: [{"to": f"{n}", "message": "m"} for n in range(count)]),
    (
        NotificationsBody,
        lambda count: {
            "template": {"message": 'x {a} "recipients": []', "title": "é"},
            "recipients": [{"to": "a", "variables": {"a": n}} for n in range(count)],
        },
    ),
)


@pytest.mark.parametrize("number", range(len(BODIES)))
@pytest.mark.parametrize("count", [1, PIECES, 2 * PIECES + 1])
def test_a_body_read_in_parts_is_the_same_as_one_read_at_once(application: Flask, number: int, count: int) -> None:
    model, body = BODIES[number]
    with application.app_context():
        given = model.model_validate(body(count))
        whole = model.__pydantic_validator__.validate_python(body(count))
    assert given == whole
    assert "".join(canonical(given)) == json.dumps(whole.model_dump(), sort_keys=True, allow_nan=False)
