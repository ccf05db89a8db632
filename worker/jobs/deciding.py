"""Deciding: one script takes jobs about reservations from the backlog to their outcomes, without a handler."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import redis

from tasks_app.jobs import Wake, messages
from tasks_app.logs import within
from tasks_app.lua import inventory_scripts as lua
from tasks_app.lua import job_script
from tasks_app.state import connections, keys
from tasks_app.text import encoded
from tasks_app.traces import Attempt, Traces
from worker.jobs.job_store import Slot, wakes_of

log = logging.getLogger(__name__)

# type -> the operation of the inventory that decides it
OPERATIONS: Mapping[str, str] = {
    messages.RESERVE_SEAT: "reserve",
    messages.RESERVE_STOCK: "reserve",
    messages.CONFIRM: "confirm",
    messages.EXTEND: "extend",
    messages.REDUCE: "reduce",
    messages.RELEASE: "release",
}


@dataclass(frozen=True, slots=True)
class Decided:
    """What a script did."""

    count: int  # jobs that are decided
    left: int  # the next jobs that go the ordinary way: claim, handler, settlement
    wakes: list[Wake]
    weight: int  # of the type: its turns for each turn of another type
    ends: bool = False  # the turn has ended, as its worker is quiet


class Decider:
    """The deciding scripts of one server."""

    def __init__(
        self,
        client: redis.Redis,
        text: Callable[[str], str] = lua.within_jobs,
        traces: Traces | None = None,
        find_by: Sequence[str] = (),
    ) -> None:
        """`find_by`: the keys of metadata by which reservations are found (Settings.find_by)."""
        self._traces = traces
        self._find_by = encoded(find_by)
        self._scripts = {
            operation: client.register_script(job_script("decide", text(operation), "slot", "requests"))
            for operation in sorted(set(OPERATIONS.values()))
        }

    def decide(self, slot: Slot, most: int, linger_ms: int = 0) -> Decided:
        """
        Decide at most `most` of the next jobs. With `most` 0 the turn ends; if there are none, the slot waits
        `linger_ms` for more.

        Raises StateUnavailableError; it may then be repeated. Script: tasks_app/lua/jobs/decide.lua.
        """
        began = time.time()
        tells_traces = 0 if self._traces is None else 1
        arguments = (slot.type, slot.lane, slot.worker, slot.token, most, linger_ms, tells_traces, self._find_by)
        with connections.translated():
            count, left, wakes, weight, told, traced, ends = self._scripts[OPERATIONS[slot.type]](
                keys=[keys.events()], args=arguments
            )
        if self._traces is not None:
            ended = time.time()
            for job_id, trace, score in traced:
                self._traces.note(Attempt(slot.type, job_id, 1, trace, score), began, ended)
        for job_id, why in told if slot.type == messages.RESERVE_SEAT else ():
            with within(slot.type, (job_id,)):
                if why:
                    log.info("Seat reservation job %s failed: %s", job_id, why)
                else:
                    log.info("Seat reservation job %s completed", job_id)
        return Decided(count, left, wakes_of(wakes), int(weight), bool(ends))
