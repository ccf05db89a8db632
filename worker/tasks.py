"""One Celery task per job type, and the canary. Thin: the way of a message is in worker/jobs/run.py."""

import importlib
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from tasks_app.celery import app
from tasks_app.errors import StateUnavailableError
from tasks_app.jobs import messages
from tasks_app.notifications import channels
from tasks_app.program import own_usher
from worker import boot
from worker.jobs import registry, slots, store, turns

log = logging.getLogger(__name__)

OWN_HANDLERS = (
    "worker.inventory.reservations",
    "worker.inventory.changes",
    "worker.notifications.notifications",
    "worker.notifications.classic",
)
# The clock fails the attempt at its limit, and the handler may learn so; then its pool process is killed.
KILL_AFTER_SECONDS = 5


class Request(Protocol):
    """What Celery tells of the message."""

    delivery_info: Mapping[str, str]
    hostname: str


class Task(Protocol):
    """What a bound function sees of its task."""

    request: Request


def load_handlers(modules: Iterable[str]) -> None:
    """Import the modules that register handlers. Raises SystemExit with one sentence."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever a user's module does when it is imported
            why = f"{type(error).__name__}: {error}"
            raise SystemExit(f"USHER_HANDLERS: the module {name!r} cannot be imported: {why}") from error


def task_of(job_type: str) -> Callable[..., int]:
    """The Celery task that makes a slot take a turn at this type, whose name it has; its argument is the token."""

    def run(task: Task, token: object) -> int:
        request = task.request
        # Whatever somebody else sent, it is no more than a wake-up; an empty token would make it a processor's.
        with slots.busy(job_type):
            return turns.take(job_type, request.delivery_info["routing_key"], request.hostname, str(token) or "unknown")

    run.__doc__ = f"Take a turn at jobs of type {job_type}."
    return run


load_handlers((*OWN_HANDLERS, *own_usher().settings.handlers))
channels.load()
if own_usher().settings.apprise_address:
    from worker.notifications.channels import apprise_url

    apprise_url.check(own_usher().settings.apprise_address)
boot.attach(app)
for name, does in registry.items():
    # Flower is told of jobs, not of the messages that carry them: flower_feed.py.
    task = app.task(bind=True, name=name, throws=(StateUnavailableError,), send_events=False)(task_of(name))
    task.time_limit = math.ceil(does.limit_ms / 1000) + KILL_AFTER_SECONDS + math.ceil(turns.TURN_SECONDS)


@app.task(name=messages.CANARY, bind=True, throws=(StateUnavailableError,), send_events=False)
def canary(task: object, queue: str) -> None:  # noqa: ARG001 its form is given
    """Prove that this queue is consumed while nothing wakes it."""
    store().note_consumed(queue)
