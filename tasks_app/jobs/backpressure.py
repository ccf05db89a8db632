"""Whether the state's memory has room for more jobs: backpressure in bytes, beside the count of those that wait."""

import time

import redis

FULL = 0.9  # of maxmemory; the rest is for what is taken already: outcomes, holds, messages
LOOK_SECONDS = 1.0  # so that a look, of about 0.1 ms, costs a busy intake nothing


class Backpressure:
    """One server's memory, looked at no more often than each LOOK_SECONDS."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._looked = float("-inf")
        self._scarce = False

    def is_scarce(self) -> bool:
        """Whether new jobs must wait; never where the server has no limit, or will not tell. Raises RedisError."""
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
