"""Whether the state's memory has room for more jobs: backpressure in bytes, besides the limit on queued jobs."""

import time

import redis

FULL = 0.9  # of maxmemory; the rest is for jobs that are taken already: results, holds, messages
LOOK_SECONDS = 1.0  # a look takes about 0.1 ms; at this pace it costs a busy intake nothing


class Backpressure:
    """One server's memory, read at most once in LOOK_SECONDS."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._looked = float("-inf")
        self._scarce = False

    def is_scarce(self) -> bool:
        """Whether new jobs must wait; False if the server has no limit, or does not tell it. Raises RedisError."""
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            try:
                memory = self._client.info("memory")
            except redis.ResponseError:
                memory = {}
            most = int(memory.get("maxmemory", 0))
            self._scarce = most > 0 and int(memory.get("used_memory", 0)) >= FULL * most
            self._looked = now
        return self._scarce
