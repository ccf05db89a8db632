"""Consuming: whether a Celery worker takes messages from its queues, as its clock wishes."""

from collections.abc import Callable, Sequence
from typing import Protocol

from celery import Celery


class Consumer(Protocol):
    """What this sees of a Celery worker's consumer."""

    task_consumer: object | None  # None = it is not connected

    def call_soon(self, p: Callable[..., object], *args: object) -> object: ...

    def add_task_queue(self, queue: str) -> None: ...

    def cancel_task_queue(self, queue: str) -> None: ...


class Worker(Protocol):
    """What this sees of a Celery worker."""

    app: Celery
    consumer: Consumer | None


def consume(worker: Worker, queues: Sequence[str], wanted: bool) -> bool:
    """
    Have the worker take messages from these queues, or from none, soon: its main loop does it. Returns whether it
    already does. Safe to repeat, from any thread; a worker that is not connected does it when it is told again. A
    message that was taken and has no consumer any more goes back to its queue.
    """
    consumer = worker.consumer
    selected = {*worker.app.amqp.queues.consume_from}
    if selected == ({*queues} if wanted else set()):
        return True
    if consumer is not None:
        consumer.call_soon(_consume, consumer, queues, wanted)
    return False


def _consume(consumer: Consumer, queues: Sequence[str], wanted: bool) -> None:
    if consumer.task_consumer is None:
        return
    for queue in queues:
        if wanted:
            consumer.add_task_queue(queue)
        else:
            consumer.cancel_task_queue(queue)
