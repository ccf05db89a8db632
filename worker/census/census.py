"""Census: goes round all shows and products, a few at a time, and adds up their units and their memory."""

import logging
import time
import uuid
from collections import Counter
from typing import cast

import redis

from tasks_app.inventory import parse_pools
from tasks_app.state import inventory_keys, worker_keys
from worker.census import memory
from worker.census.regrouping import Regrouping

log = logging.getLogger(__name__)

STEP_SECONDS = 1.0  # between two steps
SHOWS = 200  # in a step, which takes the server some 5 ms
ROUND_SECONDS = 15.0  # a round takes at least so long
TAKER_MS = 30_000  # a worker that is silent for so long takes it no longer
KINDS = ("show", "product")


class Census:
    """One worker's census. Of all workers, one takes it at a time."""

    def __init__(
        self, client: redis.Redis, step_seconds: float = STEP_SECONDS, round_seconds: float = ROUND_SECONDS
    ) -> None:
        self._step_seconds, self._round_seconds = step_seconds, round_seconds
        self._client = client
        self._regrouping = Regrouping(client)
        self._name = uuid.uuid4().hex
        self._stepped = self._began = float("-inf")
        self._begin()

    def _begin(self) -> None:
        self._kinds = list(KINDS)
        self._cursor = 0
        self._seen: set[str] = set()  # a set that grows tells some of its members twice
        self._totals: Counter[str] = Counter()

    def go_on(self) -> None:
        """The next step, if it is time and no other worker takes the census. Raises redis.RedisError."""
        now = time.monotonic()
        is_over = not self._kinds
        if now - self._stepped < self._step_seconds:
            return
        self._stepped = now
        if not self._is_mine():
            return
        self._regrouping.go_on()
        if is_over and now - self._began < self._round_seconds:
            return
        if is_over:
            self._began = now
            self._begin()
        self._step(self._kinds[0])
        if not self._kinds:
            self._publish()

    def _is_mine(self) -> bool:
        key = worker_keys.census_taker()
        taker = self._client.set(key, self._name, nx=True, px=TAKER_MS, get=True)
        # A longer time to live was written before the server's time stepped back.
        if taker not in (None, self._name) and self._client.pttl(key) <= TAKER_MS:
            return False
        self._client.set(key, self._name, px=TAKER_MS)
        return True

    def _step(self, kind: str) -> None:
        found = self._client.sscan(inventory_keys.inventories(kind), self._cursor, count=SHOWS)
        self._cursor, ids = cast(tuple[int, list[str]], found)
        targets = [target for target in (f"{kind}:{one}" for one in ids) if target not in self._seen]
        self._seen.update(targets)
        pipeline = self._client.pipeline(transaction=False)
        for target in targets:
            pipeline.hgetall(inventory_keys.inventory(target, "pool"))
        for target, counters in zip(targets, pipeline.execute(), strict=True):
            try:
                self._count(kind, counters)
            except (KeyError, ValueError):
                log.error("%s is left out of the census: its numbers cannot be true", target)
        ledgers = [inventory_keys.inventory(target, "log") for target in targets]
        others = [
            inventory_keys.inventory(target, part)
            for target in targets
            for part in inventory_keys.INVENTORY_PARTS
            if part != "log"
        ]
        self._totals[f"bytes:{memory.LEDGERS}"] += sum(memory.sizes(self._client, ledgers))
        self._totals[f"bytes:{memory.SHOWS}"] += sum(memory.sizes(self._client, others))
        if not self._cursor:
            self._kinds.pop(0)

    def _count(self, kind: str, counters: dict[str, str]) -> None:
        self._totals[f"count:{kind}"] += 1
        for pool in parse_pools(counters).values():
            for state in ("available", "held", "sold"):
                self._totals[f"units:{kind}:{state}"] += getattr(pool, state)

    def _publish(self) -> None:
        for name, size in (memory.sampled(self._client) + memory.of_lines(self._client)).items():
            self._totals[f"bytes:{name}"] += size
        seconds, micros = self._client.time()
        totals = {**self._totals, "at_ms": seconds * 1000 + micros // 1000}
        pipeline = self._client.pipeline(transaction=True)
        pipeline.delete(worker_keys.census())
        pipeline.hset(worker_keys.census(), mapping={name: str(number) for name, number in totals.items()})
        pipeline.execute()
