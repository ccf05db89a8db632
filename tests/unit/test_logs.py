"""The lines of a log: one form for everybody, structured errors, no secrets, no forged lines."""

import io
import json
import logging
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tasks_app.configuration import Settings
from tasks_app.logs import masked_address, name_process, readable, request_id, within
from tasks_app.logs.process_logs import Form

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, structlog, threading, warnings
from usher.logs import set_up
set_up("test")
logging.getLogger("a.b").info("said %s", "so", extra={"seats": 2})
structlog.get_logger("a.b").info("said so", seats=2)
warnings.warn("beware")
def fail(): raise KeyError("of a thread")
thread = threading.Thread(target=fail, name="its-thread"); thread.start(); thread.join()
raise ValueError("at the end")
"""
Log = Callable[..., list[Any]]


def program(**environment: str) -> list[str]:
    """The lines that it writes into a pipe."""
    names = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    ended = subprocess.run([sys.executable, "-c", PROGRAM], env=names, capture_output=True, text=True, check=False)
    assert ended.stdout == ""
    return ended.stderr.splitlines()


@pytest.fixture
def log() -> Iterator[Log]:
    """Calls a function with a logger, and returns the lines that come of it, as they stand in the log."""
    name_process("test", "test@here")
    request_id.set("")  # of a request that another test sent from this thread
    logger = logging.getLogger("tests.logs")

    def lines(write: Callable[[logging.Logger], object], **changes: Any) -> list[Any]:
        out = io.StringIO()
        handler = logging.StreamHandler(out)
        settings = Settings.model_construct(**(Settings().model_dump() | {"log_format": "json"} | changes))
        handler.setFormatter(Form(settings, on_terminal=False))
        logger.handlers[:], logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
        write(logger)
        return out.getvalue().splitlines()

    yield lines
    logger.handlers.clear()
    logger.propagate = True
    name_process("")


def entries(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def test_logging_and_structlog_write_the_same_line() -> None:
    first, second, *others = entries(program())

    assert {**second, "timestamp": first["timestamp"]} == first
    told = ("process", "logger", "level", "event", "seats")
    assert [first[name] for name in told] == ["test", "a.b", "info", "said so", 2]
    # What nobody writes by a logger has the form, too: a warning, and what nobody caught
    assert [one["logger"] for one in others] == ["py.warnings", "usher.uncaught", "usher.uncaught"]
    assert [one["exception"][0]["exc_type"] for one in others[1:]] == ["KeyError", "ValueError"]


def test_a_terminal_gets_text_and_the_setting_overrules() -> None:
    ours, theirs = pty.openpty()
    names = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", PROGRAM], env=names, stderr=theirs, check=False)
    os.close(theirs)

    on_terminal = os.read(ours, 65_536).decode().splitlines()[0]
    assert on_terminal.endswith("INFO     a.b: said so  [seats=2]")
    assert program(USHER_LOG_FORMAT="text")[0].endswith("INFO     a.b: said so  [seats=2]")
    os.close(ours)


def test_the_level_is_that_of_the_setting() -> None:
    assert entries(program(USHER_LOG_LEVEL="critical"))[0]["logger"] == "usher.uncaught"


def test_an_error_is_structured_with_its_cause_and_without_variables(log: Log) -> None:
    def write(logger: logging.Logger) -> None:
        password = "not-for-the-log"
        try:
            try:
                int(password[:0])
            except ValueError as error:
                raise RuntimeError("no number") from error
        except RuntimeError:
            logger.exception("failed")

    (line,) = log(write)
    error, cause = json.loads(line)["exception"]
    assert (error["exc_type"], error["exc_value"], cause["exc_type"]) == ("RuntimeError", "no number", "ValueError")
    assert error["frames"][-1]["name"] == "write"
    assert "not-for-the-log" not in line


def test_an_error_whose_text_cannot_be_read_is_told_nevertheless(log: Log) -> None:
    class EvilError(Exception):
        def __str__(self) -> str:
            raise SystemExit

    def write(logger: logging.Logger) -> None:
        try:
            raise EvilError
        except EvilError:
            logger.exception("failed")

    assert entries(log(write))[0]["exception"][0]["exc_type"] == "EvilError"


def test_what_a_writer_gives_replaces_nothing_of_ours(log: Log) -> None:
    with within("resize", ("job-1",), 3):
        (line,) = log(lambda logger: logger.info("x", extra={"job": "other", "level": "none", "odd": object}))

    entry = json.loads(line)
    told = ("job", "attempt", "type", "worker", "level", "job_", "level_")
    assert [entry[name] for name in told] == ["job-1", 3, "resize", "test@here", "info", "other", "none"]
    assert entry["odd"] == "<class 'object'>"


def test_many_jobs_are_told_by_the_first_ten_and_their_number(log: Log) -> None:
    with within("resize", [f"job-{number}" for number in range(200)]):
        entry = json.loads(log(lambda logger: logger.info("x"))[0])

    assert (len(entry["jobs"]), entry["jobs"][0], entry["job_count"]) == (10, "job-0", 200)
    assert not {"job", "attempt"} & entry.keys()


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_is_in_a_line(log: Log, form: str) -> None:
    signer = "whsec_bWFyay1vZi10aGUtd2ViaG9va3Mtc2VjcmV0LTQ3MTE="
    changes = {
        "log_format": form,
        "redis_url_given": "redis://:pass%23word%22@127.0.0.1:1/0",
        "webhook_secrets": (SecretStr(signer),),
        "apprise_url": SecretStr("json://user:secret@127.0.0.1/{to}"),
    }
    said = ('pass#word"', "pass%23word%22", signer, "json://user:secret@127.0.0.1/{to}", "amqp://me:mine@host/")

    lines = log(lambda logger: [logger.info("it is %s", one, extra={"given": one}) for one in said], **changes)

    shown = "\n".join(lines)
    assert len(lines) == len(said)
    assert not [one for one in ("pass#", "pass%23", "bWFyay", "user:secret", "me:mine") if one in shown]


def test_a_text_cannot_forge_a_line(log: Log) -> None:
    forged = "x\n2030-01-31T12:00:00.000Z ERROR    root: forged\x1b[2J"

    assert len(log(lambda logger: logger.info(forged, extra={"given": forged}), log_format="text")) == 1
    (line,) = log(lambda logger: logger.info(forged))
    assert json.loads(line)["event"] == forged
    assert [shown.count("\\x1b[2J") for shown in readable(line)] == [1]


def test_a_line_of_another_process_is_shown_as_text(log: Log) -> None:
    def write(logger: logging.Logger) -> None:
        try:
            raise ValueError("no")
        except ValueError:
            logger.exception("failed", extra={"seats": 2})

    head, *trace = readable(log(write)[0])
    assert head.endswith("ERROR    tests.logs: failed  [worker=test@here seats=2]")
    assert trace[0].strip().startswith('File "')
    assert trace[-1] == "  ValueError: no"
    for other in ("Sending notification to 1, with message: 2", '{"timestamp": 1}', '{"timestamp":1,"event":', "{}"):
        assert readable(other) == [other]


@pytest.mark.parametrize(
    "quoted", ["<Bob@example.org>: unknown", "bob%40example.org", "to bob@example.org, bob@example.org"]
)
def test_an_address_that_a_provider_quotes_is_hidden(quoted: str) -> None:
    shown = masked_address(f"550 5.1.1 {quoted} sorry", "bob@example.org")
    assert "bob" not in shown.lower()
    assert shown.startswith("550 5.1.1 ")
    assert shown.endswith(" sorry")
