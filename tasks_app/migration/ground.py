"""The data of one server under the lock of a migration: what a step (migration.py) may do with them."""

from collections.abc import Iterator
from typing import Any, cast

import redis

from tasks_app.lua import IN_ANY_MEMORY, text
from tasks_app.state import keys

LOCK_MS = 10_000  # who is silent for so long counts as dead; each part renews it
KEYS_AT_ONCE = 500

# Before each part: nothing is changed by a process that lost the lock, however long it was frozen.
FENCE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LOST the lock') end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
table.remove(ARGV, 1)
table.remove(ARGV, 1)
"""


class LostLockError(Exception):
    """Another process goes on with the migration."""


class Ground:
    """Whoever has one holds the lock, or learns by LostLockError that it does not any more."""

    def __init__(self, client: redis.Redis, token: str) -> None:
        self._client = client
        self._token = token

    def take(self) -> bool:
        """Take the lock; False when another process has it."""
        return bool(self._client.set(keys.layout_lock(), self._token, nx=True, px=LOCK_MS))

    def run(self, script: str, *arguments: str | int) -> Any:
        """One part: `script` is a file of lua/layout, or lines of Lua; `arguments` are its ARGV. It may use any key."""
        body = script if "\n" in script else text(f"layout/{script}")
        given = (keys.layout_lock(), self._token, str(LOCK_MS), *map(str, arguments))
        try:
            return self._client.eval(f"{IN_ANY_MEMORY}{FENCE}{body}", 1, *given)
        except redis.ResponseError as error:
            if "LOST" in str(error):
                raise LostLockError from error
            raise

    def keys(self, pattern: str) -> Iterator[list[str]]:
        """The keys that match, some hundred at a time; one may come twice."""
        cursor = 0
        while True:
            cursor, found = cast(tuple[int, list[str]], self._client.scan(cursor, pattern, KEYS_AT_ONCE))
            self.run("return 1\n")  # a scan of many keys takes longer than the lock lasts
            if found:
                yield found
            if not cursor:
                return
