"""Turns exceptions into answers: beyond this module, no exception is passed on as a value."""

import logging
import re
import traceback

from tasks_app.errors import LostJobError, PermanentError, RetryLaterError, SnoozeError, StateUnavailableError
from tasks_app.logs import within
from tasks_app.text import lines, one_line
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
# For multiprocessing. A worker's pool processes are daemons: their children would outlive a worker that is killed.
DAEMON = " (in a worker use threads, subprocess or several jobs; multiprocessing works in a program with `process`)"
TRACEBACK_CHARACTERS, FRAMES = 4_000, 20  # from the innermost frames
# Only the name of a frame's file is kept: callers of the API read it, and the folders are the operator's business.
_FILE = re.compile(r'^([ |+-]*File ")[^"\n]*[/\\]([^"/\\\n]*", line [0-9]+)', re.MULTILINE)


def answer_to(error: BaseException, job: ActiveJob) -> Answer:
    """
    What an exception means for the job whose attempt it ended.

    A handler that raises LostJobError although its job was not lost has failed one attempt: otherwise the job would
    come back for ever. The same holds for a handler that raises SnoozeError with an invalid wait, or
    StateUnavailableError although nothing was away. Reservations (jobs with a target) may also lose a job when its time
    runs out, which the inventory's scripts notice.
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
            with within(job.type, (job.id,), job.attempt):
                told = one_line(text_of(error))
                if _is_readable(error):
                    log.error("an attempt of job %s failed: %s", job.id, told, exc_info=error)
                else:
                    log.error("an attempt of job %s failed: %s", job.id, told, extra={"traceback": lines(found)})
            hint = DAEMON if isinstance(error, AssertionError) and "daemonic processes" in _message(error) else ""
            return Crashed(text_of(error) + hint, found)


def text_of(error: BaseException) -> str:
    """The error's name and message, if its own `__str__` works."""
    return f"{type(error).__name__}: {_message(error)}".removesuffix(": ")


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MESSAGE_CHARACTERS]
    except BaseException as trouble:
        return f"(its text cannot be read: {type(trouble).__name__})"


def _traceback(error: BaseException) -> str:
    """The traceback's beginning and end, which say the most; "" if the error was never raised."""
    if error.__traceback__ is None:
        return ""
    try:
        text = "".join(traceback.format_exception(error, limit=-FRAMES))
    except BaseException:  # formatting calls the error's own code for its text, notes and causes
        text = "".join(traceback.format_tb(error.__traceback__, limit=-FRAMES)) + text_of(error)
    text = _FILE.sub(r"\1\2", text)
    if len(text) > TRACEBACK_CHARACTERS:
        text = f"{text[: TRACEBACK_CHARACTERS // 2]}\n...\n{text[-TRACEBACK_CHARACTERS // 2 :]}"
    return text


def _is_readable(error: BaseException) -> bool:
    """Whether any log can write it: the error's own code may raise anything, its text may be no text."""
    try:
        "".join(traceback.format_exception(error, limit=-1)).encode()
    except BaseException:
        return False
    return True


def _wait_ms(error: SnoozeError | RetryLaterError) -> int | None:
    """The wait that the error names; None if it is invalid. A subclass may have set anything."""
    wait = getattr(error, "wait_ms", None)
    return int(wait) if wait is not None and is_wait(wait) else None


def _no_wait(error: SnoozeError | RetryLaterError) -> str:
    try:
        given = repr(getattr(error, "wait_ms", None))[:100]
    except BaseException:
        given = "what it named"
    return f"(a wait is 0 to {LONGEST_MS} ms, not {given})"


def _code(error: PermanentError | RetryLaterError) -> str:
    """The code of the error's class, cut short. A subclass may have set anything."""
    return error.code[:CODE_CHARACTERS] if isinstance(error.code, str) and error.code else "error"
