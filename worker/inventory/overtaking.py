"""Jobs that overtake the reservation that they are about: they come back, where a hold would be called missing."""

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
JUST_MS = 120_000  # before the end of a lease: surely since the job was claimed, and far below any retention


def patiently(jobs: Sequence[ActiveJob], answers: Sequence[Answer]) -> list[Answer]:
    """
    The answers, save that a hold is not called missing while its reservation may yet make it: messages overtake one
    another, after a pause or an outage. Such a job comes back.
    """
    missing = [_is_missing(answer) for answer in answers]
    if not any(missing):
        return list(answers)
    ids = {job.data["reservation"] for job, is_missing in zip(jobs, missing, strict=True) if is_missing}
    try:
        found = {reservation.id: reservation for reservation in own_usher().jobs.read_many(sorted(ids))}
    except StateUnavailableError as error:  # no answer is better than a wrong one: these come back too
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
