"""Handlers that take and give back units: reserve, confirm, extend, release. One call per inventory and message."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from tasks_app.errors import PermanentError, SnoozeError, StateUnavailableError, UsherError
from tasks_app.inventory import Line
from tasks_app.jobs import FINAL, Job, State, messages, queries
from tasks_app.state import connections
from worker.inventory.inventory import Inventory
from worker.inventory.requests import Confirmation, Extension, Outcome, Release, Reservation
from worker.jobs import ActiveJob, together

RETURN_MS = 500  # until a job looks again for a hold that is not there yet
JUST_MS = 120_000  # before the end of a lease: surely since the job was claimed, and far below any retention

log = logging.getLogger(__name__)


@cache
def inventory() -> Inventory:
    """The inventory scripts, on this process's own connections."""
    return Inventory(connections.worker_state())


@together(messages.RESERVE_STOCK)
@together(messages.RESERVE_SEAT)
def reserve(jobs: Sequence[ActiveJob]) -> list[Any]:
    """
    Hold or sell units. Job data: {"lines": [{"pool", "quantity"}, ...], "customer", "hold_seconds", "sell", "strict"},
    all but the lines optional. `strict`: a refusal fails the job, as users of the classic routes expect; else it is a
    result.
    """
    outcomes = each_target(
        jobs, lambda target, group: stock(group).reserve(target, [_reservation(job) for job in group])
    )
    return [
        _classic(job, outcome) if job.data.get("strict") else outcome
        for job, outcome in zip(jobs, outcomes, strict=True)
    ]


@together(messages.CONFIRM)
def confirm(jobs: Sequence[ActiveJob]) -> list[Any]:
    """Held -> sold. Job data: {"reservation", "reacquire"}."""
    answers = each_target(
        jobs,
        lambda target, group: stock(group).confirm(
            target,
            [Confirmation(job.id, job.data["reservation"], job.data.get("reacquire", False)) for job in group],
        ),
    )
    return patiently(jobs, answers)


@together(messages.EXTEND)
def extend(jobs: Sequence[ActiveJob]) -> list[Any]:
    """A later deadline. Job data: {"reservation", "seconds"}."""
    answers = each_target(
        jobs,
        lambda target, group: stock(group).extend(
            target, [Extension(job.id, job.data["reservation"], milliseconds(job.data["seconds"])) for job in group]
        ),
    )
    return patiently(jobs, answers)


@together(messages.RELEASE)
def release(jobs: Sequence[ActiveJob]) -> list[Any]:
    """Held or sold -> free. Job data: {"reservation"}."""
    answers = each_target(
        jobs,
        lambda target, group: stock(group).release(target, [Release(job.id, job.data["reservation"]) for job in group]),
    )
    return patiently(jobs, answers)


def stock(group: Sequence[ActiveJob]) -> Inventory:
    """The inventory as long as these jobs are surely ours: a worker that was frozen beyond that changes nothing."""
    return inventory().before(min(job.deadline_ms for job in group))


def patiently(jobs: Sequence[ActiveJob], answers: Sequence[Any]) -> list[Any]:
    """
    The answers, save that a hold is not called missing while its reservation may yet make it: messages overtake one
    another, after a pause or an outage. Such a job comes back.
    """
    missing = [isinstance(answer, dict) and answer.get("code") == "hold_not_found" for answer in answers]
    if not any(missing):
        return list(answers)
    ids = {job.data["reservation"] for job, is_missing in zip(jobs, missing, strict=True) if is_missing}
    try:
        found = {reservation.id: reservation for reservation in queries.jobs(sorted(ids))}
    except StateUnavailableError as error:  # no answer is better than a wrong one: these come back too
        return [error if is_missing else given for given, is_missing in zip(answers, missing, strict=True)]

    def answer(job: ActiveJob, given: Any, is_missing: bool) -> Any:
        if not is_missing:
            return given
        reservation = found.get(job.data["reservation"])
        undecided = reservation is not None and (reservation.state not in FINAL or _just_made(reservation, job))
        return SnoozeError("its reservation is not decided yet", RETURN_MS) if undecided else given

    return [answer(*row) for row in zip(jobs, answers, missing, strict=True)]


def _just_made(reservation: Job, job: ActiveJob) -> bool:
    """Was the hold made between our look at the inventory and our look at the record?"""
    made = reservation.state is State.COMPLETE and reservation.result["outcome"] in ("held", "sold")
    return made and (reservation.finished_ms or 0) > job.deadline_ms - JUST_MS


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
        except Exception as error:  # of one job's data: each alone, so that it fails alone
            alone = [error] if len(group) == 1 else [each_target([job], call)[0] for job in group]
            answers.update(zip((job.id for job in group), alone, strict=True))
        else:
            answers.update((job.id, result(outcome)) for job, outcome in zip(group, outcomes, strict=True))
    return [answers[job.id] for job in jobs]


def result(outcome: Outcome) -> dict[str, Any]:
    """
    What the job's record keeps of an outcome: {"outcome", "code" and numbers if refused}.

    Lines and customer stand in the job's data already, and the hold itself in the inventory.
    """
    numbers = {} if "hold" in outcome.data else outcome.data
    kept = {"outcome": outcome.status, **{name: value for name, value in numbers.items() if name != "at_ms"}}
    return {**kept, "code": outcome.code} if outcome.code else kept


def milliseconds(seconds: float) -> int:
    """As the scripts count."""
    return round(seconds * 1000)


def _reservation(job: ActiveJob) -> Reservation:
    data = job.data
    return Reservation(
        job.id,
        [Line(**line) for line in data["lines"]],
        data.get("customer"),
        milliseconds(data["hold_seconds"]) if data.get("hold_seconds") else None,
        data.get("sell", False),
    )


def _classic(job: ActiveJob, outcome: Any) -> Any:
    """The lines and the failure of the classic routes."""
    if isinstance(outcome, Exception):  # also one of its data alone: the others' outcomes stand
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
