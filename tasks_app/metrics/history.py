"""Reads the history by the minute, which workers write: worker/census/sampler.py, tasks_app/lua/jobs/sample.lua."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis

from tasks_app.lua import job_script
from tasks_app.own_types import QUEUES, queue_of
from tasks_app.state import connections, history_keys, keys

# A row has at most so many types, shows and products: so all rows together take at most 5 MiB.
SAMPLED_TYPES, SAMPLED_INVENTORIES = 200, 50
COUNTED = ("created", "completed", "failed", "retried", "snoozed")
NUMBERS = (*COUNTED, "waiting", "oldest_ms", "running")
UNITS = ("available", "held", "sold")
Span = Literal["hour", "day"]
Course = list[int | None]  # a number for each step; None = nothing was recorded
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Steps:
    key: Callable[[], str]
    ms: int
    count: int
    is_open: bool  # the last step is not over yet


_SPANS: Mapping[Span, _Steps] = {
    "hour": _Steps(history_keys.history_minutes, 60_000, 60, is_open=False),
    "day": _Steps(history_keys.history_quarters, 900_000, 96, is_open=True),
}


@dataclass(frozen=True, slots=True)
class History:
    """
    The courses of a span, all as long as `recorded_ms`, oldest step first: by queue, by type, by show or product, and
    then by the name of the number. `recorded_ms`: how long the time is that a step has counted.
    """

    span: Span
    start_ms: int  # of the first step, unix ms
    step_ms: int
    recorded_ms: Course
    queues: Mapping[str, Mapping[str, Course]]
    types: Mapping[str, Mapping[str, Course]]
    inventories: Mapping[str, Mapping[str, Course]]


class HistoryQueries:
    """The reads. Each raises StateUnavailableError."""

    def __init__(self, client: redis.Redis, load: Callable[[str], str] = job_script) -> None:
        self._client, self._load = client, load

    def rates(self) -> dict[str, dict[str, float]]:
        """
        Type -> what was counted (COUNTED) -> how much of it a minute, over the last one or two minutes. Without types
        that counted nothing; empty before the first sample.
        """
        with connections.translated():
            script = self._client.register_script(self._load("rates"))
            over_ms, *rows = cast(list[Any], script(keys=[keys.events()]))
        minutes = max(1.0, over_ms / 60_000)
        return {
            name: {what: round(count / minutes, 2) for what, count in zip(COUNTED, counts, strict=True)}
            for name, *counts in sorted(rows)
        }

    def read(self, span: Span, job_type: str | None = None, queue: str | None = None) -> History:
        """All of a span; or only one type, or only one queue and its types. Then without shows and products."""
        steps = _SPANS[span]
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            pipeline.hgetall(steps.key())
            (seconds, _), texts = cast(Any, pipeline.execute())
        after = seconds * 1000 // steps.ms + (1 if steps.is_open else 0)
        first = after - steps.count
        rows: list[Row | None] = [json.loads(texts[str(n)]) if str(n) in texts else None for n in range(first, after)]
        wanted = [queue_of(job_type)] if job_type else [queue] if queue else list(QUEUES)
        types = {name for name in _named(rows, "t") if queue_of(name) in wanted and job_type in (None, name)}
        targets = () if job_type or queue else _named(rows, "i")
        return History(
            span,
            first * steps.ms,
            steps.ms,
            [None if row is None else row["ms"] for row in rows],
            {}
            if job_type
            else {name: _courses(NUMBERS, [_numbers(row, "q", name) for row in rows]) for name in wanted},
            {name: _courses(NUMBERS, [_numbers(row, "t", name) for row in rows]) for name in sorted(types)},
            {name: _courses(UNITS, [row["i"].get(name) if row else None for row in rows]) for name in sorted(targets)},
        )


def _named(rows: Iterable[Row | None], part: str) -> set[str]:
    return {name for row in rows if row for name in row[part]}


def _numbers(row: Row | None, part: str, name: str) -> Sequence[int] | None:
    """Of one queue or type: all 0 if a row without it had room for it, None if that is not known."""
    if row is None or (name not in row[part] and row["left"]):
        return None
    return cast(Sequence[int], row[part].get(name, (0,) * len(NUMBERS)))


def _courses(names: Sequence[str], steps: Sequence[Sequence[int] | None]) -> dict[str, Course]:
    return {name: [None if step is None else step[at] for step in steps] for at, name in enumerate(names)}
