"""The answers' form: JSON, in and out, with as little work per request as HTTP allows."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Response
from flask.json.provider import DefaultJSONProvider
from pydantic_core import from_json
from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES

from api.server import DATA_HEADERS
from tasks_app.text import encoded_leniently

LINES = "application/x-ndjson"  # media type: one JSON text per line
CSV = "text/csv"
BOM = b"\xef\xbb\xbf"  # some editors begin a file with it; RFC 8259, section 8.1 lets us ignore it


class Json(DefaultJSONProvider):
    """Strict: reads and writes no NaN and no lone surrogates, reads no nesting beyond 200. Raises ValueError."""

    sort_keys = False

    def dumps(self, obj: Any, **_: Any) -> str:
        """The JSON text, with null for what JSON cannot express."""
        return encoded_leniently(obj)

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """The value of the JSON text."""
        text = s.encode() if isinstance(s, str) else s
        return from_json(text.removeprefix(BOM), allow_inf_nan=False)


class Given(Headers):
    """Headers that we made ourselves: Werkzeug need not check them."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._list = fields


class Answer(Response):
    """A whole JSON answer with its final headers: Flask's own Response would search and copy them several times."""

    def __init__(self, body: Any, status: int, kind: str, location: str = "") -> None:
        text = encoded_leniently(body).encode()
        fields = [("Content-Type", kind), ("Content-Length", str(len(text))), *DATA_HEADERS]
        if location:
            fields.append(("Location", location))
        super().__init__([text], _line(status), Given(fields))

    def put(self, name: str, value: str) -> None:
        """Add a header of our own making that it does not have yet."""
        self.headers._list.append((name, value))

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """As in WSGI."""
        if self._on_close or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return self.response

    def get_wsgi_headers(self, environ: Any) -> Headers:  # noqa: ARG002 its form is given
        """The headers as set; all of ours are ASCII, and the body's length is known."""
        return self.headers


@cache
def _line(status: int) -> str:
    return f"{status} {HTTP_STATUS_CODES[status].upper()}"


def answer(body: Any, status: int, new: bool = True, location: str = "") -> Response:
    """A JSON answer; if it repeats an earlier request (not `new`), it says so."""
    response = Answer(body, status, "application/json", location)
    return response if new else replayed(response)


def replayed(response: Response) -> Response:
    """The same answer, marked as an answer to a repeated request."""
    response.headers["Idempotent-Replayed"] = "true"
    return response


def problem_answer(body: Mapping[str, Any], status: int) -> Answer:
    """An error's answer."""
    return Answer(body, status, "application/problem+json")
