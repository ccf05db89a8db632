"""The scripts that put a pseudonym in the place of a customer's name: in a ledger, in jobs, in their events."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import redis
from redis.commands.core import Script

from tasks_app.errors import UsherError
from tasks_app.lua import inventory_scripts as lua
from tasks_app.lua import job_script
from tasks_app.state import connections, customer_keys, inventory_keys, keys
from tasks_app.text import encoded
from worker.customers.lock import LOCK_MS

ENTRIES_AT_ONCE = 50  # of a ledger; each has up to 250 changes and 16 KiB
EVENTS_AT_ONCE = 200
PLAIN = re.compile(r'(\{\}|\{"outcome":"[a-z_]+"\}|\n)*')  # data of events that say nothing about anybody


class LostLockError(UsherError):
    """Another worker has taken over."""


class TooManyError(UsherError):
    """The customer has too many reservations in one show or product to rename them in one step."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a worker forgets, under the lock with this token."""

    token: str
    name: str
    pseudonym: str


class Rewriting:
    """
    The scripts on one server; each may be repeated. All raise StateUnavailableError, and LostLockError if the lock was
    lost: then nothing was changed.
    """

    def __init__(
        self,
        client: redis.Redis,
        load: Callable[[str], str] = lua.load,
        entries_at_once: int = ENTRIES_AT_ONCE,
        events_at_once: int = EVENTS_AT_ONCE,
    ) -> None:
        """How many entries of a ledger, and how many events of jobs, a script copies at most."""
        self._client = client
        self._entries_at_once, self._events_at_once = entries_at_once, events_at_once
        self._inventory = client.register_script(load("inventory/rename_customer"))
        self._jobs = client.register_script(job_script("forget_customer", "owned"))
        self._events = client.register_script(job_script("rename_in_events", "owned"))

    def inventory(self, target: str, subject: Subject) -> tuple[int, int]:
        """
        Rename the customer in a show or product, which is one step for all who look; returns how many holds and how
        many changes name it now. Raises TooManyError.
        """
        meta, anew = inventory_keys.inventory(target, "meta"), 1
        while True:
            asked = (subject.token, LOCK_MS, subject.name, subject.pseudonym, self._entries_at_once, anew, 0)
            done, *counts = cast(list[int], self._run(self._inventory, meta, asked))
            if done:
                return counts[0], counts[1]
            anew = 0

    def jobs(self, ids: Sequence[str], subject: Subject) -> tuple[int, int]:
        """Forget what finished jobs have of the customer; returns how many, and how many unfinished ones stay."""
        start = (subject.token, LOCK_MS, subject.name, encoded(subject.name), subject.pseudonym)
        changed, unfinished = cast(list[int], self._run(self._jobs, keys.events(), [*start, *ids]))
        return changed, unfinished

    def events(self, subject: Subject) -> int:
        """Take the texts about the customer out of the events of jobs; returns how many entries had some."""
        if not (found := self._entries_with(subject.name)):
            return 0
        anew = 1
        while True:
            asked = (subject.token, LOCK_MS, subject.name, encoded(subject.name), self._events_at_once, anew)
            if self._run(self._events, keys.events(), asked):
                return found
            anew = 0

    def end(self) -> None:
        """Nothing of the work is left."""
        with connections.translated():
            self._client.unlink(customer_keys.rewritten_jobs())

    def _entries_with(self, name: str) -> int:
        """How many entries of the stream of events have something to take out."""
        found, last, quoted = 0, "-", encoded(name)
        with connections.translated():
            own = cast(set[str], self._client.smembers(customer_keys.rewritten_jobs()))
        while True:
            with connections.translated():
                events = self._client.xrange(keys.events(), min=last, count=self._events_at_once)
            entries = cast(list[tuple[str, dict[str, str]]], events)
            for _, fields in entries:
                data = fields["data"]
                is_about = quoted in data or f'"{name}"' in data or not own.isdisjoint(fields["job"].split())
                if is_about and not PLAIN.fullmatch(data):
                    found += 1
            if len(entries) < self._events_at_once:
                return found
            last = f"({entries[-1][0]}"

    def _run(self, script: Script, key: str, arguments: Sequence[str | int]) -> object:
        try:
            with connections.translated():
                return script(keys=[key], args=arguments)
        except redis.ResponseError as error:
            if "LOST" in str(error):
                raise LostLockError from error
            if "TOO_MANY" in str(error):
                raise TooManyError from error
            raise
