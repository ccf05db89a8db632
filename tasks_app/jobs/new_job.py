"""What one caller wants recorded, checked and written out in parts: what submit.lua, commit.lua and fill.lua read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from tasks_app.configuration import Settings, settings
from tasks_app.jobs.job import NewJob, Unique
from tasks_app.text import joined

# They bound the time for which one script holds the server: 250 jobs about 5 ms. Who sends more than a write may have
# sends many parts one after the other, between which others have their turn, so those are smaller.
JOBS_PER_WRITE, JOBS_PER_PART = 250, 100
BYTES_PER_WRITE = 1_048_576  # the same for large ones; a job that is larger is a part of its own

TYPE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,63}")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # part of a key: with a colon it could name another one
BYTES_PER_BODY_BYTE = 4  # a letter outside ASCII has up to three bytes more in a record than in a body
EXACT = 2**53  # the scripts' numbers are doubles: beyond this they are not whole any more

_NUMBERS = ("priority", "attempts", "delay_ms", "due_ms", "ttl_ms")
_TEXTS = ("fingerprint", "target", "title", "error", "request", "key")
_numbers, _texts = attrgetter(*_NUMBERS), attrgetter(*_TEXTS)  # all at once: this is done for each of 10 000 jobs
Row = list[Any]  # a job as the scripts read it: id, type, delay ms, due ms, batch, fingerprint, error, record, unique


@dataclass(frozen=True, slots=True)
class Part:
    """Some jobs of one request, one after the other: as taking.lua reads them, how many, and about how many bytes."""

    text: str
    jobs: int
    bytes: int


def parts(jobs: Sequence[NewJob], options: Settings = settings) -> Iterator[Part]:
    """
    A request in its parts; of a small one there is one. There is at least one job.

    Raises TypeError and ValueError, in a sentence, for everything for which Redis or the script would refuse the whole
    write: what is no JSON, a number or text of the wrong type, too many, too much.
    """
    if len(jobs) > options.batch_limit:
        raise ValueError(f"{len(jobs)} jobs at once; at most {options.batch_limit} are taken in one request")
    most = JOBS_PER_WRITE if len(jobs) <= JOBS_PER_WRITE else JOBS_PER_PART
    most_bytes = options.body_limit_bytes * BYTES_PER_BODY_BYTE
    rows: list[Row] = []
    size = total = 0
    held: set[tuple[str, str]] = set()  # types and keys of the unique jobs so far
    for job in jobs:
        _check(job)
        if job.unique:
            _check_unique(job.unique)
            if job.unique.on_conflict == "refuse" and (job.type, job.unique.key) in held:
                raise ValueError("another job of this request has the same unique key, and this one refuses to")
            held.add((job.type, job.unique.key))
        record = job.record()
        own = _bytes(job, record)
        total += own
        if total > most_bytes:
            raise ValueError(f"the jobs have more than the {most_bytes} bytes that one request may have")
        if rows and (len(rows) == most or size + own > BYTES_PER_WRITE):
            yield Part(_text(jobs[0], rows), len(rows), size)
            rows, size = [], 0
        rows.append(_row(job, record))
        size += own
    yield Part(_text(jobs[0], rows), len(rows), size)


def outline(jobs: Sequence[NewJob]) -> str:
    """
    The same form for a whole request, with what decides whether it is taken and no records: its first job, those that
    may be known or refused, and one of each type.
    """
    rows, types = [_row(jobs[0], [])], {jobs[0].type}
    for job in jobs[1:]:
        if job.fingerprint or job.type not in types or (job.unique and job.unique.on_conflict == "refuse"):
            rows.append(_row(job, []))
            types.add(job.type)
    return _text(jobs[0], rows)


def _text(first: NewJob, rows: list[Row]) -> str:
    return joined([first.batch or first.id, first.request, *rows])


def _row(job: NewJob, record: list[str]) -> Row:
    row = [job.id, job.type, job.delay_ms, job.due_ms, job.batch, job.fingerprint, job.error, record]
    if job.unique:
        row.append([job.unique.on_conflict, job.unique.lasting, job.unique.key])
    return row


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


def _check_unique(unique: Unique) -> None:
    if not isinstance(unique.key, str) or not unique.key:
        raise ValueError("the key of a unique job is a text that is not empty")
    if unique.lasting not in ("queued", "unfinished") and not (
        type(unique.lasting) is int and 1 <= unique.lasting <= EXACT
    ):
        raise ValueError("a unique job lasts `queued`, `unfinished`, or a whole number of ms")
    if unique.on_conflict not in ("return", "replace", "refuse"):
        raise ValueError("what becomes of others beside a unique job is `return`, `replace` or `refuse`")


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
