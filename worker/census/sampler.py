"""Sampler: has the history's row of each minute written, when the minute is over (tasks_app/lua/jobs/sample.lua)."""

import time
from collections.abc import Callable

import redis

from tasks_app.lua import job_script
from tasks_app.metrics import SAMPLED_INVENTORIES, SAMPLED_TYPES
from tasks_app.state import keys

LOOKED_AT = 200  # shows and products with holds, of which those that move have a row


class Sampler:
    """One worker's sampler. All workers have one, and the first of a minute writes its row."""

    def __init__(self, client: redis.Redis, load: Callable[[str], str] = job_script) -> None:
        self._script = client.register_script(load("sample"))
        self._due = float("-inf")  # by time.monotonic

    def go_on(self) -> None:
        """Write the row of the last minute, if a new one has begun and nobody was first. Raises redis.RedisError."""
        if time.monotonic() < self._due:
            return
        left_ms = self._script(keys=[keys.events()], args=[SAMPLED_TYPES, SAMPLED_INVENTORIES, LOOKED_AT])
        self._due = time.monotonic() + left_ms / 1000
