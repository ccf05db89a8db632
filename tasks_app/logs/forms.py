"""The two forms of a line: a JSON object, and a text for people."""

import linecache
import sys
import time
from collections.abc import Mapping
from functools import lru_cache
from logging import LogRecord
from typing import Any

from structlog.contextvars import get_contextvars
from structlog.tracebacks import ExceptionDictTransformer

from tasks_app.logs.fields import fields
from tasks_app.text import decoded, encoded_leniently, one_line

# What logging itself puts into a record: everything else came by `extra`.
OF_LOGGING = frozenset(vars(LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName", "data"}
FRAMES = 20  # of a traceback
ALWAYS = ("exc_type", "exc_value", "frames")  # in what is said of an error, however empty
HIDDEN = ("timestamp", "level", "logger", "event", "exception", "stack", "process", "pid")  # not among a text's fields

_tracebacks = ExceptionDictTransformer(show_locals=False, max_frames=FRAMES, use_rich=False)


def entry_of(record: LogRecord, event: Mapping[str, Any]) -> dict[str, Any]:
    """
    What a line says. `event` is structlog's: the text as `event`, and what was given or bound with it.

    Members: timestamp (UTC, ISO 8601), level, logger, event, pid, those of `fields`, what the line's writer gave, and
    with an error `exception`: a list, first the error, then its causes, each with exc_type, exc_value and frames.
    """
    given = {**get_contextvars(), **event}
    for name in vars(record).keys() - OF_LOGGING:
        if name[0] != "_":
            given[name] = vars(record)[name]
    text, error, stack = given.pop("event", ""), given.pop("exc_info", None), given.pop("stack_info", None)
    entry: dict[str, Any] = {
        "timestamp": timestamp(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": text if isinstance(text, str) else str(text),
        "pid": record.process,
        **fields(),
    }
    for name, value in given.items():
        entry[f"{name}_" if name in entry else name] = _plain(value)
    if error and (errors := _exception(error)):
        entry["exception"] = errors
    if stack:
        entry["stack"] = str(stack)
    return entry


def as_entry(logger: str, event: str, **given: Any) -> str:
    """A line of JSON by someone who has no logger."""
    return encoded_leniently(
        {"timestamp": timestamp(time.time()), "level": "info", "logger": logger, "event": event, **given}
    )


def timestamp(seconds: float) -> str:
    """Unix seconds as 2030-01-31T12:00:00.123Z."""
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03}Z"


@lru_cache(2)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def as_text(entry: Mapping[str, Any]) -> str:
    """The line for people, with the lines of a traceback below; no text in it ends a line or moves a cursor."""
    logger, event = one_line(str(entry.get("logger", ""))), one_line(str(entry["event"]))
    others = [f"{name}={one_line(_short(value))}" for name, value in entry.items() if name not in HIDDEN]
    head = f"{entry.get('timestamp', '')} {str(entry.get('level', '')).upper():<8} {logger}: {event}"
    lines = [f"{head}  [{' '.join(others)}]" if others else head]
    exception = entry.get("exception")
    if isinstance(exception, list):
        for number, error in enumerate(reversed(exception)):
            lines += [_LED_TO] * bool(number) + _traceback(error)
    lines += [one_line(line) for line in str(entry.get("stack", "")).splitlines()]
    return "\n".join(lines)


_LED_TO = "  which led to:"


def readable(line: str) -> list[str]:
    """The lines for people that stand for a line of another process: of JSON its text, of others the line itself."""
    if line.startswith('{"timestamp":'):
        try:
            entry = decoded(line)
            if "event" in entry:
                return as_text(entry).split("\n")
        except (ValueError, TypeError, KeyError, AttributeError):  # somebody printed what only looks like ours
            pass
    return [line]


def _exception(given: Any) -> list[dict[str, Any]]:
    """The error and its causes. Its own code may be asked for its text, notes and causes, and may raise anything."""
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if not isinstance(error, BaseException):
        return []
    try:
        found = _tracebacks((type(error), error, error.__traceback__))
    except BaseException:
        return [{"exc_type": type(error).__name__, "exc_value": "(its text cannot be read)", "frames": []}]
    return [{name: value for name, value in one.items() if value or name in ALWAYS} for one in found]


def _traceback(error: Mapping[str, Any]) -> list[str]:
    lines = []
    for frame in error.get("frames", ()):
        file, number = frame["filename"], frame["lineno"]
        lines.append(one_line(f'  File "{file}", line {number}, in {frame["name"]}'))
        if source := linecache.getline(file, number).strip():
            lines.append(one_line(f"    {source}"))
    lines.append(one_line(f"  {error.get('exc_type')}: {error.get('exc_value')}"))
    return [*lines, *(one_line(f"  {note}") for note in error.get("exc_notes", ()))]


def _short(value: Any) -> str:
    return value if isinstance(value, str) else encoded_leniently(value)


def _plain(value: Any) -> Any:
    """A value that JSON has; of others, their text."""
    if value is None or isinstance(value, str | int | float | bool | dict | list | tuple):
        return value
    try:
        return str(value)
    except Exception as error:
        return f"(a {type(value).__name__} whose text cannot be read: {type(error).__name__})"
