"""The answers' form: JSON, in and out, with as little work per request as HTTP allows."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from flask.json.provider import DefaultJSONProvider
from pydantic_core import from_json
from werkzeug.datastructures import Headers

from tasks_app.encoding import told

LINES = "application/x-ndjson"  # media type of one JSON text a line
BOM = b"\xef\xbb\xbf"  # some editors begin a file with it; RFC 8259, section 8.1 lets us ignore it


class Json(DefaultJSONProvider):
    """Strict: reads and writes no NaN and no lone surrogates, reads no nesting beyond 200. Raises ValueError."""

    sort_keys = False

    def dumps(self, obj: Any, **_: Any) -> str:
        """The JSON text, with null for what JSON cannot say."""
        return told(obj)

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """What the JSON text says."""
        text = s.encode() if isinstance(s, str) else s
        return from_json(text.removeprefix(BOM), allow_inf_nan=False)


class Answer(Response):
    """A whole body with its headers as they are: Flask's own would search and copy them once more."""

    def get_wsgi_headers(self, environ: Any) -> Headers:  # noqa: ARG002 its form is given
        """The headers as set; all of ours are ASCII, and the body's length is known."""
        return self.headers


def answer(body: Any, status: int, new: bool = True, location: str = "") -> Response:
    """A JSON answer; one that repeats an earlier request says so."""
    headers = {}
    if location:
        headers["Location"] = location
    response = Answer(told(body), status, headers, content_type="application/json")
    return response if new else replayed(response)


def replayed(response: Response) -> Response:
    """The same answer, marked as one to a request that was known already."""
    response.headers["Idempotent-Replayed"] = "true"
    return response


def problem_answer(body: Mapping[str, Any], status: int) -> Answer:
    """An error's answer."""
    return Answer(told(body), status, content_type="application/problem+json")
