"""The rules for a job are the same at every door: over HTTP, from Python, and in the intake."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from tasks_app.configuration import Settings
from tasks_app.errors import InvalidJobError
from tasks_app.jobs import bounds, new_job
from tasks_app.jobs.job import PRIORITIES, Backoff, NewJob, Unique
from tasks_app.queue.created_job import CreatedJob
from tasks_app.queue.queue import Queue
from tasks_app.usher import Usher
from tests.roots import serverless
from worker.jobs.handlers import handler

LONG, YEAR_MS = "k" * 201, 31_536_000_000
DEEP: dict[str, Any] = {"a": json.loads("[" * 101 + "]" * 101)}
MANY = {f"name{number}": number for number in range(21)}
Ask = Callable[[CreatedJob], CreatedJob]

# What is asked for, as a body has it; the same in Python; the same as a NewJob; and the end of the sentence. None: this
# door is not tested, or has a form of its own.
ROWS: list[tuple[dict[str, Any], Ask | None, dict[str, Any] | None, str]] = [
    ({"priority": 1_000_001}, lambda job: job.priority(1_000_001), {"priority": 1_000_001}, "at most 1000000."),
    ({"priority": -1_000_001}, lambda job: job.priority(-1_000_001), {"priority": -1_000_001}, "at least -1000000."),
    ({"priority": True}, lambda job: job.priority(True), {"priority": True}, "is true, but must be a whole number."),
    ({"priority": "urgent"}, lambda job: job.priority("urgent"), None, "'medium', 'high' or 'critical'."),
    ({"attempts": 0}, lambda job: job.attempts(0), {"attempts": 0}, "is 0, but must be at least 1."),
    ({"attempts": 1_001}, lambda job: job.attempts(1_001), {"attempts": 1_001}, "at most 1000."),
    ({"attempts": 1.5}, lambda job: job.attempts(1.5), {"attempts": 1.5}, "is 1.5, but must be a whole number."),
    ({"delay_ms": -1}, lambda job: job.delay(-1), {"delay_ms": -1}, "at least 0."),
    ({"delay_ms": YEAR_MS + 1}, lambda job: job.delay(YEAR_MS + 1), {"delay_ms": YEAR_MS + 1}, f"at most {YEAR_MS}."),
    ({"ttl_ms": -1}, lambda job: job.ttl(-1), {"ttl_ms": -1}, "at least 0."),
    ({"ttl_ms": YEAR_MS + 1}, lambda job: job.ttl(YEAR_MS + 1), {"ttl_ms": YEAR_MS + 1}, f"at most {YEAR_MS}."),
    ({"due_ms": 1_795_683_600}, None, {"due_ms": 1_795_683_600}, "are seconds? Then write 1795683600000."),
    (
        {"due_ms": 10**14},
        None,
        {"due_ms": 10**14},
        "lies after the year 3000; dates are counted in milliseconds since 1970.",
    ),
    ({"due": "tomorrow"}, lambda job: job.delay("tomorrow"), None, "or `2026-12-01T09:00[Europe/Berlin]`."),
    ({"key": ""}, lambda job: job.key(""), None, 'is "", but must be a text of at least 1 characters.'),
    ({"key": LONG}, lambda job: job.key(LONG), {"key": LONG}, "a text of at most 200 characters."),
    ({"key": 5}, lambda job: job.key(5), {"key": 5}, "is 5, but must be a text (string)."),  # type: ignore[arg-type]
    ({"title": ""}, lambda job: job.title(""), None, "a text of at least 1 characters."),
    ({"title": LONG}, lambda job: job.title(LONG), {"title": LONG}, "a text of at most 200 characters."),
    (
        {"metadata": {"a": "x" * 2_048}},
        lambda job: job.metadata({"a": "x" * 2_048}),
        {"metadata": {"a": "x" * 2_048}},
        "has 2056 bytes as JSON; at most 2048 are allowed.",
    ),
    ({"metadata": MANY}, lambda job: job.metadata(MANY), {"metadata": MANY}, "has 21 names; at most 20 are allowed."),
    ({"metadata": {"": 1}}, lambda job: job.metadata({"": 1}), {"metadata": {"": 1}}, "must be an object."),
    ({"metadata": DEEP}, lambda job: job.metadata(DEEP), {"metadata": DEEP}, "these stand deeper."),
    (
        {"backoff": {"kind": "random"}},
        lambda job: job.backoff("random"),
        {"backoff": Backoff("random")},
        "'exponential'.",
    ),
    (
        {"backoff": {"delay_ms": -1}},
        lambda job: job.backoff(delay_ms=-1),
        {"backoff": Backoff(delay_ms=-1)},
        "least 0.",
    ),
    (
        {"backoff": {"max_ms": YEAR_MS + 1}},
        lambda job: job.backoff(max_ms=YEAR_MS + 1),
        {"backoff": Backoff(max_ms=YEAR_MS + 1)},
        f"at most {YEAR_MS}.",
    ),
    ({"backoff": {"jitter": 2}}, lambda job: job.backoff(jitter=2), {"backoff": Backoff(jitter=2)}, "at most 1."),
    ({"unique": {"key": ""}}, lambda job: job.unique(""), {"unique": Unique("")}, "at least 1 characters."),
    ({"unique": {"key": LONG}}, lambda job: job.unique(LONG), {"unique": Unique(LONG)}, "at most 200 characters."),
    (
        {"unique": {"key": "k", "while": 0}},
        lambda job: job.unique("k", 0),
        {"unique": Unique("k", 0)},
        "at least 0.001.",
    ),
    (
        {"unique": {"key": "k", "while": 31_536_001}},
        lambda job: job.unique("k", 31_536_001),
        {"unique": Unique("k", 31_536_001_000)},
        "at most 31536000.",
    ),
    (
        {"unique": {"key": "k", "while": "for ever"}},
        lambda job: job.unique("k", "for ever"),  # type: ignore[arg-type]
        {"unique": Unique("k", "for ever")},
        "one of 'queued' or 'unfinished'.",
    ),
    (
        {"unique": {"key": "k", "on_conflict": "win"}},
        lambda job: job.unique("k", on_conflict="win"),
        {"unique": Unique("k", on_conflict="win")},
        "one of 'return', 'replace' or 'refuse'.",
    ),
    (
        {"data": {"a": 2**64}},
        lambda job: _saved(job, {"a": 2**64}),
        {"data": {"a": 2**64}},
        "64 bits; send it as text.",
    ),
    ({"data": DEEP}, lambda job: _saved(job, DEEP), {"data": DEEP}, "deep in one another, these stand deeper."),
    ({"data": [1]}, lambda job: _saved(job, [1]), {"data": [1]}, "is an array of 1, but must be an object."),
]
TYPES = {
    "": "must be a text that fits the pattern ^[A-Za-z0-9][A-Za-z0-9_. -]{0,63}$.",
    "a:queued": "must be a text that fits the pattern ^[A-Za-z0-9][A-Za-z0-9_. -]{0,63}$.",
    "t" * 65: "must be a text that fits the pattern ^[A-Za-z0-9][A-Za-z0-9_. -]{0,63}$.",
    "celery.group": "which names a type of Usher's own, whose jobs other routes submit.",
    "canary": "which names a type of Usher's own, whose jobs other routes submit.",
    "reserve_seat": "which names a type of Usher's own, whose jobs other routes submit.",
    "push_notification": "which names a type of Usher's own, whose jobs other routes submit.",
}
OF_NOTIFICATIONS = {"priority", "attempts", "delay_ms", "due_ms", "due", "backoff", "data"}


def _saved(job: CreatedJob, data: Any) -> CreatedJob:
    return _queue().create(job.type, data).save()


def _queue() -> Queue:
    """A queue that keeps saved jobs; nothing connects."""
    queue = Usher().create_queue()
    queue.test_mode.enter()
    return queue


def refused(ask: Callable[[], object]) -> str:
    """The sentence with which Python refuses this."""
    with pytest.raises(InvalidJobError) as caught:
        ask()
    assert isinstance(caught.value, ValueError)
    assert caught.value.code == "invalid_request"
    return str(caught.value)


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    with create_app(serverless()).test_client() as client:
        yield client


def told(client: FlaskClient, path: str, body: Any) -> tuple[str, str]:
    """The one field that HTTP refuses, and its sentence."""
    answer = client.post(path, data=json.dumps(body), content_type="application/json")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), answer.text
    assert answer.json is not None
    assert answer.json["code"] == "invalid_request"
    (fault,) = answer.json["errors"]
    return fault["field"], fault["message"]


@pytest.mark.parametrize(("asked", "ask", "fields", "end"), ROWS, ids=[str(row[0])[:40] for row in ROWS])
def test_a_rule_is_the_same_at_every_door(
    client: FlaskClient, asked: dict[str, Any], ask: Ask | None, fields: dict[str, Any] | None, end: str
) -> None:
    # When HTTP is asked for it, alone, in an array, and with a notification
    job = {"type": "echo", **asked}
    field, sentence = told(client, "/v1/jobs", job)
    assert told(client, "/v1/jobs", [{"type": "echo"}, job])[0] == f"1.{field}"
    if asked.keys() <= OF_NOTIFICATIONS:
        assert told(client, "/v1/notifications", {"to": "ada", "message": "Hi", **asked}) == (field, sentence)

    # Then it names the field and what is allowed, and Python says the same of an option and of a whole job
    assert sentence.startswith(f"`{field}` ")
    assert sentence.endswith(end)
    if ask:
        assert refused(lambda: ask(_queue().create("echo", {}))) == sentence
    if fields is not None:
        assert (
            refused(lambda: next(new_job.parts([NewJob(**{"type": "echo", "data": {}} | fields)], Settings())))
            == sentence
        )


@pytest.mark.parametrize("name", TYPES)
def test_the_name_of_a_type_is_the_same_at_every_door(client: FlaskClient, name: str) -> None:
    field, sentence = told(client, "/v1/jobs", {"type": name})
    assert field == "type"
    assert sentence.endswith(TYPES[name])
    assert refused(lambda: _queue().create(name, {})) == sentence


@pytest.mark.parametrize("name", ["", "a:queued", "t" * 65, "celery.group", "canary"])
def test_an_impossible_type_has_no_handler_and_is_never_taken_in(name: str) -> None:
    sentence = refused(lambda: next(new_job.parts([NewJob(name, {})], Settings())))
    with pytest.raises(ValueError) as caught:
        handler(name)(lambda job: None)
    assert str(caught.value).endswith(sentence)


def test_two_jobs_of_one_request_that_keep_each_other_out_are_refused(client: FlaskClient) -> None:
    body = {"type": "echo", "unique": {"key": "k", "on_conflict": "refuse"}}
    field, sentence = told(client, "/v1/jobs", [body, body])
    jobs = [NewJob("echo", {}, unique=Unique("k", on_conflict="refuse")) for _ in range(2)]
    assert field == "1.unique.key"
    assert refused(lambda: next(new_job.parts(jobs, Settings()))) == sentence.replace("1.unique.key", "unique.key")


@pytest.mark.parametrize("priority", [1_000_001, "urgent", 1.5])
def test_a_priority_is_changed_within_the_same_bounds(client: FlaskClient, priority: Any, usher: Usher) -> None:
    answer = client.patch(f"/v1/jobs/{'a' * 26}", json={"priority": priority})
    assert answer.json is not None
    assert refused(lambda: usher.controls.prioritise("a" * 26, priority)) == answer.json["errors"][0]["message"]


@pytest.mark.parametrize("name", PRIORITIES)
def test_each_name_of_a_priority_is_known_to_python_and_in_the_documents(client: FlaskClient, name: str) -> None:
    document = client.get("/docs/openapi.json").json
    assert document is not None
    assert name in str(document["components"]["schemas"]["EditBody"])
    assert bounds.priority(name) == PRIORITIES[name]


def test_a_value_on_the_bound_is_accepted() -> None:
    fields = {"priority": 1_000_000, "attempts": 1_000, "delay_ms": YEAR_MS, "ttl_ms": YEAR_MS, "key": "k" * 200}
    unique, backoff = Unique("k" * 200, YEAR_MS), Backoff("fixed", 0, YEAR_MS, 1)
    next(new_job.parts([NewJob("t" * 64, {}, title="t" * 200, unique=unique, backoff=backoff, **fields)], Settings()))  # type: ignore[arg-type]
