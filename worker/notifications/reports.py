"""Reports: how far the jobs of a message are, once all were checked."""

from collections.abc import Sequence
from typing import assert_never

from worker.jobs import Answer, Answers, Completed, Crashed, Failed, InDoubt, Interrupted, Retry, Snooze
from worker.notifications.eligibility import Ready

SHOWN_CHARACTERS = 200  # of an address, in the progress


def report(ready: Sequence[Ready], answered: Answers) -> None:
    """
    Report how far these jobs are, in one round trip: checked, 0; handed on, 50. Jobs that come back later have not
    started. The settlement will find out which jobs were lost.
    """
    over = [job for job, answer in answered if _is_over(answer)]
    started = [one.job for one in ready]
    reports = [
        (job, percent, {"to": str(job.data.get("to") or job.data.get("phoneNumber"))[:SHOWN_CHARACTERS]})
        for job, percent in [*((job, 0) for job in over + started), *((job, 50) for job in started)]
    ]
    if reports:
        reports[0][0].report_all(reports)


def _is_over(answer: Answer) -> bool:
    """Does this answer end an attempt? A snoozed job has started none."""
    match answer:
        case Snooze():
            return False
        case Completed() | Retry() | Failed() | InDoubt() | Crashed() | Interrupted():
            return True
        case _:
            assert_never(answer)
