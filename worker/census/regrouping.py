"""Regrouping: failed jobs that a program of an earlier release left out of their groups, or left in them."""

import time
from typing import cast

import redis

from tasks_app.lua import job_script
from tasks_app.state import keys

ROUND_SECONDS = 15.0  # between two looks whether any job is left out
SCRIPTS, AT_ONCE = 4, 500  # in a step of the census; a script takes the server some 2 ms


class Regrouping:
    """
    Compares, for each type, how many jobs have failed with how many are in groups (lua/jobs/alike.lua). Where they
    differ, it looks at all of them, some at a time; whatever happens meanwhile is in its group anyway.
    """

    def __init__(self, client: redis.Redis, at_once: int = AT_ONCE) -> None:
        """`at_once`: how many jobs a script looks at."""
        self._client = client
        self._at_once = at_once
        self._failures = client.register_script(job_script("failures"))
        self._regroup = client.register_script(job_script("regroup"))
        self._looked = float("-inf")
        self._walks: list[tuple[str, ...]] = []  # type, and the kind whose group it looks at; without it, all
        self._cursor = "0"

    def go_on(self) -> None:
        """The next step. Raises redis.RedisError."""
        if not self._walks:
            if time.monotonic() - self._looked < ROUND_SECONDS:
                return
            self._looked = time.monotonic()
            self._walks = self._differing()
        for _ in range(SCRIPTS):
            if not self._walks:
                return
            job_type, *kind = self._walks[0]
            self._cursor = self._regroup(keys=[keys.events()], args=[job_type, self._cursor, self._at_once, *kind])
            if self._cursor == "0":
                self._walks.pop(0)
                self._looked = time.monotonic()

    def _differing(self) -> list[tuple[str, ...]]:
        """First what is in groups and should not be, then what should be; otherwise a job might be in two."""
        found = self._failures(keys=[keys.events()], args=["", 0, 0, 1, 1])
        walks: list[tuple[str, ...]] = []
        for job_type in cast(list[str], found[3]):
            kinds = cast(set[str], self._client.smembers(keys.failure_kinds(job_type)))
            walks += [*((job_type, kind) for kind in sorted(kinds)), (job_type,)]
        return walks
