"""What the slots of all workers do, as their workers reported a moment ago."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis

from tasks_app.state import connections, keys


@dataclass(frozen=True, slots=True)
class SlotState:
    """One slot. `type` is what it does, None while it is idle; for a dead slot, what it did when it was last alive."""

    worker: str
    queue: str
    pid: int  # of its process; 0 = the process has not started yet
    state: Literal["idle", "busy", "dead"]
    type: str | None
    since_ms: int  # since when it does this or is idle; unix ms by its worker's clock


class SlotQueries:
    """Reads of slots on one server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def serving(self, queues: Iterable[str]) -> list[SlotState]:
        """The slots of live workers that serve these queues. Raises StateUnavailableError."""
        names = list(queues)
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            for queue in names:
                pipeline.zrange(keys.slots(queue), 0, -1, withscores=True)
            (seconds, micros), *lanes = cast(Any, pipeline.execute())
            now_ms = seconds * 1000 + micros // 1000
            pairs = [
                (queue, row.rpartition(" ")[0])
                for queue, rows in zip(names, lanes, strict=True)
                for row, until_ms in rows
                if until_ms > now_ms
            ]
            told = self._client.mget([keys.doing(worker) for _, worker in pairs]) if pairs else []
        found = []
        for (queue, worker), text in zip(pairs, cast(list[str | None], told), strict=True):
            for slot in json.loads(text.partition(" ")[2]) if text else []:
                state: Literal["idle", "busy", "dead"] = "dead" if slot["dead"] else "busy" if slot["type"] else "idle"
                found.append(SlotState(worker, queue, slot["pid"], state, slot["type"] or None, slot["since_ms"]))
        return found
