"""AuditLog: every change by a person or a key, in a stream of the state: written, and searched."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, cast

import redis
from redis.commands.core import Script

from tasks_app.access.audit_entry import AuditEntry
from tasks_app.lua import job_script
from tasks_app.state import access_keys, connections, keys

READ_AT_ONCE = 500  # entries
READ_AT_MOST = 10_000  # for one page, however few of them are wanted


@dataclass(frozen=True, slots=True)
class WantedChanges:
    """Which entries; "" = all. `who`: an owner, a user, or the id of a key. Unix ms; both ends belong to it."""

    who: str = ""
    what: str = ""
    on: str = ""
    since_ms: int = 0
    until_ms: int | None = None

    def include(self, entry: AuditEntry) -> bool:
        """Is it one of them, by all but its time?"""
        return (
            (not self.who or self.who in (entry.owner, entry.key_id))
            and self.what in ("", entry.what)
            and (not self.on or self.on in entry.on)
        )


class NotedChange(NamedTuple):
    """An entry that is in the log."""

    id: str
    entry: AuditEntry

    def to_json(self) -> dict[str, Any]:
        """What people are shown of it; `at_ms` is unix ms by the state's clock."""
        return {"id": self.id, "at_ms": int(self.id.partition("-")[0]), **self.entry.to_json()}


class AuditPage(NamedTuple):
    """Some entries, the newest first, and where to go on; "" = there are no more."""

    changes: list[NotedChange]
    cursor: str


class AuditLog:
    """The log on one server. Every method raises StateUnavailableError."""

    def __init__(
        self,
        client: redis.Redis,
        keep_seconds: int,
        keep_count: int,
        read_at_once: int = READ_AT_ONCE,
        read_at_most: int = READ_AT_MOST,
    ) -> None:
        """A page reads `read_at_once` entries at a time, and `read_at_most` in all."""
        self._client = client
        self._read_at_once, self._read_at_most = read_at_once, read_at_most
        self._keep_seconds, self._keep_count = keep_seconds, keep_count

    def note(self, entry: AuditEntry, replaces: str = "") -> str:
        """Write an entry, in place of the one with the id `replaces`; returns its id. Works in any memory."""
        kept = (self._keep_seconds * 1000, self._keep_count)
        with connections.translated():
            return cast(str, self._script(keys=[keys.events()], args=[replaces, entry.to_text(), *kept]))

    def page(self, wanted: WantedChanges, cursor: str = "", limit: int = 100) -> AuditPage:
        """The newest of them, or those before `cursor`; fewer than `limit` if many others lie between."""
        found: list[NotedChange] = []
        last = f"({cursor}" if cursor else "+" if wanted.until_ms is None else str(wanted.until_ms)
        for _ in range(0, self._read_at_most, self._read_at_once):
            with connections.translated():
                rows: Any = self._client.xrevrange(
                    access_keys.audit_log(), last, str(wanted.since_ms), count=self._read_at_once
                )
            for entry_id, fields in rows:
                change = NotedChange(entry_id, AuditEntry.from_text(fields["e"]))
                if wanted.include(change.entry):
                    found.append(change)
                    if len(found) == limit:
                        return AuditPage(found, entry_id)
            if len(rows) < self._read_at_once:
                return AuditPage(found, "")
            last = f"({rows[-1][0]}"
        return AuditPage(found, last.removeprefix("("))

    @cached_property
    def _script(self) -> Script:
        return self._client.register_script(job_script("note_change"))
