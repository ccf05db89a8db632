"""How a process writes its log: one handler, one form for structlog and for the standard logging alike."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any

import structlog

from tasks_app.configuration import Settings
from tasks_app.logs.fields import name_process
from tasks_app.logs.forms import as_text, entry_of
from tasks_app.logs.masks import mask_of
from tasks_app.text import encoded_leniently

# Others' loggers that are held at a level of their own, however much is asked for: two lines for each message, or
# lines with what no log may have.
HELD = {
    "celery.worker.strategy": logging.WARNING,
    "celery.app.trace": logging.WARNING,
    "apprise": logging.CRITICAL,  # it names recipients, and URLs with their secrets
    "urllib3": logging.ERROR,  # paths of URLs, which are the secrets of some webhooks
    "requests": logging.WARNING,
    "requests_oauthlib": logging.WARNING,  # tokens
    "oauthlib": logging.WARNING,
    "flower.command": logging.INFO,  # its settings, at the level debug
}
uncaught = logging.getLogger("usher.uncaught")


def is_json(form: str, on_terminal: bool) -> bool:
    """Which form USHER_LOG_FORMAT asks for."""
    return form == "json" or (form == "auto" and not on_terminal)


class Form(structlog.stdlib.ProcessorFormatter):
    """The form of lines, with the secrets of these settings hidden."""

    def __init__(self, settings: Settings, on_terminal: bool) -> None:
        super().__init__(processors=[self._of_structlog])
        self._shown: Callable[[dict[str, Any]], str] = (
            encoded_leniently if is_json(settings.log_format, on_terminal) else as_text
        )
        self._mask = mask_of(settings)

    def format(self, record: logging.LogRecord) -> str:
        """As structlog's; a record of the standard logging need not be copied for that, which took most of the time."""
        if isinstance(record.msg, dict):
            return super().format(record)
        event = {"event": record.getMessage(), "exc_info": record.exc_info, "stack_info": record.stack_info}
        return self._line(record, event)

    def _of_structlog(self, logger: object, name: str, event: structlog.types.EventDict) -> str:  # noqa: ARG002
        record = event.pop("_record")
        event.pop("_from_structlog", None)
        return self._line(record, event)

    def _line(self, record: logging.LogRecord, event: structlog.types.EventDict) -> str:
        return self._mask(self._shown(entry_of(record, event)))


def set_up(settings: Settings) -> None:
    """
    Write every line of this process, and of those that it forks, to standard error, in the form and from the level
    that the settings name. Replaces what others set up before, such as a user's module by `logging.basicConfig`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Form(settings, sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name, level in HELD.items():
        logging.getLogger(name).setLevel(max(level, root.level))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _tell_of
    threading.excepthook = _tell_of_thread


def say(logger: str, event: str) -> None:
    """Write a line of the level info past all locks, in one piece: for signal handlers."""
    record = logging.LogRecord(logger, logging.INFO, "", 0, event, None, None)
    with suppress(OSError, ValueError):
        os.write(sys.stderr.fileno(), f"{logging.getLogger().handlers[0].format(record)}\n".encode())


def set_up_if_nobody_did(settings: Settings, process: str) -> None:
    """The same for a user's own program, unless it has set up its logs by itself."""
    name_process(process)
    if not logging.getLogger().handlers:
        set_up(settings)


def _tell_of(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        uncaught.critical("the program ends: nobody caught this", exc_info=(kind, error, trace))


def _tell_of_thread(arguments: threading.ExceptHookArgs) -> None:
    name = arguments.thread.name if arguments.thread else "?"
    error = arguments.exc_value
    if error is not None and not isinstance(error, SystemExit):
        uncaught.critical("the thread %s ends: nobody caught this", name, exc_info=error)
