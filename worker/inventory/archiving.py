"""
Archiving: what a show or product is about to forget goes into the archive first.

Nothing is forgotten before its file is safe. A process that dies between the two leaves the file, and the next one
writes the same rows into another: readers drop what comes twice (`usher archive cat`).
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, cast

import redis
from redis.commands.core import Script

from tasks_app.archive import Archive
from tasks_app.inventory import Hold, InventoryQueries
from tasks_app.lua import inventory_scripts as lua
from tasks_app.state import Outage, inventory_keys
from tasks_app.text import JsonObject, decoded
from worker.inventory.agenda import AT_A_TIME, LONGEST_MS, LOOK_MS, enlist_call

log = logging.getLogger(__name__)

ROUND_SECONDS = 60.0  # from one round to the next: so many small files are not written
CHANGES_PER_LOOK = 5_000  # of one ledger
CHANGES_AT_ONCE = 1_000
TROUBLE_SECONDS = 600  # so long a failure is known: several rounds

# What forget.lua tells: two counts, the last entry, the moment; then of each hold its id and its text.
Told: TypeAlias = tuple[int, int, str, str, *tuple[str, ...]]


class Archiving:
    """
    Forgets as Agenda.forget does, after it has archived. Every method raises redis.RedisError, and what the archive
    raises; then nothing was forgotten that is not archived.
    """

    def __init__(
        self,
        client: redis.Redis,
        archive: Archive,
        load: Callable[[str], str] = lua.load,
        find_by: Sequence[str] = (),
    ) -> None:
        self._client, self._archive = client, archive
        self._claim = client.register_script(load("agenda/claim"))
        self._forget = client.register_script(load("inventory/forget"))
        self._enlist, *self._enlisting = enlist_call(client, load, find_by)

    def forget(self, older_than_ms: int, limit: int = CHANGES_PER_LOOK) -> int:
        """One round: the shows and products whose turn it is. Returns how many holds and operations were removed."""
        terms = older_than_ms, limit, min(older_than_ms, LONGEST_MS)
        due = cast(list[str], self._claim([inventory_keys.agenda("forget")], [AT_A_TIME, LOOK_MS]))
        places, rows = dict[str, tuple[str, str]](), list[JsonObject]()
        for target in due:
            if told := self._run(self._forget, target, *terms, "tell", ""):
                _, _, last, moment, *holds = cast(Told, told)
                places[target] = last, moment
                rows += (_row(target, *pair) for pair in zip(holds[::2], holds[1::2], strict=True))
        self._keep(rows)
        removed = 0
        for target, (last, moment) in places.items():
            done = self._run(self._forget, target, *terms, last, moment)
            removed += cast(list[int], done)[0] if done else 0
            self._run(self._enlist, target, *self._enlisting)
        return removed

    def _keep(self, rows: list[JsonObject]) -> None:
        """Archive holds; the state knows why that fails, for `usher doctor`, until it succeeds."""
        key = inventory_keys.archive_trouble()
        try:
            names = self._archive.keep("holds", rows)
        except Exception as error:
            seconds, micros = self._client.time()
            pipeline = self._client.pipeline()
            pipeline.hsetnx(key, "since_ms", str(seconds * 1000 + micros // 1000))
            pipeline.hset(key, "error", f"{type(error).__name__}: {error}")
            pipeline.expire(key, TROUBLE_SECONDS)
            pipeline.execute()
            raise
        if names:
            self._client.delete(key)

    def deleting(self, target: str) -> int:
        """Archive all of a show or product; returns the version of its ledger up to which it did."""
        versions = [0]
        self._archive.keep("deleted", self._everything(target, versions))
        return versions[-1]

    def _everything(self, target: str, versions: list[int]) -> Iterator[JsonObject]:
        meta = cast(dict[str, str], self._client.hgetall(inventory_keys.inventory(target, "meta")))
        if not meta:
            return
        yield {"kind": "inventory", "target": target, "definition": decoded(meta["definition"]), "meta": meta}
        for hold_id, text in self._client.hscan_iter(inventory_keys.inventory(target, "holds"), count=CHANGES_AT_ONCE):
            yield _row(target, hold_id, text)
        inventories, last = InventoryQueries(self._client), None
        while found := inventories.ledger(target, last, CHANGES_AT_ONCE):
            for one in found:
                told = {"id": one.id, "version": one.version, "event": one.event, "about": one.about, "data": one.data}
                yield {"kind": "change", "target": target, **told}
            versions[0], last = found[-1].version, found[-1].id

    def _run(self, script: Script, target: str, *arguments: str | int) -> object:
        """The script's answer; None for a corrupt target, which is logged and left out."""
        try:
            return script([inventory_keys.inventory(target, "meta")], [*arguments, 0])
        except redis.ResponseError as error:
            log.error("%s left out by the archive: %s", target, error)
            return None


class Archivist(threading.Thread):
    """Does a round now and then, beside the clock, which must not wait for a disk or a network."""

    def __init__(
        self,
        archiving: Archiving,
        older_than_ms: int,
        stopped: threading.Event,
        round_seconds: float = ROUND_SECONDS,
    ) -> None:
        super().__init__(name="archivist", daemon=True)
        self._archiving, self._older_than_ms, self._stopped = archiving, older_than_ms, stopped
        self._round_seconds, self._outage = round_seconds, Outage(log)

    def run(self) -> None:
        """Until `stopped` is set."""
        while not self._stopped.wait(self._round_seconds):
            try:
                while self._archiving.forget(self._older_than_ms) and not self._stopped.is_set():
                    pass
            except Exception as error:  # what drivers of archives raise is known to them only
                self._outage.tell("the archive waits, and nothing is forgotten meanwhile: %s", error)
            else:
                self._outage.end()


def _row(target: str, hold_id: str, text: str) -> JsonObject:
    hold = Hold.loads(hold_id, text)
    return {"kind": "hold", "target": target, "id": hold_id, **hold.to_dict(), "others": list(hold.others)}
