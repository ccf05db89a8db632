"""Reads what all processes counted, what they have open, and the last census."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import redis

from tasks_app.errors import WritesRefusedError
from tasks_app.state import connections, inventory_keys, keys, layout, worker_keys

TYPES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Metered:
    """Fields (series.py) of the whole system, and by type; what is open, by name; totals of the census."""

    fields: Mapping[str, int]
    of_types: Mapping[str, Mapping[str, int]]
    open_now: Mapping[str, int]
    census: Mapping[str, int]
    now_ms: int  # of the server's clock


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the clock is, ms: the most overdue hold, and by type the most overdue delayed job. 0 = not late."""

    hold_ms: int
    due_ms: Mapping[str, int]


@dataclass(slots=True)
class Memory:
    """Of all servers of the state."""

    used_bytes: int = 0
    limit_bytes: int = 0  # 0 = none
    keys: int = 0


class MeterQueries:
    """The reads. Each raises StateUnavailableError. The cost is bound by the number of types, not of jobs or shows."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def takes_writes(self) -> bool:
        """Whether the state takes changes; if not, it only answers reads."""
        try:
            with connections.translated():
                self._client.delete(keys.unwritten())
        except WritesRefusedError:
            return False
        return True

    def read(self) -> Metered:
        """Everything that was counted."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.time()
            pipeline.sunion([keys.types(), keys.handled()])
            pipeline.hgetall(worker_keys.meters())
            pipeline.hgetall(worker_keys.open_now())
            pipeline.hgetall(worker_keys.census())
            (seconds, micros), types, fields, rows, census = cast(Any, pipeline.execute())
            now_ms = seconds * 1000 + micros // 1000
            names, of_types = sorted(types), {}
            for at in range(0, len(names), TYPES_AT_ONCE):
                pipeline = self._client.pipeline(transaction=False)
                some = names[at : at + TYPES_AT_ONCE]
                for name in some:
                    pipeline.hgetall(worker_keys.meters(name))
                of_types.update({name: _numbers(row) for name, row in zip(some, pipeline.execute(), strict=True)})
        open_now: Counter[str] = Counter()
        for row in rows.values():
            until_ms, _, text = row.partition(" ")
            if int(until_ms) >= now_ms:
                open_now.update(json.loads(text))
        return Metered(_numbers(fields), of_types, open_now, _numbers(census), now_ms)

    def lateness(self, types: list[str], now_ms: int) -> Lateness:
        """How far the clock of the workers is behind."""
        with connections.translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.zrange(inventory_keys.agenda("expire"), 0, 0, withscores=True)
            for name in types:
                pipeline.zrange(keys.index(name, "delayed"), 0, 0, withscores=True)
            # A score of 0 is no deadline: look at once.
            firsts = [int(now_ms - rows[0][1]) if rows and rows[0][1] else 0 for rows in pipeline.execute()]
        return Lateness(max(0, firsts[0]), {name: max(0, late) for name, late in zip(types, firsts[1:], strict=True)})

    def memory(self) -> Memory:
        """What the servers of the state use."""
        found = Memory()
        with connections.translated():
            for server in connections.each_server(self._client):
                try:
                    told = server.info("memory")
                except redis.ResponseError:  # a provider may forbid it
                    continue
                found.used_bytes += int(told["used_memory"])
                found.limit_bytes += int(told.get("maxmemory", 0))
                found.keys += server.dbsize()
        return found

    def layouts(self) -> Counter[int]:
        """
        Layout -> how many connections to the state are of programs that know it (state/layout.py). Empty if a provider
        forbids CLIENT LIST.
        """
        found: Counter[int] = Counter()
        with connections.translated():
            for server in connections.each_server(self._client):
                try:
                    names = [row.get("name", "").split(":") for row in server.client_list()]
                except redis.ResponseError:
                    continue
                found.update(
                    int(name[1]) for name in names if name[0] == layout.MARK and name[1:] and name[1].isdecimal()
                )
        return found


def _numbers(fields: Mapping[str, str]) -> dict[str, int]:
    return {name: int(number) for name, number in fields.items()}
