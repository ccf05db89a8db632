"""Verdicts: what a handler's answer, a result or whatever it raised, means for its job."""

import logging
import re
import traceback
from dataclasses import replace
from typing import Any

from tasks_app.errors import LostJobError, PermanentError, RetryLaterError, SnoozeError, StateUnavailableError
from tasks_app.text import encoded, lines, told
from worker.jobs.job_store import Claim, Settlement

log = logging.getLogger(__name__)

RESULT_BYTES = (
    262_144  # records are read whole, by lists too: what is larger belongs elsewhere, its place in the result
)
IN_DOUBT = "in_doubt"  # the code of an error that leaves open whether the effect has happened
OUTCOME = re.compile("[a-z][a-z0-9_]{0,31}")
MESSAGE_CHARACTERS = 2_000
# Of multiprocessing. A worker's pool processes are daemons: their children would outlive a worker that is killed.
DAEMON = " (in a worker use threads, subprocess or several jobs; multiprocessing works in a program with `process`)"
TRACEBACK_CHARACTERS, FRAMES = 4_000, 20  # of the innermost frames
# Of a frame's file the name is kept: callers of the API read it, and the folders are the operator's.
_FILE = re.compile(r'^([ |+-]*File ")[^"\n]*[/\\]([^"/\\\n]*", line [0-9]+)', re.MULTILINE)
LONGEST_MS = 31_536_000_000  # a year


def settlement(claim: Claim, answer: Any, lost: bool) -> Settlement:
    """What became of a claim: the verdict, and for an error where it came from."""
    found = _verdict(claim, answer, lost)
    if found.verdict in ("error", "permanent") and isinstance(answer, BaseException):
        return replace(found, traceback=_traceback(answer))
    return found


def _verdict(claim: Claim, answer: Any, lost: bool) -> Settlement:
    """
    The verdict. `lost`: the handler was told that the job is no longer its own. A handler that raises LostJobError
    without that has failed one attempt: given back, the job would come again for ever. So has one that snoozes its job
    by what is no time, or raises StateUnavailableError though nothing was away. Reservations (jobs with a target) also
    lose a job to the clock, which the inventory notices.
    """
    if not isinstance(answer, BaseException):
        try:
            return Settlement(claim, "complete", _result(answer), outcome=_outcome(answer))
        except (TypeError, ValueError, RecursionError) as error:  # trying again would not make it JSON
            answer = PermanentError(f"the handler's result cannot be kept: {error}")
    if isinstance(answer, LostJobError) and not lost and not claim.target:
        return Settlement(claim, "error", _error("error", f"{text_of(answer)} (raised though it was not lost)"))
    if isinstance(answer, StateUnavailableError) and not answer.context.get("away"):
        return Settlement(claim, "error", _error("error", f"{text_of(answer)} (raised though nothing was away)"))
    if isinstance(answer, StateUnavailableError | LostJobError):  # nobody's fault; if it is lost, this changes nothing
        return Settlement(claim, "interrupted", told(answer.code), wait_ms=0)
    if isinstance(answer, SnoozeError):
        wait_ms = _wait_ms(answer)
        if wait_ms is None:
            return Settlement(claim, "error", _error("error", f"{text_of(answer)} {_no_wait(answer)}"))
        return Settlement(claim, "snoozed", told(_message(answer)), wait_ms)
    if isinstance(answer, RetryLaterError):
        doubt = IN_DOUBT if _code(answer) == IN_DOUBT else ""
        wait_ms, message = _wait_ms(answer), _message(answer)
        if wait_ms is None:
            message = f"{message} {_no_wait(answer)}"
        return Settlement(claim, "error", _error(_code(answer), message), wait_ms, doubt)
    if isinstance(answer, PermanentError):
        return Settlement(claim, "permanent", _error(_code(answer), _message(answer)))
    log.error("an attempt of job %s failed: %s", claim.id, lines(_formatted(answer) or text_of(answer)))
    hint = DAEMON if isinstance(answer, AssertionError) and "daemonic processes" in _message(answer) else ""
    return Settlement(claim, "error", _error("error", text_of(answer) + hint))


def text_of(error: BaseException) -> str:
    """The error's name and message, as far as its own `__str__` gives one."""
    return f"{type(error).__name__}: {_message(error)}".removesuffix(": ")


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MESSAGE_CHARACTERS]
    except BaseException as trouble:
        return f"(its text cannot be read: {type(trouble).__name__})"


def _traceback(error: BaseException) -> str:
    """As JSON; "" when the error was not raised but returned."""
    return told(text) if (text := _formatted(error)) else ""


def _formatted(error: BaseException) -> str:
    """The traceback's beginning and its end, which say the most; "" when the error was not raised but returned."""
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
    """The wait that it names; None if that is no number of ms from 0 to a year. A subclass may have set anything."""
    wait = getattr(error, "wait_ms", None)
    if isinstance(wait, bool) or not isinstance(wait, int | float):
        return None
    return int(wait) if 0 <= wait <= LONGEST_MS else None


def _no_wait(error: SnoozeError | RetryLaterError) -> str:
    try:
        given = repr(getattr(error, "wait_ms", None))[:100]
    except BaseException:
        given = "what it named"
    return f"(a wait is 0 to {LONGEST_MS} ms, not {given})"


def _code(error: PermanentError | RetryLaterError) -> str:
    code = error.code
    return code[:100] if isinstance(code, str) else "error"


def _result(answer: Any) -> str:
    text = encoded(answer)
    if len(text) > RESULT_BYTES:
        raise ValueError(f"{len(text)} bytes of JSON, {RESULT_BYTES} are allowed")
    return text


def _outcome(answer: Any) -> str:
    """The word for how a job ended well, if its result has one: {"outcome": "sent", ...}."""
    word = answer.get("outcome") if isinstance(answer, dict) else None
    return word if isinstance(word, str) and OUTCOME.fullmatch(word) else ""


def _error(code: str, message: str) -> str:
    return told({"code": code, "message": message[:MESSAGE_CHARACTERS]})
