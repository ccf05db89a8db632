"""Carries a bulk operation out, in parts of a second; may be killed anywhere, and goes on where it was.

Each step is one script, which changes some jobs and notes where to go on. So nothing is done twice or left out.
"""

import time
from dataclasses import dataclass

from tasks_app.bulk import Operation, Walk
from tasks_app.errors import QueueFullError
from tasks_app.jobs import messages
from tasks_app.program import own_usher
from tasks_app.text import JsonObject
from tasks_app.usher import Usher
from worker.bulk.copying import copy_all
from worker.bulk.pacing import Pacing
from worker.bulk.steps import Steps
from worker.jobs import ActiveJob, Answer, Completed, Snooze, handler

PART_SECONDS = 1.0  # then other jobs have their turn
FIRST_STEP, STEP_MOST = 20, 200  # jobs of one script
STEP_SECONDS = 0.005  # as long as a script should take; those that drop jobs from long lists take longest
FULL_MS = 5_000
SHORTEST_MS = 200  # a slot is not kept for a rate


@handler(messages.BULK_OPERATION)
def carry_out(job: ActiveJob) -> Answer:
    """
    Job data: Wish.to_data. Result: {"outcome": "done", "done", "skipped", "failed", "examples"} as in Operation.

    Raises LostJobError when it was stopped, StateUnavailableError: then it goes on later.
    """
    usher = own_usher()
    return _Part(usher, job, Operation.of(usher.jobs.read(job.id), usher.settings.find_by)).do()


@dataclass
class _Place:
    """Where it goes on: in which walk, after which job; at how many jobs it has looked; since when its rate counts."""

    walk: int = 0
    cursor: str = ""
    looked: int = 0
    paced_ms: float = 0.0

    def noted(self) -> JsonObject:
        return {"walk": self.walk, "cursor": self.cursor, "looked": self.looked, "paced_ms": int(self.paced_ms)}


@dataclass(frozen=True, slots=True)
class StepTerms:
    """How many jobs the first script of an operation changes, how many any does at most, and what runs the scripts."""

    first: int = FIRST_STEP
    most: int = STEP_MOST
    steps: type[Steps] = Steps


def step_terms(_: Usher) -> StepTerms:
    """The terms of all operations of an Usher."""
    return StepTerms()


class _Part:
    """One attempt at it."""

    def __init__(self, usher: Usher, job: ActiveJob, operation: Operation) -> None:
        self._usher, self._job, self._operation = usher, job, operation
        self._wish, self._asked_ms = operation.wish, operation.frozen_ms
        self._place = _Place(**operation.at)
        self._pacing = Pacing(self._wish.rate, self._place.paced_ms)
        lease_ms = int(usher.settings.lease_seconds * 1000)
        terms = usher.part(step_terms)
        self._steps = terms.steps(usher.connections.worker_state, usher.publisher.hand_over, lease_ms)
        self._size, self._most = terms.first, terms.most

    def do(self) -> Answer:
        """Completed, or Snooze: it has to go on later. Raises LostJobError, StateUnavailableError."""
        until = time.monotonic() + PART_SECONDS
        walks = self._wish.walks()
        while self._place.walk < len(walks):
            now_ms = time.time() * 1000
            allowed = self._pacing.allowed(now_ms, self._size)
            if not allowed:
                return Snooze("its rate", max(SHORTEST_MS, self._pacing.wait_ms(now_ms)))
            try:
                self._go(walks[self._place.walk], allowed)
            except QueueFullError:
                return Snooze("too many jobs wait", FULL_MS)
            if time.monotonic() > until:
                return Snooze("others have their turn", 0)
        return Completed(self._result())

    def _go(self, walk: Walk, allowed: int) -> None:
        lists, wanted = self._usher.job_lists, self._wish.meant
        count = self._size if wanted.is_plain else self._most
        if walk.oldest:
            look = lists.look_oldest(wanted, self._place.cursor, count)
        else:
            look = lists.look(wanted, walk.states, self._place.cursor, count)
        some = look.jobs[:allowed]
        is_whole = len(some) == len(look.jobs)
        cursor, looked = (look.cursor, look.count) if is_whole else some[-1][1:]
        if not cursor:
            self._place.walk += 1
        self._place.cursor = cursor
        self._place.looked += 0 if walk.again else looked
        self._change(walk, [job_id for job_id, _, _ in some])

    def _change(self, walk: Walk, ids: list[str]) -> None:
        self._pacing.spend(len(ids))
        self._place.paced_ms = self._pacing.from_ms
        at, percent = self._place.noted(), self._percent()
        if walk.copies:
            self._steps.note(self._job, copy_all(self._usher, self._job.id, self._asked_ms, ids), at, percent)
            return
        started = time.monotonic()
        self._steps.act(self._job, self._wish, walk, self._asked_ms, ids, at, percent)
        if ids:
            seconds = time.monotonic() - started
            self._size = max(1, min(self._most, 2 * self._size, int(len(ids) * STEP_SECONDS / max(seconds, 1e-6))))

    def _percent(self) -> int:
        return min(99, 100 * self._place.looked // max(self._wish.total, 1))

    def _result(self) -> JsonObject:
        """
        The report. What the filter found when it was asked for and the walks did not meet is in another state by now,
        or gone.
        """
        found = Operation.of(self._usher.jobs.read(self._job.id), self._usher.settings.find_by)
        skipped = dict(found.skipped)
        if self._wish.matching is not None:
            met = found.done + sum(found.skipped.values()) + sum(found.failed.values())
            if met < self._wish.matching:
                skipped["changed"] = skipped.get("changed", 0) + self._wish.matching - met
        return {
            "outcome": "done",
            "done": found.done,
            "skipped": skipped,
            "failed": found.failed,
            "examples": found.examples,
        }
