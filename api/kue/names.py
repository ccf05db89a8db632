"""Kue's names of states, types and priorities, and what Usher calls them."""

from collections.abc import Mapping
from typing import Literal

from tasks_app.errors import InvalidJobError
from tasks_app.jobs import State, bounds
from tasks_app.text import misfit

KueState = Literal["inactive", "active", "failed", "delayed", "complete"]
# A cancelled job has no state here: Kue has no such word, so to its callers the job was removed.
STATES: Mapping[str, State] = {
    "inactive": State.QUEUED,
    "active": State.ACTIVE,
    "failed": State.FAILED,
    "delayed": State.DELAYED,
    "complete": State.COMPLETE,
}
WORDS: Mapping[State, str] = {state: word for word, state in STATES.items()}

# Kue's types may have colons, which part the names of our keys. A colon is stored as two full stops.
COLON, STORED_COLON = ":", ".."
WITH_COLONS = "a text that fits the pattern ^[A-Za-z0-9][A-Za-z0-9_.: -]*$, of 64 characters if a colon counts as two"


def stored_type(given: str) -> str:
    """
    The type under which a handler does the jobs that Kue's callers submit as `given`: `video..convert` for
    `video:convert`. Raises InvalidJobError for a name that no handler can have.
    """
    stored = asked_type(given)
    if kue_type(stored) != given:
        raise InvalidJobError("type", "has two full stops in a row, which stand for a colon")
    if stored != given and not bounds.TYPE_NAME.fullmatch(stored):
        raise InvalidJobError("type", misfit(given, WITH_COLONS))
    return bounds.callers_type(stored)


def asked_type(given: str) -> str:
    """As `stored_type`, for a question, which may be about any type. No type has a name that does not fit."""
    return given.replace(COLON, STORED_COLON)


def kue_type(stored: str) -> str:
    """The name that Kue's callers know."""
    return stored.replace(STORED_COLON, COLON)


def priority_number(given: int | str) -> int:
    """The number of a priority, which may be one of Kue's names or a number as text. Raises InvalidJobError."""
    if isinstance(given, str):
        digits = given.removeprefix("-")
        if digits.isascii() and digits.isdecimal() and len(digits) <= len(str(bounds.PRIORITY.most)):
            given = int(given)
    return bounds.priority(given)
