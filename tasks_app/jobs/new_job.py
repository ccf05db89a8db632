"""Checks the jobs of one caller and encodes them in parts, which submit.lua, commit.lua and fill.lua read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tasks_app.configuration import Settings
from tasks_app.jobs import bounds
from tasks_app.jobs.job import NewJob
from tasks_app.text import joined

# They bound how long one script holds the server: 250 jobs take about 5 ms. A request with more jobs than one write may
# have goes in many parts, one after the other. Parts are smaller, so that other callers have their turn in between.
JOBS_PER_WRITE, JOBS_PER_PART = 250, 100
BYTES_PER_WRITE = 1_048_576  # the same in bytes; a job that is larger is a part of its own

BYTES_PER_BODY_BYTE = 4  # a letter outside ASCII has up to three times as many bytes in a record as in a body
Row = list[Any]  # a job in the scripts' form: id, type, delay ms, due ms, batch, fingerprint, error, record, unique


@dataclass(frozen=True, slots=True)
class Part:
    """Some consecutive jobs of one request: their text for taking.lua, how many, and about how many bytes."""

    text: str
    jobs: int
    bytes: int


def parts(jobs: Sequence[NewJob], options: Settings, trace: str = "") -> Iterator[Part]:
    """
    A request in parts; a small request has one. There is at least one job. `trace` is what is carried of the span
    that submits it (tasks_app/traces/carrying.py), "" = none: the records carry it.

    Raises InvalidJobError for a job that breaks a rule, TypeError for data that are not JSON, and ValueError, with a
    sentence, for too many jobs or bytes: so a job that passes cannot make the whole write fail.
    """
    if len(jobs) > options.batch_limit:
        raise ValueError(f"{len(jobs)} jobs at once; at most {options.batch_limit} are taken in one request")
    most = JOBS_PER_WRITE if len(jobs) <= JOBS_PER_WRITE else JOBS_PER_PART
    most_bytes = options.body_limit_bytes * BYTES_PER_BODY_BYTE
    rows: list[Row] = []
    size = total = 0
    carried = _carried(trace) if trace else []
    pairs: set[tuple[str, str]] = set()  # types and unique keys of the jobs so far
    for job in jobs:
        bounds.check(job)
        bounds.check_pair(job, pairs)
        record = [*bounds.record(job), *carried]
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
    The same form for a whole request, without records, with the jobs that decide whether it is taken: the first, those
    that may be known or refused, and one of each type.
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
        row.append([job.unique.on_conflict, job.unique.lasting, job.unique.stored])
    return row


def _carried(trace: str) -> list[str]:
    """Fields of a record. Each has its own: programs of a release before this one read the first alone."""
    parent, _, state = trace.partition(" ")
    return ["trace", parent, "tracestate", state] if state else ["trace", parent]


def _bytes(job: NewJob, record: Sequence[str]) -> int:
    try:
        return len("".join((*record, job.fingerprint, job.error, job.request)).encode())
    except UnicodeEncodeError:
        raise ValueError("a text has half of a surrogate pair (U+D800 to U+DFFF), which is no character") from None
