"""One Celery task per job type, and the canary. Thin: the way of a message is in worker/run.py."""

import importlib
import logging
import math
from collections.abc import Callable, Iterable
from typing import Any

from tasks_app import messages
from tasks_app.celery import app
from tasks_app.errors import StateUnavailableError
from tasks_app.settings import settings
from worker import boot
from worker.handlers import registry
from worker.run import store, work

log = logging.getLogger(__name__)

OWN_HANDLERS = (
    "worker.handlers.reservations",
    "worker.handlers.inventories",
    "worker.handlers.notifications",
    "worker.handlers.classic",
)
# The clock fails the attempt at its limit, and the handler may learn so; then its pool process is killed.
KILL_AFTER_SECONDS = 5


def load_handlers(modules: Iterable[str]) -> None:
    """Import the modules that register handlers. Raises SystemExit with one sentence."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:  # whatever a user's module does when it is imported
            why = f"{type(error).__name__}: {error}"
            raise SystemExit(f"USHER_HANDLERS: the module {name!r} cannot be imported: {why}") from error


def task_of(job_type: str) -> Callable[..., int]:
    """The Celery task that carries jobs of this type: its name is the type, its argument their ids."""

    def run(task: Any, ids: list[str]) -> int:
        request = task.request
        return work(job_type, request.delivery_info["routing_key"], request.hostname, ids)

    run.__doc__ = f"Do jobs of type {job_type}."
    return run


load_handlers((*OWN_HANDLERS, *settings.handlers))
if settings.apprise_url:
    from worker.channels import apprise_url  # Apprise takes most of a second to load

    apprise_url.check(settings.apprise_url.get_secret_value())
boot.attach(app)
for name, does in registry.items():
    # Flower is told of jobs, not of the messages that carry them: flower_feed.py.
    task = app.task(bind=True, name=name, throws=(StateUnavailableError,), send_events=False)(task_of(name))
    task.time_limit = math.ceil(does.limit_ms / 1000) + KILL_AFTER_SECONDS


@app.task(name=messages.CANARY, bind=True, throws=(StateUnavailableError,), send_events=False)
def canary(task: Any, queue: str) -> None:
    """Prove that this queue is consumed, by taking a message that asks for nothing."""
    store().claim(queue, task.request.hostname, ())
