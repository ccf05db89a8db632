"""Jobs that overtake their reservation: they come back later, instead of finding no hold."""

from collections.abc import Sequence
from typing import assert_never

from tasks_app.errors import StateUnavailableError
from tasks_app.jobs import FINAL, Job, State
from tasks_app.program import own_usher
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
)

RETURN_MS = 500  # until a job looks again for a hold that is not there yet
JUST_MS = 120_000  # counted back from a lease's end: reaches past the claim, and is far below any retention


def patiently(jobs: Sequence[ActiveJob], answers: Sequence[Answer]) -> list[Answer]:
    """
    The answers; but a hold does not count as missing while its reservation may still make it, as messages overtake one
    another after a pause or an outage. Such a job comes back later.
    """
    missing = [_is_missing(answer) for answer in answers]
    if not any(missing):
        return list(answers)
    ids = {job.data["reservation"] for job, is_missing in zip(jobs, missing, strict=True) if is_missing}
    try:
        found = {reservation.id: reservation for reservation in own_usher().jobs.read_many(sorted(ids))}
    except StateUnavailableError as error:  # no answer is better than a wrong answer: these come back too
        rows = zip(jobs, answers, missing, strict=True)
        return [answer_to(error, job) if is_missing else given for job, given, is_missing in rows]

    def answer(job: ActiveJob, given: Answer, is_missing: bool) -> Answer:
        if not is_missing:
            return given
        reservation = found.get(job.data["reservation"])
        undecided = reservation is not None and (reservation.state not in FINAL or _just_made(reservation, job))
        return Snooze("its reservation is not decided yet", RETURN_MS) if undecided else given

    return [answer(*row) for row in zip(jobs, answers, missing, strict=True)]


def _is_missing(answer: Answer) -> bool:
    """Does it say that there is no such hold?"""
    match answer:
        case Completed(result={"code": "hold_not_found"}):
            return True
        case Completed() | Retry() | Snooze() | Failed() | InDoubt() | Crashed() | Interrupted():
            return False
        case _:
            assert_never(answer)


def _just_made(reservation: Job, job: ActiveJob) -> bool:
    """Was the hold made between our look at the inventory and our look at the record?"""
    made = reservation.state is State.COMPLETE and reservation.result["outcome"] in ("held", "sold")
    return made and (reservation.finished_ms or 0) > job.deadline_ms - JUST_MS
