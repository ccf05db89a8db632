"""The queue for Python programs, in Kue's style."""

from tasks_app.queue.created_job import CreatedJob
from tasks_app.queue.event_listener import EventListener
from tasks_app.queue.push_notifications import create_push_notifications_jobs, print_story
from tasks_app.queue.queue import Queue
from tasks_app.queue.testing import Capture

__all__ = [
    "Capture",
    "CreatedJob",
    "EventListener",
    "Queue",
    "create_push_notifications_jobs",
    "print_story",
]
