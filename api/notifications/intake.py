"""Takes notifications in: those to recipients on the suppression list fail at once, and all are counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.access import limits
from api.http import usher
from tasks_app.jobs import DEDUP, JOBS_PER_WRITE, NewJob
from tasks_app.notifications import channel_and_address
from tasks_app.text import encoded_leniently


@dataclass(slots=True)
class Tally:
    """What became of the jobs of one request so far."""

    taken: int = 0  # recorded now, or known already
    new: int = 0
    duplicates: int = 0  # known already by their dedup_key
    suppressed: int = 0  # recorded now, as failed

    def take(self, jobs: Sequence[NewJob]) -> None:
        """Take all of `jobs` in, or none. Raises what intake.submit raises."""
        jobs = fail_suppressed(jobs)
        receipts = usher().intake.submit(jobs)
        limits.count_batch(
            len(jobs) + bool(self.taken)
        )  # the request itself counted as the first job of its first part
        for job, receipt in zip(jobs, receipts, strict=True):
            self.taken += 1
            self.new += receipt.new
            self.duplicates += not receipt.new and job.fingerprint == DEDUP
            self.suppressed += receipt.new and bool(job.error)


def fail_suppressed(jobs: Sequence[NewJob]) -> list[NewJob]:
    """The same jobs; those to suppressed recipients are marked as failed. Raises StateUnavailableError."""
    found: list[NewJob] = []
    for start in range(0, len(jobs), JOBS_PER_WRITE):
        part = jobs[start : start + JOBS_PER_WRITE]
        listed = usher().suppressions.suppressed([channel_and_address(job.data) for job in part])
        found += [_suppressed(job) if on_list else job for job, on_list in zip(part, listed, strict=True)]
    return found


def _suppressed(job: NewJob) -> NewJob:
    kind = "Phone number" if "phoneNumber" in job.data else "Recipient"
    message = f"{kind} {channel_and_address(job.data)[1]} is blacklisted"
    return replace(job, error=encoded_leniently({"code": "suppressed", "message": message}))
