"""What Celery carries: wake-ups. Each makes one slot take a turn at a type; what it does then, the records decide."""

from collections.abc import Iterable
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
OWN_TYPES = frozenset(QUEUE_OF_TYPE)

# Levels of priority on the broker, 0 first; within one, first come first served. Numbers between two of Kue's names
# count as the less urgent one.
LEVELS = (-15, -10, -5, 0)  # line.lua has them too, and the queues
WAKES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Wake:
    """A wake-up that a script has counted, to be published."""

    type: str
    level: int  # of the most urgent job that waits
    token: str  # by which the turn that it begins is known


def queue_of(job_type: str) -> str:
    """The Celery queue that carries jobs of this type."""
    return QUEUE_OF_TYPE.get(job_type, JOBS)


def level_of(priority: int) -> int:
    """0 critical, 1 high, 2 medium, 3 normal, 4 low."""
    return next((level for level, bound in enumerate(LEVELS) if priority <= bound), len(LEVELS))


def publish(wakes: Iterable[Wake]) -> int:
    """
    Send these wake-ups, pipelined; returns how many.

    Routed by queue name alone: an exchange without a binding would drop them silently.

    Raises BrokerUnavailableError; some may have arrived all the same. The clock finds what is lost: wake.lua.
    """
    wakes = list(wakes)
    if not wakes:
        return 0
    try:
        with app.producer_or_acquire() as producer, producer.batch(WAKES_AT_ONCE):
            for wake in wakes:
                app.send_task(
                    wake.type,
                    args=(wake.token,),
                    task_id=str(uuid4()),
                    queue=queue_of(wake.type),
                    priority=wake.level,
                    producer=producer,
                    argsrepr=wake.token,
                    kwargsrepr="",
                )
    except (OperationalError, BatchPublishError, OSError) as error:
        raise BrokerUnavailableError from error
    return len(wakes)


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
