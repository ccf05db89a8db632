"""What Celery carries: a job type and the ids of 1..n jobs. Never the truth, only a nudge: the record is the truth."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import uuid4

from kombu.exceptions import BatchPublishError, OperationalError  # type: ignore[attr-defined]  # stubs are older

from tasks_app.celery import app
from tasks_app.errors import BrokerUnavailableError

RESERVATIONS, NOTIFICATIONS, JOBS = "reservations", "notifications", "jobs"
QUEUES = (RESERVATIONS, NOTIFICATIONS, JOBS)

# The job types of Usher itself; every other type is the user's own and travels on the queue `jobs`.
RESERVE_SEAT, RESERVE_STOCK = "reserve_seat", "reserve_stock"
CONFIRM, EXTEND, RELEASE = "confirm", "extend", "release"
CREATE_INVENTORY, RESTOCK, SET_CAPACITY, SET_STATUS = (
    "create_inventory",
    "restock",
    "set_capacity",
    "set_status",
)
# They change what is there already: taken also where new work has to wait, or a sale could not be ended.
ALWAYS_TAKEN = frozenset({CONFIRM, EXTEND, RELEASE, RESTOCK, SET_CAPACITY, SET_STATUS})
PUSH_NOTIFICATION = "push_notification"
CANARY = "canary"  # no job at all: an empty message that proves a queue is consumed

QUEUE_OF_TYPE = {
    **dict.fromkeys((RESERVE_SEAT, RESERVE_STOCK, CONFIRM, EXTEND, RELEASE), RESERVATIONS),
    **dict.fromkeys((CREATE_INVENTORY, RESTOCK, SET_CAPACITY, SET_STATUS), RESERVATIONS),
    PUSH_NOTIFICATION: NOTIFICATIONS,
}
# Jobs that are done many at a time share a message. Any other job may take long, so it gets one of its own, or it would
# wait behind its neighbours while other workers are idle.
JOBS_PER_MESSAGE = 200
SHARED_TYPES = frozenset(QUEUE_OF_TYPE)
# A notifier works on some messages at once; smaller ones spread a batch over several notifiers.
JOBS_PER_MESSAGE_OF = {PUSH_NOTIFICATION: 50}

# Levels of priority on the broker, 0 first; within one, first come first served. Numbers between two of Kue's names
# count as the less urgent one.
LEVELS = (-15, -10, -5, 0)


@dataclass(frozen=True, slots=True)
class Nudge:
    """A queued job to be published: all that a message needs to know of it."""

    id: str
    type: str
    priority: int


def queue_of(job_type: str) -> str:
    """The Celery queue that carries jobs of this type."""
    return QUEUE_OF_TYPE.get(job_type, JOBS)


def level_of(priority: int) -> int:
    """0 critical, 1 high, 2 medium, 3 normal, 4 low."""
    return next((level for level, bound in enumerate(LEVELS) if priority <= bound), len(LEVELS))


def grouped(nudges: Iterable[Nudge]) -> Iterator[tuple[str, int, list[str]]]:
    """One (type, level, ids) a message, ids in the order given."""
    groups: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for nudge in nudges:
        groups[nudge.type, level_of(nudge.priority)].append(nudge.id)
    for (job_type, level), ids in groups.items():
        size = JOBS_PER_MESSAGE_OF.get(job_type, JOBS_PER_MESSAGE) if job_type in SHARED_TYPES else 1
        for start in range(0, len(ids), size):
            yield job_type, level, ids[start : start + size]


def publish(nudges: Iterable[Nudge]) -> int:
    """
    Send the messages for these jobs, pipelined; returns how many messages.

    Routed by queue name alone: an exchange without a binding would drop them silently. A message's id is no job's: to
    revoke a job's id in Celery must not stop its messages, or it would never run.

    Raises BrokerUnavailableError; some messages may have arrived all the same, which is harmless.
    """
    count = 0
    try:
        with app.producer_or_acquire() as producer, producer.batch(JOBS_PER_MESSAGE):
            for job_type, level, ids in grouped(nudges):
                app.send_task(
                    job_type,
                    args=(ids,),
                    task_id=str(uuid4()),
                    queue=queue_of(job_type),
                    priority=level,
                    producer=producer,
                    argsrepr=" ".join(ids),
                    kwargsrepr="",
                )
                count += 1
    except (OperationalError, BatchPublishError, OSError) as error:
        raise BrokerUnavailableError from error
    return count


def publish_canary(queue: str) -> None:
    """
    Send a message without jobs through one queue, and no event with it: in Flower it would bury the real ones.

    Raises BrokerUnavailableError.
    """
    message = app.amqp.as_task_v2(str(uuid4()), CANARY, args=(queue,), expires=60, create_sent_event=False)
    try:
        with app.producer_or_acquire() as producer:
            app.amqp.send_task_message(producer, CANARY, message, queue=queue, priority=0)
    except (OperationalError, OSError) as error:
        raise BrokerUnavailableError from error
