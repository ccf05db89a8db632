"""Pauses: since when the jobs of a group wait, who wants it, why, and until when."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.state import connections, keys


@dataclass(frozen=True, slots=True)
class Pause:
    """
    A pause. `by`: the owner of the key, or None where nobody needs one; `until_ms`: when it ends by itself, None = when
    somebody resumes the group. Times are unix ms.
    """

    since_ms: int
    by: str | None = None
    reason: str | None = None
    until_ms: int | None = None

    @classmethod
    def of(cls, since: str | None, note: str | None) -> "Pause | None":
        """Read what pause.lua wrote; without a note of the same moment, an earlier release wrote the pause."""
        if since is None:
            return None
        told: dict[str, Any] = json.loads(note) if note else {}
        if told.get("since") != since:
            return cls(int(since))
        until = int(told["until"]) if told["until"] else None
        return cls(int(since), told["by"] or None, told["reason"] or None, until)


def read_pauses(client: redis.Redis, groups: Sequence[str] | None = None) -> dict[str, Pause]:
    """Group (groups.py) -> its pause, for all that are paused, or those of `groups`. Raises StateUnavailableError."""
    with connections.translated():
        pipeline = client.pipeline(transaction=True)
        for key in (keys.pauses(), keys.paused_keys(), keys.pause_notes()):
            if groups is None:
                pipeline.hgetall(key)
            else:
                pipeline.hmget(key, list(groups))
        answers = cast(Any, pipeline.execute())
    if groups is not None:
        answers = [{group: one for group, one in zip(groups, answer, strict=True) if one} for answer in answers]
    pauses, of_keys, notes = answers
    pauses |= of_keys
    found = {group: Pause.of(since, notes.get(group)) for group, since in pauses.items()}
    return {group: pause for group, pause in found.items() if pause}
