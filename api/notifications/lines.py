"""Notifications as a stream of lines (application/x-ndjson): taken in while they come, so memory does not grow."""

import io
from collections.abc import Iterator
from typing import IO

from flask import Response
from pydantic import ValidationError
from pydantic_core import from_json

from api.access import derived_id
from api.http import BOM, BROKEN, fault, faults, invalid_parts, problem, replayed
from api.jobs import responses
from api.notifications.bodies import NotificationBody
from api.notifications.intake import Tally
from tasks_app.errors import UsherError
from tasks_app.jobs import JOBS_PER_WRITE, NewJob

LINE_LIMIT_BYTES = 65_536
BLANKS_AT_MOST = 1_000  # empty lines; millions of them would be work for nothing


class Lines:
    """
    One request's lines, and the batch that they become. `keyed`: it came with an Idempotency-Key, so a repeated request
    finds what the earlier one took in, and goes on where that ended.
    """

    def __init__(self, stream: IO[bytes], batch_id: str, keyed: bool) -> None:
        self._stream = io.BufferedReader(stream, LINE_LIMIT_BYTES)  # type: ignore[type-var]  # it reads as a raw one
        self._batch = batch_id
        self._keyed = keyed
        self._tally = Tally()
        self._line = 0
        self._first = ""  # fingerprint of the first line: all streams with one key must begin with the same line
        self._waiting: list[NewJob] = []

    def take(self) -> Response:
        """
        Take all lines in: 202. At the first line that does not fit, the answer is a problem that names the line; the
        lines before it stay taken in.
        """
        try:
            for line in self._lines():
                refusal = self._read(line)
                if refusal is not None:
                    return refusal
            if not self._tally.taken and not self._waiting:
                return invalid_parts([fault("", "has no lines")])
            self._write()
        except BROKEN:
            self._write()
            response = problem("malformed_body", "The body ends too early or is malformed.", **self._so_far())
            response.headers["Connection"] = "close"
            return self._marked(response)
        except UsherError as error:  # some may be taken in by now, and the caller has to know
            return problem(error.code, str(error), **self._so_far())
        tally = self._tally
        counts = {"taken": tally.taken, "duplicates": tally.duplicates, "suppressed": tally.suppressed}
        return responses.accepted_batch(self._batch, bool(tally.new), **counts)

    def _lines(self) -> Iterator[bytes]:
        blanks = 0
        while line := self._stream.readline(LINE_LIMIT_BYTES + 1):
            self._line += 1
            if self._line == 1:
                line = line.removeprefix(BOM)
            if line.strip():
                yield line
            else:
                blanks += 1
                if blanks > BLANKS_AT_MOST:
                    yield b"-"  # not JSON, so it is refused

    def _read(self, line: bytes) -> Response | None:
        """Take one line; a problem if it is wrong."""
        if len(line) > LINE_LIMIT_BYTES:
            self._write()
            text = f"A line may have at most {LINE_LIMIT_BYTES} bytes."
            return self._marked(problem("line_too_long", text, **self._so_far()))
        try:
            asked = NotificationBody.model_validate(from_json(line, allow_inf_nan=False))
        except ValidationError as error:
            self._write()
            return self._marked(invalid_parts(faults(error), **self._so_far()))
        except ValueError:
            self._write()
            return self._marked(problem("malformed_json", f"Line {self._line} is not JSON.", **self._so_far()))
        number = self._tally.taken + len(self._waiting)
        job_id = derived_id(self._batch, str(number), "batch") if self._keyed else ""
        fingerprint = asked.fingerprint() if self._keyed else ""
        self._first = self._first or fingerprint
        self._waiting.append(asked.job(asked.message, asked.title, job_id, fingerprint, self._batch, self._first))
        if len(self._waiting) == JOBS_PER_WRITE:
            self._write()
        return None

    def _marked(self, response: Response) -> Response:
        """Even a refusal says if all lines before it were known already."""
        return replayed(response) if self._tally.taken and not self._tally.new else response

    def _write(self) -> None:
        if self._waiting:
            self._tally.take(self._waiting)
            self._waiting = []

    def _so_far(self) -> dict[str, int | str | None]:
        return {"line": self._line, "batch": self._batch if self._tally.taken else None, "taken": self._tally.taken}
