"""A turn: a slot that got a wake-up does jobs of one type, chunk by chunk, until there are none or other types wait.

One script settles a chunk and claims the next: tasks_app/lua/jobs/turn.lua. A chunk has as many jobs as the slot does
in CHUNK_SECONDS, as measured, so that no job waits long behind its neighbours while other slots are idle. Jobs of a
slow or still unknown type are claimed one at a time.
"""

import logging
import threading
import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from tasks_app.errors import BrokerUnavailableError, StateUnavailableError
from tasks_app.jobs import Wake
from tasks_app.program import own_usher
from tasks_app.usher import Usher
from worker.jobs import slots, stopping
from worker.jobs.chunk import Chunk
from worker.jobs.deciding import OPERATIONS, Decider
from worker.jobs.handlers import Handler, registry
from worker.jobs.job_store import Next, Settlement, Slot
from worker.jobs.run import Runner
from worker.jobs.watchdog import Watchdog

log = logging.getLogger(__name__)

CHUNK_SECONDS = 0.05  # waking.lua has it too: it wakes as many slots as will be busy for so long
CHUNK_JOBS = 200
TURN_SECONDS = 1.0  # then the turn ends, even if it sees nobody wait for the slot
LOOK_SECONDS = 0.05  # how often a turn looks whether others wait; times the weight of its type
# A turn that has done jobs and finds no more lingers for so long: a job that comes meanwhile needs no message, which
# costs 2 to 4 ms. It waits in one call to the state, and a job of another type ends it (waking.lua), so nothing waits
# for its slot.
LINGER_SECONDS = 0.5


class Turns:
    """
    The turns that one process takes for one Usher. `operations` are the types whose jobs a script decides without a
    handler.

    It measures how long a job of each type takes: `pace`, in seconds.
    """

    def __init__(
        self,
        usher: Usher,
        look_seconds: float = LOOK_SECONDS,
        linger_seconds: float = LINGER_SECONDS,
        operations: Container[str] = OPERATIONS,
    ) -> None:
        self._usher = usher
        self._look_seconds, self._linger_seconds = look_seconds, linger_seconds
        self._operations = operations
        self._runner, self._decider = usher.part(Runner), usher.part(decider)
        self.pace: dict[str, float] = {}
        self._thread = threading.local()  # a watch for each thread

    def take(self, job_type: str, lane: str, worker: str, token: str) -> int:
        """Take a turn; returns how many jobs were claimed. Raises StateUnavailableError."""
        handler, store = registry[job_type], self._runner.store
        slot = Slot(job_type, lane, worker, handler.limit_ms(self._usher.settings), token)
        started = looked = time.monotonic()
        most, total, linger_ms = self._size(handler), 0, 0
        settlements: list[Settlement] = []
        while True:
            found = self._next(slot, most, settlements, linger_ms)
            total += len(found.claims) + found.decided
            settlements = []
            if found.ends:
                return total
            if found.claims:
                chunk = Chunk(job_type, found.claims, store)
                settlements = self._do(handler, chunk)
                slots.show("", 0)
                self._measure(handler, chunk)
            if found.claims or found.decided:
                linger_ms = int(self._linger_seconds * 1000)
            elif not most or (not found.more and not linger_ms):
                return total
            elif not found.more and not self._others_wait() and not store.wait_for_call(token, self._linger_seconds):
                linger_ms = 0  # one last look
            now = time.monotonic()
            most = self._size(handler, len(found.claims))
            # A slow type gets more wake-ups instead (waking.lua): a turn of many slow jobs would be too long.
            look_seconds = self._look_seconds * found.weight
            if now - started > TURN_SECONDS or stopping.is_stopping():
                most = 0
            elif now - looked > look_seconds:
                looked = now
                if self._others_wait():
                    most = 0

    def _next(self, slot: Slot, most: int, settlements: Sequence[Settlement], linger_ms: int) -> Next:
        pace = self.pace.get(slot.type)
        decided = 0
        if slot.type in self._operations:
            step = self._decider.decide(slot, most, linger_ms)
            if step.wakes:
                self._publish(step.wakes)
            if not step.left:
                return Next([], [], [], False, step.weight, step.count, step.ends)
            decided, most = step.count, step.left
        try:
            found = self._runner.store.turn(slot, most, settlements, int(pace * 1e6) if pace else None, linger_ms)
        except StateUnavailableError:
            if settlements:  # retry the write: the work is done and must not be repeated because of a hiccup
                self._runner.settle(settlements)
            raise
        for one, ours in zip(settlements, found.answers, strict=True):
            if not ours:
                log.warning("outcome of job %s not taken: it is no longer this worker's", one.claim.id)
        if found.wakes:
            self._publish(found.wakes)
        return replace(found, decided=decided) if decided else found

    def _do(self, handler: Handler, chunk: Chunk) -> list[Settlement]:
        if not handler.alone or len(chunk.jobs) == 1:
            return self._runner.carry_out(chunk)
        if not hasattr(self._thread, "watch"):
            self._thread.watch = Watchdog(self._runner.settle)
        with self._thread.watch.over(chunk):
            unwritten = self._runner.carry_out(chunk)
        return [*unwritten, *chunk.take_done()]  # also those that the watchdog could not write

    def _measure(self, handler: Handler, chunk: Chunk) -> None:
        """
        Measure how long a job takes: slower counts at once, faster only step by step. Usher's own types are fixed.
        """
        if handler.alone and (done := len(chunk.handed)):
            measured = (time.monotonic() - chunk.started) / done
            known = self.pace.get(handler.type, 0.0)
            self.pace[handler.type] = max(1e-6, measured if measured > known else 0.7 * known + 0.3 * measured)

    def _size(self, handler: Handler, last: int = 0) -> int:
        """How many to claim: at most twice as many as last time, and no more than fit into CHUNK_SECONDS."""
        if not handler.alone:
            return handler.most
        pace = self.pace.get(handler.type)
        return max(1, min(CHUNK_JOBS, 2 * last or CHUNK_JOBS, int(CHUNK_SECONDS / pace))) if pace else 1

    def _others_wait(self) -> bool:
        """Do messages wait on a queue that this worker consumes?"""
        try:
            return any(self._usher.depths.of(self._usher.celery.amqp.queues.consume_from).values())
        except BrokerUnavailableError:
            return False

    def _publish(self, wakes: Iterable[Wake]) -> None:
        """Send wake-ups; if the broker is away, maintenance sends them later."""
        try:
            self._usher.publisher.publish(wakes)
        except BrokerUnavailableError as error:
            log.warning("workers are woken later: %s", error)


def take(job_type: str, lane: str, worker: str, token: str) -> int:
    """Take a turn for this program's Usher, as Turns.take."""
    return own_usher().part(Turns).take(job_type, lane, worker, token)


def decider(usher: Usher) -> Decider:
    """The deciding scripts, on the worker's connections."""
    return Decider(usher.connections.worker_state, traces=usher.traces, find_by=usher.settings.find_by)
