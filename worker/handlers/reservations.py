"""Handlers that take and give back units: reserve, confirm, extend, release. One call per inventory and message."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from tasks_app import connections, messages
from tasks_app.errors import PermanentError, StateUnavailableError, UsherError
from tasks_app.holds import Line
from worker.active import ActiveJob
from worker.handlers import together
from worker.inventory import Inventory
from worker.inventory_requests import Confirmation, Extension, Outcome, Release, Reservation

HOLD_FIELDS = frozenset({"hold", "state", "at", "expires", "customer", "lines", "finished"})

log = logging.getLogger(__name__)


@cache
def inventory() -> Inventory:
    """The inventory scripts, on this process's own connections."""
    return Inventory(connections.worker_state())


@together(messages.RESERVE_STOCK)
@together(messages.RESERVE_SEAT)
def reserve(jobs: Sequence[ActiveJob]) -> list[Any]:
    """
    Hold or sell units. Job data: {"lines": [[pool, quantity], ...], "customer", "hold_ms", "sell", "strict"}, all but
    the lines optional. `strict`: a refusal fails the job, as users of the classic routes expect; else it is a result.
    """
    outcomes = each_target(
        jobs, lambda target, group: inventory().reserve(target, [_reservation(job) for job in group])
    )
    return [
        _classic(job, outcome) if job.data.get("strict") else outcome
        for job, outcome in zip(jobs, outcomes, strict=True)
    ]


@together(messages.CONFIRM)
def confirm(jobs: Sequence[ActiveJob]) -> list[Any]:
    """Held -> sold. Job data: {"reservation", "reacquire"}."""
    return each_target(
        jobs,
        lambda target, group: inventory().confirm(
            target,
            [Confirmation(job.id, job.data["reservation"], job.data.get("reacquire", False)) for job in group],
        ),
    )


@together(messages.EXTEND)
def extend(jobs: Sequence[ActiveJob]) -> list[Any]:
    """A later deadline. Job data: {"reservation", "extend_ms"}."""
    return each_target(
        jobs,
        lambda target, group: inventory().extend(
            target, [Extension(job.id, job.data["reservation"], job.data["extend_ms"]) for job in group]
        ),
    )


@together(messages.RELEASE)
def release(jobs: Sequence[ActiveJob]) -> list[Any]:
    """Held or sold -> free. Job data: {"reservation"}."""
    return each_target(
        jobs,
        lambda target, group: inventory().release(target, [Release(job.id, job.data["reservation"]) for job in group]),
    )


def each_target(jobs: Sequence[ActiveJob], call: Callable[[str, Sequence[ActiveJob]], Sequence[Outcome]]) -> list[Any]:
    """
    One call per show or product; the results, or the call's error for each of its jobs, in the order of `jobs`.
    """
    groups: defaultdict[str, list[ActiveJob]] = defaultdict(list)
    for job in jobs:
        groups[job.target].append(job)
    answers: dict[str, Any] = {}
    for target, group in groups.items():
        try:
            with connections.translated():
                outcomes = call(target, group)
        except StateUnavailableError as error:  # the next ones would wait as long for the same server
            return [answers.get(job.id, error) for job in jobs]
        except UsherError as error:  # of this inventory alone; the others' jobs go on
            answers.update((job.id, error) for job in group)
        else:
            answers.update((job.id, result(outcome)) for job, outcome in zip(group, outcomes, strict=True))
    return [answers[job.id] for job in jobs]


def result(outcome: Outcome) -> dict[str, Any]:
    """
    What the job's record keeps of an outcome: {"outcome", "code" and numbers if refused}.

    Lines and customer stand in the job's data already, and the hold itself in the inventory.
    """
    numbers = {name: value for name, value in outcome.data.items() if name not in HOLD_FIELDS}
    kept = {"outcome": outcome.status, **numbers}
    return {**kept, "code": outcome.code} if outcome.code else kept


def _reservation(job: ActiveJob) -> Reservation:
    data = job.data
    return Reservation(
        job.id,
        [Line(pool, quantity) for pool, quantity in data["lines"]],
        data.get("customer"),
        data.get("hold_ms"),
        data.get("sell", False),
    )


def _classic(job: ActiveJob, outcome: Any) -> Any:
    """The lines and the failure of the classic routes."""
    if isinstance(outcome, UsherError):
        return outcome
    seats = job.type == messages.RESERVE_SEAT
    if outcome["outcome"] == "refused":
        text = "Not enough seats available" if seats else "Not enough stock available"
        if seats:
            log.info("Seat reservation job %s failed: %s", job.id, text)
        return PermanentError(text if outcome["code"] == "sold_out" else outcome["code"])
    if seats:
        log.info("Seat reservation job %s completed", job.id)
    return outcome
