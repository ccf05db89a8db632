"""Handlers that take units and give them back: reserve, confirm, extend, reduce, release. One call per target."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import assert_never

from tasks_app.errors import StateUnavailableError, UsherError
from tasks_app.inventory import Line
from tasks_app.jobs import messages
from tasks_app.program import own_usher
from tasks_app.state import connections
from tasks_app.text import JsonObject
from tasks_app.usher import Usher
from worker.inventory.inventory_store import InventoryStore, Place
from worker.inventory.overtaking import patiently
from worker.inventory.requests import Confirmation, Decision, Extension, Reduction, Release, ReservationRequest
from worker.jobs import (
    ActiveJob,
    Answer,
    Completed,
    Crashed,
    Failed,
    InDoubt,
    Interrupted,
    Retry,
    Snooze,
    answer_to,
    together,
)

log = logging.getLogger(__name__)

PAUSED_MS = 1_000  # until a reservation looks again whether its other shows and products are still paused


def inventory() -> InventoryStore:
    """The inventory scripts, on this process's own connections."""
    return own_usher().part(_inventory)


def _inventory(usher: Usher) -> InventoryStore:
    return InventoryStore(usher.connections.worker_state, find_by=usher.settings.find_by)


@together(messages.RESERVE_STOCK)
@together(messages.RESERVE_SEAT)
def reserve(jobs: Sequence[ActiveJob]) -> list[Answer]:
    """
    Hold or sell units. Job data: {"lines": [{"pool", "quantity"}, ...], "customer", "hold_seconds", "sell", "strict"},
    all but the lines optional. `strict`: a refusal fails the job, as users of the classic routes expect; otherwise it
    is a result.
    """
    answers = each_target(
        jobs, lambda target, group: stock(group).reserve(str(target), [_reservation(job) for job in group])
    )
    return [
        _classic(job, answer) if job.data.get("strict") else answer for job, answer in zip(jobs, answers, strict=True)
    ]


@together(messages.CONFIRM)
def confirm(jobs: Sequence[ActiveJob]) -> list[Answer]:
    """Held -> sold. Job data: {"reservation", "reacquire", "others"}."""
    answers = each_target(
        jobs,
        lambda target, group: stock(group).confirm(
            target,
            [Confirmation(job.id, job.data["reservation"], job.data.get("reacquire", False)) for job in group],
        ),
    )
    return patiently(jobs, answers)


@together(messages.EXTEND)
def extend(jobs: Sequence[ActiveJob]) -> list[Answer]:
    """A later deadline. Job data: {"reservation", "seconds", "others"}."""
    answers = each_target(
        jobs,
        lambda target, group: stock(group).extend(
            target, [Extension(job.id, job.data["reservation"], milliseconds(job.data["seconds"])) for job in group]
        ),
    )
    return patiently(jobs, answers)


@together(messages.REDUCE)
def reduce(jobs: Sequence[ActiveJob]) -> list[Answer]:
    """Give back a part, held or sold. Job data: {"reservation", "lines": [{"pool", "quantity"}, ...]}."""
    answers = each_target(
        jobs,
        lambda target, group: stock(group).reduce(
            target, [Reduction(job.id, job.data["reservation"], _lines(job.data["lines"])) for job in group]
        ),
    )
    return patiently(jobs, answers)


@together(messages.RELEASE)
def release(jobs: Sequence[ActiveJob]) -> list[Answer]:
    """Held or sold -> free. Job data: {"reservation", "others"}."""
    answers = each_target(
        jobs,
        lambda target, group: stock(group).release(target, [Release(job.id, job.data["reservation"]) for job in group]),
    )
    return patiently(jobs, answers)


@together(messages.RESERVE_TOGETHER)
def reserve_together(jobs: Sequence[ActiveJob]) -> list[Answer]:
    """
    Hold units of several shows and products: of all, or of none. Job data: {"parts": [{"target", "lines"}, ...],
    "customer", "hold_seconds"}; the job's own target is that of the first part. While one of them is paused, it waits.
    """
    return [*map(_reserve_together, jobs)]


def stock(group: Sequence[ActiveJob]) -> InventoryStore:
    """The inventory, usable as long as these jobs are surely ours: a worker that was frozen longer changes nothing."""
    return inventory().before(min(job.deadline_ms for job in group))


def each_target(
    jobs: Sequence[ActiveJob], call: Callable[[Place, Sequence[ActiveJob]], Sequence[Decision]]
) -> list[Answer]:
    """
    One call per show or product, or for all of those in which one reservation has units; the answers are in the order
    of `jobs`. An error of a call answers for all its jobs.
    """
    groups: defaultdict[Place, list[ActiveJob]] = defaultdict(list)
    for job in jobs:
        others = job.data.get("others")
        groups[(job.target, *others) if others else job.target].append(job)
    answers: dict[str, Answer] = {}
    for target, group in groups.items():
        try:
            with connections.translated():
                decisions = call(target, group)
        except StateUnavailableError as error:  # the next calls would wait as long for the same server
            return [answers.get(job.id) or answer_to(error, job) for job in jobs]
        except UsherError as error:  # it is about this target only; the jobs of others go on
            answers.update((job.id, answer_to(error, job)) for job in group)
        except Exception as error:  # one job's data are bad: run each alone, so that only that job fails
            alone = [answer_to(error, job) if len(group) == 1 else each_target([job], call)[0] for job in group]
            answers.update(zip((job.id for job in group), alone, strict=True))
        else:
            answers.update(
                (job.id, Completed(result(decision))) for job, decision in zip(group, decisions, strict=True)
            )
    return [answers[job.id] for job in jobs]


def result(decision: Decision) -> JsonObject:
    """
    What the job's record keeps of a decision: {"outcome", "code" and numbers if refused}.

    The job's data have the lines and the customer already, and the inventory has the hold itself.
    """
    numbers = {} if "hold" in decision.data else decision.data
    kept = {"outcome": decision.status, **{name: value for name, value in numbers.items() if name != "at_ms"}}
    return {**kept, "code": decision.code} if decision.code else kept


def milliseconds(seconds: float) -> int:
    """Seconds in the unit of the scripts."""
    return round(seconds * 1000)


def _reserve_together(job: ActiveJob) -> Answer:
    try:
        with connections.translated():
            pauses = own_usher().jobs.pauses()
            if paused := [part["target"] for part in job.data["parts"] if part["target"] in pauses]:
                return Snooze(f"{paused[0]} is paused", PAUSED_MS)
            wanted = {part["target"]: _reservation(job, part["lines"]) for part in job.data["parts"]}
            return Completed(result(stock([job]).reserve_together(wanted)))
    except Exception as error:
        return answer_to(error, job)


def _reservation(job: ActiveJob, lines: Sequence[JsonObject] | None = None) -> ReservationRequest:
    data = job.data
    return ReservationRequest(
        job.id,
        _lines(lines or data["lines"]),
        data.get("customer"),
        milliseconds(data["hold_seconds"]) if data.get("hold_seconds") else None,
        data.get("sell", False),
        job.claim.metadata,
    )


def _lines(given: Iterable[JsonObject]) -> list[Line]:
    return [Line(**line) for line in given]


def _classic(job: ActiveJob, answer: Answer) -> Answer:
    """Prints the classic routes' lines, and turns a refusal into their failure."""
    seats = job.type == messages.RESERVE_SEAT
    match answer:
        case Completed(result={"outcome": "refused", "code": str(code)}):
            text = "Not enough seats available" if seats else "Not enough stock available"
            if seats:
                log.info("Seat reservation job %s failed: %s", job.id, text)
            return Failed(text if code == "sold_out" else code)
        case Completed():
            if seats:
                log.info("Seat reservation job %s completed", job.id)
            return answer
        case Retry() | Snooze() | Failed() | InDoubt() | Crashed() | Interrupted():
            return answer  # even if its data raise an error: the answers of others stand
        case _:
            assert_never(answer)
