"""
Agenda: which shows and products the clock has to look at, and when: holds expire, old things are forgotten.

Each script that makes or frees holds notes the next deadline together with them, so none is lost and no show is looked
at for nothing, but for one whose hold ended early. A look books the next one.
"""

import logging
from collections.abc import Callable

import redis
from redis.commands.core import Script

from tasks_app.lua import inventory_scripts as lua
from tasks_app.state import keys

log = logging.getLogger(__name__)

AT_A_TIME = 500  # shows and products that one tick looks at; the others' turn comes with the next one
LOOK_MS = 10_000  # then somebody else may look
LONGEST_MS = 3_600_000  # between two looks for what is to be forgotten: a shorter retention is heeded within an hour


class Agenda:
    """
    The agenda of one server; both methods may run in many clocks at the same time.

    Both raise redis.RedisError when the server did not answer; what was begun is then due again later.
    """

    def __init__(self, client: redis.Redis, load: Callable[[str], str] = lua.load) -> None:
        self._client = client
        self._claim = client.register_script(load("agenda/claim"))
        self._expire = client.register_script(load("inventory/expire"))
        self._forget = client.register_script(load("inventory/forget"))

    def expire(self, limit: int) -> int:
        """Free what is due, at most `limit` holds of each show or product; returns how many."""
        return self._look("expire", self._expire, limit)

    def forget(self, older_than_ms: int, limit: int) -> int:
        """
        Remove holds that ended and operations that were done longer ago than this; sales and the ledger stay.

        Looks at `limit` entries of each ledger whose turn it is; returns how many were removed.
        """
        return self._look("forget", self._forget, older_than_ms, limit, min(older_than_ms, LONGEST_MS))

    def _look(self, task: str, script: Script, *arguments: int) -> int:
        """What the script did for all targets that are due. A corrupt inventory is left out, loudly: not the others."""
        due = self._claim([keys.agenda(task)], [AT_A_TIME, LOOK_MS])
        if not due:
            return 0
        calls = self._client.pipeline(transaction=False)
        for target in due:
            script([keys.inventory(target, "meta")], [*arguments, 0], client=calls)
        done = 0
        for target, answer in zip(due, calls.execute(raise_on_error=False), strict=True):
            if isinstance(answer, redis.ResponseError):
                log.error("%s left out by the clock: %s", target, answer)
            elif isinstance(answer, Exception):
                raise answer
            else:
                done += answer[0]
        return done
