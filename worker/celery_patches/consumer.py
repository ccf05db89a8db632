"""
W3, W4, W6: a message that a worker cannot understand kills it, keeps it reconnecting for ever, or is dropped.

celery 5.7.0, worker/consumer/consumer.py:798-860: only some errors are caught around a message. A message without `id`
is a KeyError, which kombu (transport/redis.py:258) counts as a lost connection: every worker reconnects, restores, and
gets the same message again, for ever (W3). A body that is not a triple ends the worker; the next worker takes the
message, and ends (W4). A content type that is not accepted is logged and dropped (W6).

Mended: each such message is set aside with a reason, and the worker goes on with the next. A message of a type that
this worker does not know is no such case: its jobs stay queued, and a worker that knows the type is woken.
"""

from collections.abc import Callable

from celery.bootsteps import RUN  # type: ignore[attr-defined]
from celery.utils.log import get_logger
from celery.worker.consumer import Consumer

from worker.celery_patches import install
from worker.celery_patches.parts import Message
from worker.celery_patches.poison import set_aside

log = get_logger(__name__)

NUMBER_OR_NONE = (int, float, type(None))


class SafeConsumer(Consumer):
    """Celery's consumer, minus the messages that would end it."""

    connection_errors: tuple[type[Exception], ...]
    channel_errors: tuple[type[Exception], ...]

    def __init__(self, *arguments: object, **options: object) -> None:
        install()
        start: Callable[..., None] = super().__init__
        start(*arguments, **options)

    def create_task_handler(self, *arguments: object, **options: object) -> Callable[[Message], None]:
        """A handler that raises only errors that are not the message's fault."""
        create: Callable[..., Callable[[Message], None]] = super().create_task_handler
        handle = create(*arguments, **options)
        broken = {*self.connection_errors, *self.channel_errors, MemoryError} - {KeyError}
        not_its_fault: tuple[type[Exception], ...] = tuple(broken)

        def on_task_received(message: Message) -> None:
            reason = fault(message)
            if reason is None:
                try:
                    handle(message)
                except not_its_fault:
                    raise
                except Exception as error:
                    if self.blueprint.state != RUN:
                        raise  # the pool takes no more work: the message comes again
                    log.exception("message not understood")
                    reason = repr(error)
            if reason is not None:
                _keep(message, reason)
                if not message.acknowledged:
                    message.reject_log_error(log, self.connection_errors)

        return on_task_received

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        """Sets aside a message whose body cannot be decompressed."""
        _keep(message, f"body not decoded: {exc!r}")
        super().on_decode_error(message, exc)

    def on_invalid_task(self, body: object, message: Message, exc: Exception) -> None:
        """Sets aside a message with an invalid date or the like."""
        _keep(message, f"invalid: {exc!r}")
        super().on_invalid_task(body, message, exc)

    def on_unknown_task(self, body: object, message: Message, exc: Exception) -> None:  # noqa: ARG002 its form is given
        """Drops a message whose type has no handler here. It is only a wake-up; Celery would print it whole."""
        task = message.headers["task"]
        log.error("no handler for %s here: its job waits for a worker that has one (USHER_HANDLERS)", task)
        message.reject_log_error(log, self.connection_errors)


def fault(message: Message) -> str | None:
    """Which of Celery's assumptions about a message is wrong; None if all hold."""
    headers = message.headers
    if not isinstance(headers, dict) or not all(isinstance(headers.get(name), str) for name in ("id", "task")):
        return "no id or no task in the headers"
    limits = headers.get("timelimit") or (None, None)
    if not isinstance(limits, (list, tuple)) or len(limits) != 2:
        return "timelimit is not a pair"
    if not all(isinstance(limit, NUMBER_OR_NONE) for limit in limits):
        return "timelimit is not in seconds"
    try:
        body = message.payload
    except Exception as error:  # foreign bytes can raise nearly anything
        return f"body not decoded: {error!r}"
    shape = (list, dict, dict)
    if not isinstance(body, list) or len(body) != 3 or not all(map(isinstance, body, shape)):
        return "body is not [arguments, keywords, embedded]"
    return None


def _keep(message: Message, reason: str) -> None:
    set_aside(message.channel, message._raw, reason, str(message.delivery_info.get("routing_key")))
