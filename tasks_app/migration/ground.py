"""The data of one server, under the lock of a migration: what a step (migration.py) may do with them."""

from collections.abc import Iterator
from typing import Any, cast

import redis

from tasks_app.lua import IN_ANY_MEMORY, text
from tasks_app.notifications import Recipients
from tasks_app.state import keys

LOCK_MS = 10_000  # a process that is silent for so long counts as dead; each part renews the lock
KEYS_AT_ONCE = 500

# Runs before each part: a process that lost the lock changes nothing, however long it was frozen.
FENCE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('LOST the lock') end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
table.remove(ARGV, 1)
table.remove(ARGV, 1)
"""


class LostLockError(Exception):
    """Another process has taken over the migration."""


class Ground:
    """
    Its owner holds the lock; if it has lost the lock, its next part raises LostLockError. Attribute: recipients, which
    tells whom the addresses on its lists name.
    """

    def __init__(self, client: redis.Redis, token: str, recipients: Recipients) -> None:
        self._client = client
        self._token = token
        self.recipients = recipients

    def take(self) -> bool:
        """Take the lock; False if another process has it."""
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
        """The keys that match, some hundred at a time; a key may come twice."""
        cursor = 0
        while True:
            cursor, found = cast(tuple[int, list[str]], self._client.scan(cursor, pattern, KEYS_AT_ONCE))
            self.run("return 1\n")  # renews the lock: a scan of many keys takes longer than it lasts
            if found:
                yield found
            if not cursor:
                return
