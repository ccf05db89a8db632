"""The queue for programs in Python, in the manner of Kue."""

from tasks_app.queue.created_job import CreatedJob
from tasks_app.queue.push_notifications import create_push_notifications_jobs, print_story
from tasks_app.queue.queue import Queue, create_queue

__all__ = [
    "CreatedJob",
    "Queue",
    "create_push_notifications_jobs",
    "create_queue",
    "print_story",
]
