"""The course's function that creates notification jobs and prints their progress."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks_app.classic import PUSH_CODE_3
from tasks_app.jobs import fresh_id
from tasks_app.queue.created_job import CreatedJob
from tasks_app.queue.queue import Queue
from tasks_app.text import one_line


def create_push_notifications_jobs(jobs: Sequence[Mapping[str, Any]], queue: Queue) -> list[CreatedJob]:
    """
    One job `push_notification_code_3` for each of `jobs`, {"phoneNumber", "message"}; all in one batch, saved at once.

    Raises TypeError if `jobs` is not a list, and what Queue.save raises.
    """
    if not isinstance(jobs, list):
        raise TypeError("Jobs is not an array")
    batch_id = fresh_id()
    created = [print_story(queue.create(PUSH_CODE_3, data).batch(batch_id)) for data in jobs]
    queue.save(created)
    return created


def print_story(job: CreatedJob) -> CreatedJob:
    """Print that the job was created, how far it is, and how it ended."""
    job.on("created", lambda: _print(f"Notification job created: {job.id}"))
    job.on("progress", lambda percent, _: _print(f"Notification job {job.id} {percent}% complete"))
    job.on("complete", lambda _: _print(f"Notification job {job.id} completed"))
    return job.on("failed", lambda error: _print(f"Notification job {job.id} failed: {error}"))


def _print(line: str) -> None:
    print(one_line(line), flush=True)
