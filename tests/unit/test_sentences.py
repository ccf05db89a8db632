"""No sentence of a library reaches a caller: every kind of fault has words of our own."""

from collections.abc import Callable
from typing import Any, get_args

import pytest
from flask import Flask
from pydantic_core import PydanticKnownError, ValidationError, core_schema

from api.http import attach
from api.http.problems import faults
from api.inventory.products import ProductBody
from api.inventory.shows import ShowBody
from api.jobs.bodies import JobsBody, ListQuery
from api.notifications.bodies import NotificationsBody
from tasks_app.configuration.settings import Settings
from tasks_app.text.sentences import SHOWN_CHARACTERS, finding, shown
from tasks_app.usher import Usher

LIBRARY = (
    "Input should",
    "valid ",
    "permitted",
    "Value error",
    "should have",
    "should match",
    "validation",
    "unable to",
)
KINDS = sorted(get_args(core_schema.ErrorType))
EVERYTHING: dict[str, Any] = dict.fromkeys(("gt", "ge", "lt", "le", "multiple_of"), 5)
EVERYTHING |= dict.fromkeys(("min_length", "max_length", "actual_length", "max_digits", "decimal_places"), 5)
EVERYTHING |= {"field_type": "List", "expected": "'a' or 'b'", "pattern": "^a$", "error": "does not fit"}


def assert_ours(sentence: str) -> None:
    assert not [words for words in LIBRARY if words in sentence], sentence


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_reported_in_our_own_words(kind: str) -> None:
    fault: Any = {"type": kind, "loc": ("a",), "msg": "Input should be", "input": "x", "ctx": EVERYTHING}
    assert_ours(finding(fault))
    assert "{" not in finding(fault)


def test_the_list_of_kinds_is_that_of_the_library() -> None:
    assert len(KINDS) > 80
    assert PydanticKnownError("string_too_short", {"min_length": 1}).message().startswith("String should")


DEEP: dict[str, Any] = {"a": 5}
BAD_BODIES: list[tuple[Any, Any]] = [
    *((JobsBody, bad) for bad in (5, None, "x", [], [5], {}, {"type": 5}, {"type": ""}, {"type": "a", "colour": 1})),
    *(
        (JobsBody, {"type": "echo", **bad})
        for bad in (
            {"data": []},
            {"data": {"a": float("inf")}},
            {"priority": "urgent"},
            {"priority": 1.5},
            {"priority": 10**9},
            {"attempts": 0},
            {"attempts": 10**30},
            {"attempts": True},
            {"backoff": 5},
            {"backoff": {"kind": "x", "jitter": 2}},
            {"backoff": {"jitter": "x"}},
            {"delay_ms": -1},
            {"due": 5},
            {"due": "x" * 500},
            {"due": "soon"},
            {"title": ""},
            {"title": "x" * 500},
        )
    ),
    (JobsBody, {"type": "reserve_seat"}),
    *((NotificationsBody, bad) for bad in ({}, [], {"to": "a"}, {"to": "a", "message": ""}, {"template": {}})),
    *(
        (NotificationsBody, {"to": "a", "message": "m", **bad})
        for bad in (
            {"channel": "sms"},
            {"channel": "webhook"},
            {"phoneNumber": "5"},
            {"urgency": 5},
            {"ttl_seconds": 0},
            {"ttl_seconds": float("inf")},
            {"quiet": {"from": "25:00", "to": "08:00", "zone": "Mars"}},
            {"quiet": {"from": "08:00", "to": "08:00", "zone": "Europe/Berlin"}},
            {"dedup_key": ""},
        )
    ),
    (NotificationsBody, {"template": {"message": "{a b}"}, "recipients": []}),
    (NotificationsBody, {"template": {"message": "{n}"}, "recipients": [{"to": "a", "variables": {"n": [1]}}]}),
    (ShowBody, {"name": "s", "pools": []}),
    (ShowBody, {"name": "s", "pools": [{"name": "a", "capacity": 1}] * 2}),
    (ShowBody, {"name": "s", "pools": [{"name": "a b", "capacity": "many"}] * 101}),
    (ProductBody, {"name": 5, "quantity": -1, "price": float("nan")}),
    (ProductBody, {"id": "\u202e", "quantity": 1.5, "price": "5"}),
    (ListQuery, {"state": "odd", "limit": "x", "cursor": "x" * 20_000, "colour": "red"}),
]


@pytest.mark.parametrize("number", range(len(BAD_BODIES)))
def test_every_fault_of_a_request_names_its_field_in_our_own_words(number: int) -> None:
    model, bad = BAD_BODIES[number]
    app = Flask("test")
    attach(app, Usher())
    with app.app_context(), pytest.raises(ValidationError) as caught:
        model.model_validate(bad)
    found = faults(caught.value)
    assert found
    for one in found:
        assert_ours(one["message"])
        assert one["message"].endswith(".")
        assert one["message"].isascii()
        assert len(one["message"]) < 500
        assert not one["field"] or one["message"].startswith(f"`{one['field']}`")


SETTINGS = {"port": "many", "redis_fsync": "often", "lease_seconds": "0", "web_processes": "900", "vapid_contact": "me"}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_wrong_setting_is_reported_in_our_own_words(name: str, set_variables: Callable[..., None]) -> None:
    aliased = {"port": "PORT"}
    set_variables(**{aliased.get(name, f"USHER_{name.upper()}"): SETTINGS[name]})
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert_ours(finding(caught.value.errors()[0]))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("many", '"many"'),
        ("x" * 1_000, '"' + "x" * SHOWN_CHARACTERS + '"...'),
        ("\x1b[2J\u202e", '"\\u001b[2J\\u202e"'),
        ("\ud800", '"\\ufffd"'),
        (None, "null"),
        (True, "true"),
        (10**100, "a number of many digits"),
        (float("inf"), "inf"),
        ([1] * 5, "an array of 5"),
        ({}, "an object of 0"),
    ],
)
def test_the_given_value_is_shown_cut_and_escaped(given: Any, said: str) -> None:
    assert shown(given) == said


def test_nothing_of_a_secret_is_shown() -> None:
    fault: Any = {"type": "int_type", "loc": ("a",), "msg": "", "input": "hunter2"}
    assert finding(fault, is_secret=True) == "must be a whole number"
