"""Verdicts: what a handler's answer means for the record of its job."""

import re
from collections.abc import Mapping
from typing import assert_never

from tasks_app.text import Json, encoded, encoded_leniently
from worker.jobs.answers import IN_DOUBT, Answer, Completed, Crashed, Failed, InDoubt, Interrupted, Retry, Snooze
from worker.jobs.job_store import Claim, Settlement

# Records are read whole, by lists too: store larger data elsewhere, and their place in the result.
RESULT_BYTES = 262_144
OUTCOME = re.compile("[a-z][a-z0-9_]{0,31}")
MESSAGE_CHARACTERS = 2_000


def settlement(claim: Claim, answer: Answer) -> Settlement:
    """The settlement of a claimed job with this answer."""
    match answer:
        case Completed():
            try:
                return Settlement(claim, "complete", _result(answer.result), outcome=_outcome(answer.result))
            except (TypeError, ValueError, RecursionError) as fault:  # another attempt would not make it JSON
                return settlement(claim, Failed(f"the handler's result cannot be kept: {fault}"))
        case Retry():
            error = _error(answer.code, answer.message)
            return Settlement(claim, "error", error, _whole(answer.wait_ms), traceback=_trace(answer.traceback))
        case InDoubt():
            error, wait_ms = _error(IN_DOUBT, answer.message), _whole(answer.wait_ms)
            return Settlement(claim, "error", error, wait_ms, IN_DOUBT, _trace(answer.traceback))
        case Snooze():
            return Settlement(
                claim, "snoozed", encoded_leniently(answer.why[:MESSAGE_CHARACTERS]), _whole(answer.wait_ms)
            )
        case Failed():
            error = _error(answer.code, answer.message)
            return Settlement(claim, "permanent", error, traceback=_trace(answer.traceback))
        case Crashed():
            error = _error("error", answer.message)
            return Settlement(claim, "error", error, traceback=_trace(answer.traceback))
        case Interrupted():
            return Settlement(
                claim, "interrupted", encoded_leniently(answer.code), wait_ms=0
            )  # no change if the job is lost
        case _:
            assert_never(answer)


def _result(result: Json) -> str:
    text = encoded(result)
    if len(text) > RESULT_BYTES:
        raise ValueError(f"{len(text)} bytes of JSON, {RESULT_BYTES} are allowed")
    return text


def _outcome(result: Json) -> str:
    """The outcome of a complete job, if its result has one: {"outcome": "sent", ...}."""
    word = result.get("outcome") if isinstance(result, Mapping) else None
    return word if isinstance(word, str) and OUTCOME.fullmatch(word) else ""


def _error(code: str, message: str) -> str:
    return encoded_leniently({"code": code, "message": message[:MESSAGE_CHARACTERS]})


def _trace(text: str) -> str:
    return encoded_leniently(text) if text else ""


def _whole(wait_ms: float | None) -> int | None:
    return None if wait_ms is None else int(wait_ms)
