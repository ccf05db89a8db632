"""What a job may be: each rule once. The HTTP API and the Python queue both ask here; the OpenAPI document shows it."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from tasks_app.errors import InvalidJobError
from tasks_app.jobs.job import OWNER_END, PRIORITIES, Backoff, NewJob, Unique
from tasks_app.own_types import OWN_TYPES, is_message
from tasks_app.text import NUMBER, OBJECT, TEXT, WHOLE, dates, encoded, misfit, shown


class Range(NamedTuple):
    """The least and the most that is allowed, both inclusive."""

    least: int
    most: int


YEAR_MS = 31_536_000_000
TYPE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,63}")
RESERVED = "names a type of Usher's own, whose jobs other routes submit"
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # part of a key: with a colon it could name another key
PRIORITY = Range(-1_000_000, 1_000_000)
ATTEMPTS = Range(1, 1_000)
WAIT_MS = Range(0, YEAR_MS)  # for each wait and time limit that a caller may set
UNIQUE_MS = Range(1, YEAR_MS)
UNIQUE_SECONDS = (0.001, YEAR_MS // 1000)  # the same limit, in the unit that callers use
JITTER = Range(0, 1)
CHARACTERS = Range(1, 200)  # length of a key, a unique key and a title
METADATA_BYTES, METADATA_NAMES = 2_048, 20
BACKOFFS, LASTING, ON_CONFLICT = ("fixed", "exponential"), ("queued", "unfinished"), ("return", "replace", "refuse")

_NUMBERS = {"priority": PRIORITY, "attempts": ATTEMPTS, "delay_ms": WAIT_MS, "ttl_ms": WAIT_MS}
_TEXTS = ("key", "title", "fingerprint", "target", "error", "request")
_numbers, _texts = attrgetter(*_NUMBERS), attrgetter(*_TEXTS)  # read all at once: a request may have 10 000 jobs
_RANGES = tuple((name, *allowed) for name, allowed in _NUMBERS.items())


def check(job: NewJob) -> None:
    """Raises InvalidJobError if the job breaks a rule. Its data are checked when they are encoded (`record`)."""
    if not isinstance(job.data, Mapping):
        raise InvalidJobError("data", misfit(job.data, OBJECT))
    for value, (name, least, most) in zip(_numbers(job), _RANGES, strict=True):
        if type(value) is not int or not least <= value <= most:  # True is an int too, but not a number
            whole(name, value, _NUMBERS[name])
            raise InvalidJobError(name, misfit(value, WHOLE))  # such as 3.0, which the record would hold as a float
    if type(job.due_ms) is not int:
        raise InvalidJobError("due_ms", misfit(job.due_ms, WHOLE))
    if job.due_ms:
        moment(job.due_ms)
    texts = _texts(job)
    if set(map(type, texts)) != {str}:
        name, value = next(one for one in zip(_TEXTS, texts, strict=True) if type(one[1]) is not str)
        raise InvalidJobError(name, misfit(value, TEXT))
    if job.key:
        text("key", job.key)
    if job.title:
        text("title", job.title)
    type_name(job.type)
    for name, given in (("id", job.id), ("batch", "-" if job.batch == "" else job.batch)):
        if not isinstance(given, str) or not ID.fullmatch(given):
            raise InvalidJobError(name, misfit(given, "1 to 64 letters, digits, `_` and `-`"))
    if job.backoff:
        backoff(job.backoff)
    if job.metadata:
        metadata(job.metadata)
    if job.unique:
        unique(job.unique)


def type_name(given: object) -> str:
    """A valid name of a type, Usher's own included. Raises InvalidJobError."""
    if not isinstance(given, str):
        raise InvalidJobError("type", misfit(given, TEXT))
    if not TYPE_NAME.fullmatch(given):
        raise InvalidJobError("type", misfit(given, f"a text that fits the pattern ^{TYPE_NAME.pattern}$"))
    if is_message(given):
        raise InvalidJobError("type", f"is {shown(given)}, which {RESERVED}")
    return given


def is_reserved(name: str) -> bool:
    """Is this a type of which callers may not submit jobs?"""
    return name in OWN_TYPES or is_message(name)


def callers_type(given: object) -> str:
    """A type for a caller's job, which may not be one of Usher's own. Raises InvalidJobError."""
    name = type_name(given)
    if is_reserved(name):
        raise InvalidJobError("type", f"is {shown(name)}, which {RESERVED}")
    return name


def record(job: NewJob) -> list[str]:
    """
    As NewJob.record. Raises InvalidJobError for values that JSON cannot hold, TypeError for types unknown to JSON.
    """
    try:
        return job.record()
    except ValueError as error:
        raise InvalidJobError("data", unsayable(error)) from error


def unsayable(error: Exception) -> str:
    """The message about data that JSON cannot hold."""
    return f"cannot be kept: {error}"


def check_pair(job: NewJob, pairs: set[tuple[str, str]]) -> None:
    """
    Add its unique key to `pairs`, the types and keys of the jobs before it in the same request. Raises InvalidJobError
    if it has `refuse` and one of them has its key: the request would be refused for ever.
    """
    if job.unique:
        own = job.type, job.unique.key
        if job.unique.on_conflict == "refuse" and own in pairs:
            raise InvalidJobError("unique.key", "names what another job of this request has, and it refuses to")
        pairs.add(own)


def priority(given: object) -> int:
    """The number of a priority, given as a number or as one of Kue's names. Raises InvalidJobError."""
    if isinstance(given, str):
        return PRIORITIES[word("priority", given, PRIORITIES)]
    return whole("priority", given, PRIORITY)


def moment(given: int | str | datetime) -> int:
    """The given moment in unix ms (text/dates.py). Raises InvalidJobError."""
    try:
        return dates.checked_ms(given) if isinstance(given, int) else dates.unix_ms(given)
    except ValueError as error:
        is_shown = isinstance(given, int | str)
        raise InvalidJobError(
            "due_ms" if isinstance(given, int) else "due",
            f"is {shown(given)}, which {error}" if is_shown else f"{error}",
        ) from None


def backoff(asked: Backoff) -> Backoff:
    """The checked backoff, with whole numbers of ms. Raises InvalidJobError."""
    kind = word("backoff.kind", asked.kind, BACKOFFS)
    delay_ms, max_ms = (whole(f"backoff.{name}", getattr(asked, name), WAIT_MS) for name in ("delay_ms", "max_ms"))
    if asked.jitter is not None:
        number("backoff.jitter", asked.jitter, *JITTER)
    return Backoff(kind, delay_ms, max_ms, asked.jitter)


def metadata(given: object) -> Mapping[str, Any]:
    """A JSON object of at most METADATA_NAMES names and METADATA_BYTES, as JSON in UTF-8. Raises InvalidJobError."""
    if not isinstance(given, Mapping) or not all(isinstance(name, str) and name for name in given):
        raise InvalidJobError("metadata", misfit(given, OBJECT))
    if len(given) > METADATA_NAMES:
        raise InvalidJobError("metadata", f"has {len(given)} names; at most {METADATA_NAMES} are allowed")
    try:
        size = len(encoded(given).encode())
    except (ValueError, TypeError) as error:
        raise InvalidJobError("metadata", unsayable(error)) from error
    if size > METADATA_BYTES:
        raise InvalidJobError("metadata", f"has {size} bytes as JSON; at most {METADATA_BYTES} are allowed")
    return given


def unique(asked: Unique) -> Unique:
    """The checked option. Raises InvalidJobError."""
    text("unique.key", asked.key)
    if OWNER_END in asked.key:
        raise InvalidJobError("unique.key", "has a character that no text for people has, U+001F")
    word("unique.on_conflict", asked.on_conflict, ON_CONFLICT)
    if isinstance(asked.lasting, str):
        word("unique.while", asked.lasting, LASTING)
    elif type(asked.lasting) is not int or not UNIQUE_MS.least <= asked.lasting <= UNIQUE_MS.most:
        seconds = asked.lasting if isinstance(asked.lasting, bool) else asked.lasting / 1000
        lasting_ms(int(seconds) if isinstance(seconds, float) and seconds.is_integer() else seconds)
    return asked


def lasting_ms(seconds: object) -> int:
    """For how many ms a job holds its unique key, given in seconds. Raises InvalidJobError."""
    return int(number("unique.while", seconds, *UNIQUE_SECONDS) * 1000)


def whole(field: str, given: object, allowed: Range) -> int:
    """A whole number in its range; 3.0 counts as whole. Raises InvalidJobError."""
    if type(given) is not int and not (isinstance(given, float) and given.is_integer()):
        raise InvalidJobError(field, misfit(given, WHOLE))
    return int(number(field, given, *allowed))


def number(field: str, given: object, least: float, most: float) -> float:
    """A number in its range. Raises InvalidJobError."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InvalidJobError(field, misfit(given, NUMBER))
    if not given <= most:  # this refuses NaN too
        raise InvalidJobError(field, misfit(given, f"at most {most}"))
    if given < least:
        raise InvalidJobError(field, misfit(given, f"at least {least}"))
    return given


def text(field: str, given: object) -> str:
    """A text whose length is in CHARACTERS. Raises InvalidJobError."""
    if not isinstance(given, str):
        raise InvalidJobError(field, misfit(given, TEXT))
    if len(given) < CHARACTERS.least:
        raise InvalidJobError(field, misfit(given, f"a text of at least {CHARACTERS.least} characters"))
    if len(given) > CHARACTERS.most:
        raise InvalidJobError(field, misfit(given, f"a text of at most {CHARACTERS.most} characters"))
    return given


def word(field: str, given: object, choices: Iterable[str]) -> str:
    """One of these words. Raises InvalidJobError."""
    words = list(choices)
    if not isinstance(given, str) or given not in words:
        *others, last = (f"'{one}'" for one in words)
        raise InvalidJobError(field, misfit(given, f"one of {', '.join(others)} or {last}"))
    return given
