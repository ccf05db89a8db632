"""Answers: what a handler says about its job; each kind of answer is a type.

A handler returns an answer, or a plain JSON value, which is short for Completed(value):

    @handler("resize_image")
    def resize(job: ActiveJob) -> Answer:
        if not job.data.get("path"):
            return Failed("a path is needed")
        if busy():
            return Snooze("the scaler is busy", wait_ms=5_000)
        return Completed({"pages": 10})

What a handler raises becomes an answer too: raised.py. The constructors raise TypeError or ValueError for an invalid
text, code or wait, so the traceback shows the mistake.
"""

from dataclasses import dataclass, field
from typing import cast

from tasks_app.text import Json

IN_DOUBT = "in_doubt"  # the code of an attempt whose effect may or may not have happened
CODE_CHARACTERS = 100
LONGEST_MS = 31_536_000_000  # a year


@dataclass(frozen=True, slots=True)
class Completed:
    """
    The job is done. Its record keeps `result`: any JSON, 256 kB at most; another value fails the job.

    A result may have a word under `outcome`, by which a batch counts its jobs: Completed({"outcome": "sent"}).
    """

    result: Json = None


@dataclass(frozen=True, slots=True)
class Retry:
    """
    This attempt failed. The next one starts after `wait_ms` or the job's own backoff, whichever is longer (None = after
    its backoff). The job fails with this message and code when no attempt is left. As raising RetryLaterError.
    """

    message: str
    wait_ms: int | None = None
    code: str = "retry_later"
    traceback: str = field(default="", repr=False)  # where it was raised, if it was

    def __post_init__(self) -> None:
        _check_text(self.message, self.traceback)
        _check_code(self.code)
        if self.code == IN_DOUBT:
            raise ValueError(f"what may have had its effect is answered with InDoubt, not with the code {IN_DOUBT}")
        if self.wait_ms is not None:
            _check_wait(self.wait_ms)


@dataclass(frozen=True, slots=True)
class Snooze:
    """
    The job was not done, and starts again after `wait_ms`. That spends no attempt. While it waits, `snoozed` in the
    job's JSON says why. As raising SnoozeError.
    """

    why: str
    wait_ms: int

    def __post_init__(self) -> None:
        _check_text(self.why)
        _check_wait(self.wait_ms)


@dataclass(frozen=True, slots=True)
class Failed:
    """The job fails at once, without its remaining attempts. As raising PermanentError."""

    message: str
    code: str = "permanent"
    traceback: str = field(default="", repr=False)  # where it was raised, if it was

    def __post_init__(self) -> None:
        _check_text(self.message, self.traceback)
        _check_code(self.code)


@dataclass(frozen=True, slots=True)
class InDoubt:
    """
    This attempt failed, and its effect on the outside world may have happened. As Retry with the code `in_doubt`; in
    addition, the job's `in_doubt` stays true, whatever the next attempts say.
    """

    message: str
    wait_ms: int | None = None
    traceback: str = field(default="", repr=False)  # where it was raised, if it was

    def __post_init__(self) -> None:
        _check_text(self.message, self.traceback)
        if self.wait_ms is not None:
            _check_wait(self.wait_ms)


@dataclass(frozen=True, slots=True)
class Crashed:
    """This attempt failed with an exception of no special meaning; its name begins the message. The code is `error`."""

    message: str
    traceback: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """
    The worker lost the state or the job while it did it. That is nobody's fault, so it costs no attempt. If job.begin()
    was called, the effect may have happened. `code` is the error's code.
    """

    code: str


Answer = Completed | Retry | Snooze | Failed | InDoubt | Crashed | Interrupted


def as_answer(returned: object) -> Answer:
    """What a handler returned, as an answer: an answer as it is; any other value, JSON or not, in Completed."""
    return returned if isinstance(returned, Answer) else Completed(cast(Json, returned))


def is_wait(wait: object) -> bool:
    """Is it a number of ms from 0 to a year?"""
    return isinstance(wait, int | float) and not isinstance(wait, bool) and 0 <= wait <= LONGEST_MS


def _check_wait(wait: object) -> None:
    if not is_wait(wait):
        raise ValueError(f"a wait is 0 to {LONGEST_MS} ms, not {wait!r}")


def _check_text(*texts: object) -> None:
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"an answer gives its reason as text, not as {type(text).__name__}")


def _check_code(code: object) -> None:
    if not isinstance(code, str) or not 0 < len(code) <= CODE_CHARACTERS:
        raise ValueError(f"a code is a text of 1 to {CODE_CHARACTERS} characters, not {code!r}")
