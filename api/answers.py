"""The answers' form: JSON, in and out, with as little work per request as HTTP allows."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Response
from flask.json.provider import DefaultJSONProvider
from pydantic_core import from_json
from werkzeug.datastructures import Headers


class Json(DefaultJSONProvider):
    """Reads bodies strictly: no NaN, no lone surrogates, no nesting beyond 200. Raises ValueError."""

    sort_keys = False

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """What the JSON text says."""
        return from_json(s, allow_inf_nan=False)


class Answer(Response):
    """A whole body with its headers as they are: Flask's own would search and copy them once more."""

    def get_wsgi_headers(self, environ: Any) -> Headers:  # noqa: ARG002 its form is given
        """The headers as set; all of ours are ASCII, and the body's length is known."""
        return self.headers


def answer(body: Any, status: int, new: bool = True, location: str = "") -> Answer:
    """A JSON answer; one that repeats an earlier request says so."""
    headers = {}
    if location:
        headers["Location"] = location
    if not new:
        headers["Idempotent-Replayed"] = "true"
    return Answer(_text(body), status, headers, content_type="application/json")


def problem_answer(body: Mapping[str, Any], status: int) -> Answer:
    """An error's answer."""
    return Answer(_text(body), status, content_type="application/problem+json")


def _text(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))
