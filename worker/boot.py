"""Bootsteps: what a Celery worker starts besides its consumer."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from billiard.util import get_logger as pool_logger
from celery import Celery, bootsteps
from celery.apps import worker as celery_worker
from celery.concurrency.prefork import TaskPool
from celery.signals import (
    celeryd_init,
    setup_logging,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_shutdown,
    worker_shutting_down,
)

from tasks_app import logs
from tasks_app.errors import LayoutError, StateUnavailableError, UsherError
from tasks_app.program import own_usher
from tasks_app.state import Outage
from worker import consuming
from worker.flower import FlowerFeed
from worker.inventory import seed
from worker.jobs import TICK_SECONDS, registry, slots, stopping
from worker.maintenance import Maintenance
from worker.notifications import vapid
from worker.presence import Presence

log = logging.getLogger(__name__)


class Worker(Protocol):
    """What a bootstep sees of a Celery worker."""

    app: Celery
    hostname: str
    concurrency: int
    pool_cls: type
    consumer: consuming.Consumer | None


class MaintenanceStep(bootsteps.StartStopStep):
    """
    Runs maintenance in a thread of the worker's main process, from the start of the pool until the worker is to end;
    from then on, the thread only says that the worker is there, until its last job is done.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Worker, **_: object) -> None:
        self._lanes = list(worker.app.amqp.queues.consume_from)
        # All steps are made before the first starts, so the processes of the pool share this memory.
        self._slots = slots.lay_out(worker.concurrency, forks=issubclass(worker.pool_cls, TaskPool))
        self._name = worker.hostname
        self._stopped, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, worker: Worker) -> None:
        stopping.listen()
        consume = partial(consuming.consume, worker, self._lanes)
        self._thread = threading.Thread(target=self._run, args=(consume,), name="clock", daemon=True)
        self._thread.start()
        worker_shutdown.connect(self._end, weak=False)

    def stop(self, worker: Worker) -> None:  # noqa: ARG002
        """End maintenance. The pool has jobs to finish."""
        self._stopped.set()

    def terminate(self, worker: Worker) -> None:
        """A cold stop lets nothing finish."""
        self.stop(worker)
        self._end()

    def _end(self, **_: object) -> None:
        """Ask the thread to end. It is a daemon whose steps may be cut short, so nothing waits for a dead server."""
        self._over.set()
        if self._thread:
            self._thread.join(1.0)

    def _run(self, consume: Callable[[bool], bool]) -> None:
        usher = own_usher()
        presence = Presence(usher, self._name, self._lanes, list(registry), self._slots, consume)
        while not self._stopped.is_set():
            try:
                # Before any notification: a browser needs the public key to subscribe.
                vapid.key_pair(usher.connections.worker_state, usher.settings.vapid_private_key)
                if usher.settings.seed == "classic":
                    seed.lay_out(usher)
                break
            except UsherError as error:
                log.warning("the first-run data waits: %s", error)
                self._stopped.wait(2.0)
            except Exception:  # maintenance must run even if this fails
                log.exception("the first-run data could not be laid out")
                break
        Maintenance(usher, list(registry), self._lanes, presence).run(self._stopped)
        while not self._over.wait(TICK_SECONDS):
            with suppress(StateUnavailableError):
                presence.announce()
        with suppress(StateUnavailableError):
            presence.leave()


class FlowerStep(bootsteps.StartStopStep):
    """Runs Flower's feed beside maintenance."""

    requires = (MaintenanceStep,)

    def __init__(self, worker: Worker, **_: object) -> None:
        self._stopped = threading.Event()
        usher = own_usher()
        self.enabled = usher.settings.flower_jobs_per_second > 0
        if self.enabled:
            client = usher.connections.worker_state
            self._feed = FlowerFeed(client, worker.app, worker.hostname, usher.settings.flower_jobs_per_second)

    def start(self, worker: Worker) -> None:  # noqa: ARG002
        threading.Thread(target=self._feed.run, args=(self._stopped,), name="flower-feed", daemon=True).start()

    def stop(self, worker: Worker) -> None:  # noqa: ARG002
        """Ask the thread to end. It is a daemon, and another process will send the events that are left."""
        self._stopped.set()

    def terminate(self, worker: Worker) -> None:
        """A cold stop asks for the same."""
        self.stop(worker)


def attach(app: Celery) -> None:
    """Make every worker of this application run maintenance, and its processes open connections of their own."""
    app.steps["worker"].update((MaintenanceStep, FlowerStep))
    worker_init.connect(_enter, weak=False)
    worker_shutting_down.connect(stopping.tell, weak=False)
    worker_process_init.connect(stopping.turn_deaf, weak=False)
    worker_process_init.connect(_drop_connections, weak=False)
    worker_process_init.connect(slots.enter, weak=False)
    worker_process_shutdown.connect(slots.leave, weak=False)
    celeryd_init.connect(_set_up_logs, weak=False)
    setup_logging.connect(_keep_logs, weak=False)
    for ends in (worker_process_shutdown, worker_shutdown):
        ends.connect(_tell_numbers, weak=False)


def _enter(**_: object) -> None:
    """Before the worker takes a message: the state must have our layout. Until it answers, the worker waits."""
    outage = Outage(log)
    while True:
        try:
            own_usher().enter(log.warning)
            return
        except LayoutError as error:
            raise SystemExit(f"usher: {error}") from None
        except StateUnavailableError as error:
            outage.tell("the worker waits: %s", error)
            time.sleep(0.5)


def _drop_connections(**_: object) -> None:
    own_usher().drop()


def _tell_numbers(**_: object) -> None:
    """What this process counted since its last report; if the state is away, that is lost."""
    with suppress(StateUnavailableError):
        own_usher().meter.flush()
    if traces := own_usher().traces:
        traces.close()


def _set_up_logs(sender: str, **_: object) -> None:
    """As soon as Celery says the worker's name. What it says in a signal handler, it would print."""
    logs.name_process("worker", sender)
    logs.set_up(own_usher().settings)
    pool_logger().propagate = True  # billiard's passes nothing on by default
    celery_worker.safe_say = lambda text, *_: logs.say("celery.apps.worker", text)  # type: ignore[attr-defined]


def _keep_logs(**_: object) -> None:
    """Celery asks whether somebody else sets up its logs; if nobody answers, it does."""
