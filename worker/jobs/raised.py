"""What was raised, as an answer: the border behind which no exception is handed on as a value."""

import logging
import re
import traceback

from tasks_app.errors import LostJobError, PermanentError, RetryLaterError, SnoozeError, StateUnavailableError
from tasks_app.text import lines
from worker.jobs.active import ActiveJob
from worker.jobs.answers import (
    CODE_CHARACTERS,
    IN_DOUBT,
    LONGEST_MS,
    Answer,
    Crashed,
    Failed,
    InDoubt,
    Interrupted,
    Retry,
    Snooze,
    is_wait,
)

log = logging.getLogger(__name__)

MESSAGE_CHARACTERS = 2_000
# Of multiprocessing. A worker's pool processes are daemons: their children would outlive a worker that is killed.
DAEMON = " (in a worker use threads, subprocess or several jobs; multiprocessing works in a program with `process`)"
TRACEBACK_CHARACTERS, FRAMES = 4_000, 20  # of the innermost frames
# Of a frame's file the name is kept: callers of the API read it, and the folders are the operator's.
_FILE = re.compile(r'^([ |+-]*File ")[^"\n]*[/\\]([^"/\\\n]*", line [0-9]+)', re.MULTILINE)


def answer_to(error: BaseException, job: ActiveJob) -> Answer:
    """
    What an exception says of the job whose attempt it ended.

    A handler that raises LostJobError though its job was not lost has failed one attempt: given back, the job would
    come again for ever. The same holds for a handler that snoozes its job by what is no wait, or that raises
    StateUnavailableError though nothing was away. Reservations (jobs with a target) also lose a job to the clock, which
    the inventory notices.
    """
    match error:
        case LostJobError() if not job.lost and not job.target:
            return Crashed(f"{text_of(error)} (raised though it was not lost)", _traceback(error))
        case StateUnavailableError() if not error.context.get("away"):
            return Crashed(f"{text_of(error)} (raised though nothing was away)", _traceback(error))
        case StateUnavailableError() | LostJobError():
            return Interrupted(error.code)
        case SnoozeError():
            wait_ms = _wait_ms(error)
            if wait_ms is None:
                return Crashed(f"{text_of(error)} {_no_wait(error)}", _traceback(error))
            return Snooze(_message(error), wait_ms)
        case RetryLaterError():
            wait_ms, code = _wait_ms(error), _code(error)
            message = _message(error) if wait_ms is not None else f"{_message(error)} {_no_wait(error)}"
            if code == IN_DOUBT:
                return InDoubt(message, wait_ms, _traceback(error))
            return Retry(message, wait_ms, code, _traceback(error))
        case PermanentError():
            return Failed(_message(error), _code(error), _traceback(error))
        case _:
            found = _traceback(error)
            log.error("an attempt of job %s failed: %s", job.id, lines(found or text_of(error)))
            hint = DAEMON if isinstance(error, AssertionError) and "daemonic processes" in _message(error) else ""
            return Crashed(text_of(error) + hint, found)


def text_of(error: BaseException) -> str:
    """The error's name and message, as far as its own `__str__` gives one."""
    return f"{type(error).__name__}: {_message(error)}".removesuffix(": ")


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MESSAGE_CHARACTERS]
    except BaseException as trouble:
        return f"(its text cannot be read: {type(trouble).__name__})"


def _traceback(error: BaseException) -> str:
    """The traceback's beginning and its end, which say the most; "" when the error was made and never raised."""
    if error.__traceback__ is None:
        return ""
    try:
        text = "".join(traceback.format_exception(error, limit=-FRAMES))
    except BaseException:  # formatting asks the error for its text, its notes and its causes
        text = "".join(traceback.format_tb(error.__traceback__, limit=-FRAMES)) + text_of(error)
    text = _FILE.sub(r"\1\2", text)
    if len(text) > TRACEBACK_CHARACTERS:
        text = f"{text[: TRACEBACK_CHARACTERS // 2]}\n...\n{text[-TRACEBACK_CHARACTERS // 2 :]}"
    return text


def _wait_ms(error: SnoozeError | RetryLaterError) -> int | None:
    """The wait that it names; None if that is no wait. A subclass may have set anything."""
    wait = getattr(error, "wait_ms", None)
    return int(wait) if wait is not None and is_wait(wait) else None


def _no_wait(error: SnoozeError | RetryLaterError) -> str:
    try:
        given = repr(getattr(error, "wait_ms", None))[:100]
    except BaseException:
        given = "what it named"
    return f"(a wait is 0 to {LONGEST_MS} ms, not {given})"


def _code(error: PermanentError | RetryLaterError) -> str:
    """Its class's, cut. A subclass may have set anything."""
    return error.code[:CODE_CHARACTERS] if isinstance(error.code, str) and error.code else "error"
