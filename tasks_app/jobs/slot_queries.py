"""What the slots of all workers do, as their workers reported a moment ago."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis

from tasks_app.state import connections, worker_keys


@dataclass(frozen=True, slots=True)
class SlotState:
    """One slot. `type` is what it does, None while it is idle; for a dead slot, what it did when it was last alive."""

    worker: str
    queue: str
    pid: int  # of its process; 0 = the process has not started yet
    state: Literal["idle", "busy", "dead"]
    type: str | None
    since_ms: int  # since when it does this or is idle; unix ms by its worker's clock
    job: str | None = None  # the job that it does, of several at once the first; None = it looks for jobs, or has none
    jobs: int = 0  # how many it does at once
    quiet: bool = False  # its worker starts no job, as an operator wishes


class SlotQueries:
    """Reads of slots on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def serving(self, queues: Iterable[str]) -> list[SlotState]:
        """The slots of live workers that serve these queues. Raises StateUnavailableError."""
        return [
            SlotState(
                *(worker, queue, slot["pid"], _state_of(slot), slot["type"] or None, slot["since_ms"]),
                *(slot.get("job") or None, slot.get("jobs", 0), is_quiet),  # an earlier release says nothing of jobs
            )
            for worker, queue, _, slots, is_quiet in self._announced(queues)
            for slot in slots
        ]

    def skews_ms(self, queues: Iterable[str]) -> dict[str, int]:
        """
        Live worker -> how far its clock is ahead of the server's; without workers that do not announce their time.
        Raises StateUnavailableError.
        """
        return {
            worker: slots[0]["until_ms"] - int(until_ms)
            for worker, _, until_ms, slots, _ in self._announced(queues)
            if slots and "until_ms" in slots[0]
        }

    def _announced(self, queues: Iterable[str]) -> list[tuple[str, str, float, list[Any], bool]]:
        """Worker, queue, until when its announcement is valid (unix ms of the server), its slots, is it quiet."""
        names = list(queues)
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            for queue in names:
                pipeline.zrange(worker_keys.slots(queue), 0, -1, withscores=True)
            (seconds, micros), *lanes = cast(Any, pipeline.execute())
            now_ms = seconds * 1000 + micros // 1000
            rows = [
                (row.rpartition(" ")[0], queue, until_ms)
                for queue, found in zip(names, lanes, strict=True)
                for row, until_ms in found
                if until_ms > now_ms
            ]
            for worker, _, _ in rows:
                pipeline.get(worker_keys.doing(worker))
                pipeline.hexists(worker_keys.worker(worker), "quiet")
            told = pipeline.execute() if rows else []
        return [
            (*row, json.loads(text.partition(" ")[2]) if text else [], bool(is_quiet))
            for row, text, is_quiet in zip(rows, told[::2], told[1::2], strict=True)
        ]


def _state_of(slot: Any) -> Literal["idle", "busy", "dead"]:
    return "dead" if slot["dead"] else "busy" if slot["type"] else "idle"
