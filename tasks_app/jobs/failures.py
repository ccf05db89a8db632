"""Failed jobs by type and kind of error: how many, since when, how often, and an example of each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis

from tasks_app.lua import job_script
from tasks_app.state import STORED, connections, keys
from tasks_app.text import decoded

SHOWN_IDS = 5  # of each group
MESSAGE_CHARACTERS = 200
CLASS = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,99})(?::|\Z)")  # alike.lua has the same
Span = Literal["hour", "day"]
STEPS: Mapping[Span, tuple[int, int]] = {"hour": (60_000, 60), "day": (900_000, 96)}  # ms of a step, how many


def kind_of(error: Mapping[str, Any] | None) -> str:
    """
    The kind of an error {"code", "message"}: its code; for an exception of a handler, whose code is `error`, `error:`
    and the name of its class. "" = it has none.
    """
    code, message = (error or {}).get("code"), (error or {}).get("message")
    if not isinstance(code, str):
        return ""
    found = CLASS.match(message) if code == "error" and isinstance(message, str) else None
    return f"error:{found[1]}" if found else code


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """
    The failed jobs of one type and kind of error. `kind` "" = all kinds of the type beyond the hundred that are told
    apart. Times are unix ms. `course`: how many of them failed in each step. `message`: what the newest says, in one
    line. `jobs`: ids of the newest, newest first.
    """

    type: str
    kind: str
    count: int
    first_ms: int
    last_ms: int
    course: list[int]
    message: str
    jobs: list[str]


@dataclass(frozen=True, slots=True)
class Failures:
    """
    The groups of most jobs, and what they are among: `count` failed jobs, of which `ungrouped` are in no group yet, and
    `groups_count` groups. The steps of a course begin at `start_ms`, and the last one is that of now.
    """

    span: Span
    start_ms: int
    step_ms: int
    count: int
    ungrouped: int
    groups_count: int
    groups: list[FailureGroup]


class FailureQueries:
    """The reads of one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, span: Span = "hour", job_type: str = "", most: int = 50) -> Failures:
        """At most `most` groups, those of most jobs first. `job_type` "" = all. Raises StateUnavailableError."""
        step_ms, steps = STEPS[span]
        with connections.translated():
            script = self._client.register_script(job_script("failures"))
            arguments = (job_type, most, SHOWN_IDS, step_ms, steps)
            answer = cast(list[Any], script(keys=[keys.events()], args=arguments))
            start, count, ungrouped, _, groups_count, *rows = answer
            messages = self._messages([row[5] for row in rows])
        groups = [
            FailureGroup(name, kind, jobs, int(first), int(last), course or [0] * steps, said, ids)
            for (name, kind, jobs, first, last, ids, course), said in zip(rows, messages, strict=True)
        ]
        return Failures(span, int(start), step_ms, count, ungrouped, groups_count, groups)

    def _messages(self, groups: Sequence[Sequence[str]]) -> list[str]:
        """For each group, what the first of these jobs says that has failed still."""
        pipeline = self._client.pipeline(transaction=False)
        for ids in groups:
            for job_id in ids:
                pipeline.hmget(keys.job(job_id), STORED["state"], "error")
        found = iter(pipeline.execute())
        texts = [[next(found) for _ in ids] for ids in groups]
        return [next((_line(error) for state, error in one if state == "failed" and error), "") for one in texts]


def _line(error: str) -> str:
    """The message of an error, in one line, cut short."""
    message = decoded(error).get("message")
    text = " ".join(message.split()) if isinstance(message, str) else ""
    return text if len(text) <= MESSAGE_CHARACTERS else f"{text[: MESSAGE_CHARACTERS - 1]}…"
