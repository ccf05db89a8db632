"""Reports: how far the jobs of a message are, once all of them were looked at."""

from collections.abc import Sequence
from typing import assert_never

from worker.jobs import Answer, Answers, Completed, Crashed, Failed, InDoubt, Interrupted, Retry, Snooze
from worker.notifications.eligibility import Ready

SHOWN_CHARACTERS = 200  # of an address, in what is told of the progress


def report(ready: Sequence[Ready], answered: Answers) -> None:
    """
    Tell how far these jobs are, in one round trip: looked at, 0; handed on, 50. Those that come back later are not
    begun. One that was lost is found out when it is settled.
    """
    over = [job for job, answer in answered if _is_over(answer)]
    begun = [one.job for one in ready]
    reports = [
        (job, percent, {"to": str(job.data.get("to") or job.data.get("phoneNumber"))[:SHOWN_CHARACTERS]})
        for job, percent in [*((job, 0) for job in over + begun), *((job, 50) for job in begun)]
    ]
    if reports:
        reports[0][0].report_all(reports)


def _is_over(answer: Answer) -> bool:
    """Does it end an attempt? A job that is snoozed has begun none."""
    match answer:
        case Snooze():
            return False
        case Completed() | Retry() | Failed() | InDoubt() | Crashed() | Interrupted():
            return True
        case _:
            assert_never(answer)
