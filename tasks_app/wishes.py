"""What one caller wants recorded, checked and written out: the arguments of submit.lua, which several callers share."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from tasks_app.jobs import NewJob
from tasks_app.settings import Settings, settings

TYPE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,63}")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # part of a key: with a colon it could name another one
BYTES_PER_BODY_BYTE = 4  # a letter outside ASCII has up to three bytes more in a record than in a body
EXACT = 2**53  # the scripts' numbers are doubles: beyond this they are not whole any more

_NUMBERS = ("priority", "attempts", "delay_ms", "due_ms", "ttl_ms")
_TEXTS = ("fingerprint", "target", "title", "error", "request")
_numbers, _texts = attrgetter(*_NUMBERS), attrgetter(*_TEXTS)  # all at once: this is done for each of 10 000 jobs


@dataclass(frozen=True, slots=True)
class Wish:
    """The arguments for one request, and about how many bytes they have."""

    arguments: list[str | int]
    bytes: int


def written(jobs: Sequence[NewJob], options: Settings = settings) -> Wish:
    """
    The part of submit.lua's arguments that is about these jobs, of which there is at least one.

    Raises TypeError and ValueError, in a sentence, for everything for which Redis or the script would refuse the whole
    write: what is no JSON, a number or text of the wrong type, too many, too much.
    """
    if len(jobs) > options.batch_limit:
        raise ValueError(f"{len(jobs)} jobs at once; at most {options.batch_limit} are taken in one request")
    most_bytes = options.body_limit_bytes * BYTES_PER_BODY_BYTE
    first = jobs[0]
    arguments: list[str | int] = [len(jobs), first.batch or first.id, first.request]
    size = 0
    for job in jobs:
        _check(job)
        record = job.record()
        own = (job.id, job.type, job.delay_ms, job.due_ms, job.batch, job.fingerprint, job.error, len(record))
        arguments += (*own, *record)
        size += _bytes(job, record)
        if size > most_bytes:
            raise ValueError(f"the jobs have more than the {most_bytes} bytes that one request may have")
    return Wish(arguments, size)


def _check(job: NewJob) -> None:
    if not isinstance(job.data, Mapping):
        raise TypeError(f"data is a JSON object (a dict), not of the type {type(job.data).__name__}")
    numbers, texts = _numbers(job), _texts(job)
    if set(map(type, numbers)) != {int} or min(numbers) < -EXACT or max(numbers) > EXACT:
        _check_numbers(numbers)
    if set(map(type, texts)) != {str}:
        _check_texts(texts)
    if not isinstance(job.type, str) or not TYPE_NAME.fullmatch(job.type):
        raise ValueError("a type has 1 to 64 characters: a letter or digit, then letters, digits, `_ . -`, blanks")
    if not _is_id(job.id) or (job.batch != "" and not _is_id(job.batch)):
        raise ValueError("the ids of jobs and batches are 1 to 64 letters, digits, `_` and `-`")


def _check_numbers(numbers: tuple[Any, ...]) -> None:
    for name, value in zip(_NUMBERS, numbers, strict=True):
        if type(value) is not int:  # True is an int too, and no number
            raise TypeError(f"{name} is a whole number, not of the type {type(value).__name__}")
        if not -EXACT <= value <= EXACT:
            raise ValueError(f"{name} has at most 53 bits")


def _check_texts(texts: tuple[Any, ...]) -> None:
    for name, value in zip(_TEXTS, texts, strict=True):
        if not isinstance(value, str):
            raise TypeError(f"{name} is a text, not of the type {type(value).__name__}")


def _is_id(given: Any) -> bool:
    return isinstance(given, str) and ID.fullmatch(given) is not None


def _bytes(job: NewJob, record: Sequence[str]) -> int:
    try:
        return len("".join((*record, job.fingerprint, job.error, job.request)).encode())
    except UnicodeEncodeError:
        raise ValueError("a text has half of a surrogate pair (U+D800 to U+DFFF), which is no character") from None
