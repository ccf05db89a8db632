"""
Agenda: which shows and products maintenance has to look at, and when: holds expire, old things are forgotten.

Each script that makes or frees holds notes the next deadline in the same step, so no deadline is lost, and no look is
needless unless a hold ended early. Each look schedules the next.
"""

import logging
from collections.abc import Callable, Sequence

import redis
from redis.commands.core import Script

from tasks_app.lua import inventory_scripts as lua
from tasks_app.state import inventory_keys
from tasks_app.text import encoded

log = logging.getLogger(__name__)

AT_A_TIME = 500  # shows and products that one tick looks at; the others have their turn in the next
LOOK_MS = 10_000  # then another process may look
ENLISTED_AT_ONCE = 1_000  # holds of one show or product: about 3 ms
LONGEST_MS = 3_600_000  # between two looks for things to forget: a shortened retention takes effect within an hour

Call = tuple[Script, *tuple[int | str, ...]]  # a script and its arguments


def enlist_call(
    client: redis.Redis, load: Callable[[str], str], find_by: Sequence[str], at_once: int = ENLISTED_AT_ONCE
) -> Call:
    """The script that puts holds into their lists, and its arguments."""
    return client.register_script(load("inventory/enlist")), at_once, encoded(find_by)


class Agenda:
    """
    The agenda of one server; both methods may run in many processes at the same time.

    Both raise redis.RedisError if the server did not answer; targets that were started are then due again later.
    """

    def __init__(
        self,
        client: redis.Redis,
        load: Callable[[str], str] = lua.load,
        find_by: Sequence[str] = (),
        enlisted_at_once: int = ENLISTED_AT_ONCE,
    ) -> None:
        """
        `find_by`: the keys of metadata by which reservations are found (Settings.find_by). `enlisted_at_once`: how many
        holds of a show or product a script puts into their lists.
        """
        self._client = client
        self._claim = client.register_script(load("agenda/claim"))
        self._expire = client.register_script(load("inventory/expire"))
        self._forget = client.register_script(load("inventory/forget"))
        self._enlist = enlist_call(client, load, find_by, enlisted_at_once)

    def look_at_all(self) -> None:
        """
        Have the next calls of `forget` look at all shows and products, not only at those that are due: at its start, a
        program finds what a release before it did not list.
        """
        key = inventory_keys.agenda("forget")
        self._client.zunionstore(key, {key: 0})

    def expire(self, limit: int) -> int:
        """Free due holds, at most `limit` of each show or product; returns how many."""
        return self._look("expire", (self._expire, limit))

    def forget(self, older_than_ms: int, limit: int) -> int:
        """
        Remove ended holds and remembered operations that are older than this; sales and the ledger stay. Put holds into
        their lists, if a release that knew none has taken them.

        Looks at `limit` entries of each ledger whose turn it is; returns how many were removed.
        """
        forget = self._forget, older_than_ms, limit, min(older_than_ms, LONGEST_MS), "", ""
        return self._look("forget", forget, self._enlist)

    def _look(self, task: str, script: Call, *more: Call) -> int:
        """
        Run the scripts for all due targets; returns the sum of the counts of the first. Logs and skips corrupt targets.
        """
        due = self._claim([inventory_keys.agenda(task)], [AT_A_TIME, LOOK_MS])
        if not due:
            return 0
        calls = self._client.pipeline(transaction=False)
        asked = [(target, call) for target in due for call in (script, *more)]
        for target, (run, *arguments) in asked:
            run([inventory_keys.inventory(target, "meta")], [*arguments, 0], client=calls)
        done = 0
        for (target, call), answer in zip(asked, calls.execute(raise_on_error=False), strict=True):
            if isinstance(answer, redis.ResponseError):
                log.error("%s left out by the clock: %s", target, answer)
            elif isinstance(answer, Exception):
                raise answer
            elif call is script:
                done += answer[0]
        return done
