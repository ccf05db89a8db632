"""One Celery task per job type, and the canary. They only start a turn: worker/jobs/turns.py."""

import importlib
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from tasks_app.celery import app, usher
from tasks_app.errors import StateUnavailableError
from tasks_app.jobs import messages
from worker import boot
from worker.jobs import Runner, registry, slots, turns

log = logging.getLogger(__name__)

# The classic types count as users': they are not in OwnType, and their jobs are on the queue `jobs`.
OWN_HANDLERS = (
    "worker.inventory.reservations",
    "worker.inventory.changes",
    "worker.inventory.cancellation",
    "worker.customers.forgetting",
    "worker.bulk.bulk",
    "worker.notifications.notifications",
    "worker.notifications.classic",
)
# Maintenance fails the attempt at its limit, and the handler may notice; after this time its pool process is killed.
KILL_AFTER_SECONDS = 5


class Request(Protocol):
    """What Celery says about the message."""

    delivery_info: Mapping[str, str]
    hostname: str


class Task(Protocol):
    """What a bound function sees of its task."""

    request: Request


def load_handlers(modules: Iterable[str]) -> None:
    """Import the modules that register handlers. Raises SystemExit with a sentence."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # a user's module may raise anything when it is imported
            why = f"{type(error).__name__}: {error}"
            raise SystemExit(f"USHER_HANDLERS: the module {name!r} cannot be imported: {why}") from error


def task_of(job_type: str) -> Callable[..., int]:
    """The Celery task, named after the type, that makes a slot take a turn at it; its argument is the token."""

    def run(task: Task, token: object) -> int:
        request = task.request
        # Foreign messages count as wake-ups, too; an empty token would make this a processor's turn.
        with slots.busy(job_type):
            return turns.take(job_type, request.delivery_info["routing_key"], request.hostname, str(token) or "unknown")

    run.__doc__ = f"Take a turn at jobs of type {job_type}."
    return run


load_handlers((*OWN_HANDLERS, *usher.settings.handlers))
usher.channels.load()
if usher.settings.apprise_address:
    from worker.notifications.sending import apprise_url

    apprise_url.check(usher.settings.apprise_address)
boot.attach(app)
for name, does in registry.items():
    # Flower gets events of jobs, not of the messages that carry them: worker/flower/feed.py.
    task = app.task(bind=True, name=name, throws=(StateUnavailableError,), send_events=False)(task_of(name))
    task.time_limit = (
        math.ceil(does.limit_ms(usher.settings) / 1000) + KILL_AFTER_SECONDS + math.ceil(turns.TURN_SECONDS)
    )


@app.task(name=messages.CANARY, bind=True, throws=(StateUnavailableError,), send_events=False)
def canary(task: object, queue: str) -> None:  # noqa: ARG001 its form is given
    """Prove that this queue is consumed when there are no wake-ups."""
    usher.part(Runner).store.note_consumed(queue)
