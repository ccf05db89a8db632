"""Every error that crosses a room's border: its docstring is the message, and its code never changes."""


class UsherError(Exception):
    """Something went wrong."""

    code = "internal_error"

    def __init__(self, message: str = "", **context: object) -> None:
        super().__init__(message or (self.__doc__ or "").strip())
        self.context = context


class StateUnavailableError(UsherError):
    """The state cannot be reached or did not answer in time; repeat with the same Idempotency-Key."""

    code = "state_unavailable"


class WritesRefusedError(StateUnavailableError):
    """The state answers, but cannot do this now: most often its disk is full or its replicas are missing."""


class LayoutError(StateUnavailableError):
    """The data are of a layout that this program may not work on; the message says what to do."""


class BrokerUnavailableError(UsherError):
    """The broker cannot be reached; jobs are recorded and will be done when it is back."""

    code = "broker_unavailable"


class UnknownJobError(UsherError):
    """There is no such job, or it is past its retention."""

    code = "job_not_found"


class UnknownBatchError(UsherError):
    """There is no such batch, or it is past its retention."""

    code = "batch_not_found"


class UnknownBulkError(UsherError):
    """There is no such bulk operation, or it is past its retention."""

    code = "bulk_not_found"


class UnknownMessageError(UsherError):
    """There is no such message among those that were set aside."""

    code = "message_not_found"


class UnknownInventoryError(UsherError):
    """There is no such show or product."""

    code = "inventory_not_found"


class UnknownChannelError(UsherError):
    """There is no such way of sending a notification."""

    code = "channel_not_found"


class InvalidAddressError(UsherError, ValueError):
    """An address that does not name exactly one recipient. The message goes on after `it`: `has ...`."""

    code = "invalid_address"


class InvalidJobError(UsherError, ValueError):
    """
    A job that breaks a rule. The message is a sentence that names the field, what was given and what is allowed; `text`
    is the sentence without the field, as in `is 0, but must be at least 1`.
    """

    code = "invalid_request"

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"`{field}` {text}.", field=field)
        self.text = text


class IdempotencyConflictError(UsherError):
    """This Idempotency-Key was used before, with a different body."""

    code = "idempotency_key_reused"


class QueueFullError(UsherError):
    """Too many jobs of this type are waiting, or the state's memory is nearly full; try again later."""

    code = "queue_full"


class NotUniqueError(UsherError):
    """Another job of this type has this unique key, so this one is refused."""

    code = "not_unique"


class TooManyTypesError(UsherError):
    """No worker knows a type of these jobs, and there are already jobs of too many types."""

    code = "too_many_types"


class TooManyPausesError(UsherError):
    """Too much is paused already; resume some of it."""

    code = "too_many_paused"


class TooManyRulesError(UsherError):
    """Too many types already have their own rules; give some the usual rules again."""

    code = "too_many_rules"


class UnknownWorkerError(UsherError):
    """There is no such worker, or it has ended."""

    code = "worker_not_found"


class StoppingWorkerError(UsherError):
    """The worker was told to stop, which cannot be taken back."""

    code = "worker_stopping"


class UnknownKeyError(UsherError):
    """There is no such API key, or it is over."""

    code = "key_not_found"


class TooManyKeysError(UsherError):
    """There are too many API keys already; revoke some."""

    code = "too_many_keys"


class IllegalTransitionError(UsherError):
    """The job is in a state that does not allow this."""

    code = "illegal_transition"


class FixedJobError(UsherError):
    """Only the priority and the attempts of a job of Usher's own types can be edited."""

    code = "fixed_job"


class PermanentError(UsherError):
    """Raise it in a handler to fail the job at once, even if it has attempts left."""

    code = "permanent"


class CorruptInventoryError(PermanentError):
    """The numbers of this show or product cannot be true. Nothing was changed; see its audit."""

    code = "inventory_corrupt"


class RetryLaterError(UsherError):
    """Raise it in a handler to fail this attempt and name the wait before the next one."""

    code = "retry_later"

    def __init__(self, message: str, wait_ms: int) -> None:
        super().__init__(message)
        self.wait_ms = wait_ms


class SnoozeError(UsherError):
    """Raise it in a handler to have the job back after a while; no attempt is spent."""

    code = "snoozed"

    def __init__(self, why: str, wait_ms: int) -> None:
        super().__init__(why)
        self.wait_ms = wait_ms


class LostJobError(UsherError):
    """The job is no longer this worker's: it was cancelled, or its lease or its time ran out."""

    code = "lost"
