"""What Usher knows of a customer, read in bounded parts: changes in ledgers, jobs, events, suppressions."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import redis

from tasks_app.errors import InvalidAddressError, UnknownInventoryError
from tasks_app.inventory import InventoryQueries, LedgerEntry
from tasks_app.jobs import State
from tasks_app.lua import job_script
from tasks_app.notifications import ANY, Suppressions
from tasks_app.state import connections, keys
from tasks_app.text import encoded

CHANGES_AT_ONCE = 1_000
JOBS_AT_ONCE = 500
TAKEN = ("held", "sold")  # the changes that name a customer
# A job that goes on meanwhile comes to a state that is still to be read.
OPEN = (State.DELAYED, State.QUEUED, State.ACTIVE)
OVER = (State.FAILED, State.CANCELLED, State.COMPLETE)


class KnownCustomers:
    """Reads it on one server. Every method raises StateUnavailableError."""

    def __init__(self, client: redis.Redis, suppressions: Suppressions, channels: Sequence[str]) -> None:
        self._client, self._suppressions, self._channels = client, suppressions, (ANY, *channels)
        self._inventories = InventoryQueries(client)
        self._find = client.register_script(job_script("find_customer", "owned"))

    def targets(self) -> list[str]:
        """All shows and products, in an order that does not change."""
        return sorted(one.target for kind in ("show", "product") for one in self._inventories.listing(kind))

    def changes(self, target: str, name: str) -> Iterator[LedgerEntry]:
        """The changes in a ledger about the customer's reservations, oldest first; none if it is deleted meanwhile."""
        own, last = set[str](), None
        while True:
            try:
                found = self._inventories.ledger(target, last, CHANGES_AT_ONCE)
            except UnknownInventoryError:
                return
            for change in found:
                if change.event in TAKEN and change.data.get("customer") == name:
                    own.add(change.about)
                if change.about in own:
                    yield change
            if len(found) < CHANGES_AT_ONCE:
                return
            last = found[-1].id

    def jobs(self, name: str, states: Iterable[State]) -> Iterator[tuple[str, State]]:
        """The jobs about the customer (lua/jobs/owned.lua), some of them maybe twice."""
        for job_type in self.types():
            for state in states:
                for ids in self.ids(job_type, state):
                    with connections.translated():
                        rows = cast(Any, self._find(keys=[keys.events()], args=[name, encoded(name), *ids]))
                    yield from ((job_id, State(found)) for job_id, found in rows)

    def types(self) -> list[str]:
        """The types that have jobs, in order."""
        with connections.translated():
            return sorted(cast(set[str], self._client.smembers(keys.types())))

    def ids(self, job_type: str, state: State) -> Iterator[list[str]]:
        """
        The ids of all jobs that are in this state throughout. The list of complete jobs loses its first and gets new
        last ones meanwhile, so it is read from its end.
        """
        key, at = keys.index(job_type, state), 0
        while state is State.COMPLETE:
            with connections.translated():
                found = self._client.lrange(keys.complete(job_type), -at - JOBS_AT_ONCE, -at - 1)
            if not found:
                return
            yield cast(list[str], found)
            at += len(cast(list[str], found))
        while True:
            with connections.translated():
                at, rows = cast(Any, self._client.zscan(key, at, count=JOBS_AT_ONCE))
            if rows:
                yield [job_id for job_id, _ in rows]
            if not at:
                return

    def suppressions(self, name: str) -> list[dict[str, Any]]:
        """The suppression lists on which the customer's name is, as an address."""
        found = []
        for channel in self._channels:
            try:
                entry = self._suppressions.suppression(channel, name)
            except InvalidAddressError:  # no address of this channel
                continue
            if entry:
                found.append({"channel": channel, **entry})
        return found
