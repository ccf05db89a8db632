"""
Agenda: which shows and products the clock has to look at, and when: holds expire, old things are forgotten.

A show's own keys and the agenda are in different slots, so no script writes both, and a process may be killed between
the two writes. No deadline is lost all the same:

- A worker that takes a hold writes 0, "look at once", before it takes it (worker/inventory.py).
- The clock claims what is due, looks, and books the next look; a 0 that was written meanwhile stays.
- A look may fall between the 0 and its hold. So a show leaves the agenda only when a look finds nothing and no 0 was
  written since an earlier look, at least as long ago as a worker may take to make its hold: its lease.

So a score is at most the next deadline, but for a hold that was made within such a look: that one is swept within a
lease. Nothing depends on it but what people see.
"""

import logging
from collections.abc import Callable, Iterable

import redis
from redis.commands.core import Script

from tasks_app import keys
from worker import lua

log = logging.getLogger(__name__)

AT_ONCE = 0
AT_A_TIME = 500  # shows and products that one tick looks at; the others' turn comes with the next one
LOOK_MS = 10_000  # then somebody else may look
LAST = 0.5  # the fraction of the score of a look after which a show without holds leaves the agenda
LONGEST_MS = 3_600_000  # between two looks for what is to be forgotten: a shorter retention is heeded within an hour


class Agenda:
    """
    The agenda of one server; both methods may run in many clocks at the same time.

    Both raise redis.RedisError when the server did not answer; what was begun is then due again later.
    """

    def __init__(self, client: redis.Redis, load: Callable[[str], str] = lua.load) -> None:
        self._client = client
        self._claim = client.register_script(load("agenda/claim"))
        self._book = client.register_script(load("agenda/book"))
        self._expire = client.register_script(load("inventory/expire"))
        self._forget = client.register_script(load("inventory/forget"))

    def expire(self, limit: int, lease_ms: int) -> int:
        """Free what is due, at most `limit` holds of each show or product; returns how many."""
        key = keys.agenda("expire")
        now, claim, due = self._due(key)
        answers = self._look(self._expire, due, limit)
        following: dict[str, float | None] = {}
        for target, (_, deadline) in answers.items():
            following[target] = _after_expiry(due[target], deadline, now + lease_ms + LAST)
        self._note(key, claim, following)
        return sum(freed for freed, _ in answers.values())

    def forget(self, older_than_ms: int, limit: int) -> int:
        """
        Remove holds that ended and operations that were done longer ago than this; sales and the ledger stay.

        Looks at `limit` entries of each ledger whose turn it is; returns how many were removed.
        """
        key = keys.agenda("forget")
        now, claim, due = self._due(key)
        answers = self._look(self._forget, due, older_than_ms, limit)
        rest_ms = min(older_than_ms, LONGEST_MS)
        self._note(key, claim, {target: now + done * rest_ms for target, (_, done) in answers.items()})
        return sum(removed for removed, _ in answers.values())

    def _due(self, key: str) -> tuple[int, str, dict[str, float]]:
        """The time, the claim, and the targets that are due with their scores before it."""
        now, claim, *pairs = self._claim([key], [AT_A_TIME, LOOK_MS])
        return now, claim, dict(zip(pairs[::2], map(float, pairs[1::2]), strict=True))

    def _note(self, key: str, claim: str, following: dict[str, float | None]) -> None:
        if following:
            told = [part for target, at in following.items() for part in (target, "" if at is None else at)]
            self._book([key], [claim, *told])

    def _look(self, script: Script, targets: Iterable[str], *arguments: int) -> dict[str, list[int]]:
        """What the script answered, by target. A corrupt inventory is left out, loudly: not the others."""
        wanted = list(targets)
        if not wanted:
            return {}
        calls = self._client.pipeline(transaction=False)
        for target in wanted:
            script([keys.inventory(target, part) for part in keys.INVENTORY_PARTS], [*arguments, 0], client=calls)
        good = {}
        for target, answer in zip(wanted, calls.execute(raise_on_error=False), strict=True):
            if isinstance(answer, redis.ResponseError):
                log.error("%s left out by the clock: %s", target, answer)
            elif isinstance(answer, Exception):
                raise answer
            else:
                good[target] = answer
        return good


def _after_expiry(score: float, deadline: int, last: float) -> float | None:
    """When to look next; None = not before a new hold. `last` is when no hold is on its way that is not here now."""
    if deadline < 0:
        return None if score % 1 == LAST else last
    return min(deadline, last) if score == AT_ONCE else deadline
