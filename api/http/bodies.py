"""Checks every body before a model reads it: its coding, its size, how many values it has."""

import re

from flask import Request, Response
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from api.http.context import usher
from api.http.problems import problem
from api.http.responses import LINES
from api.server import WHOLE_BODY

# Raised while a body is read: its chunks are malformed, or it ends too early.
BROKEN = (ParseException, NoMoreData, ClientDisconnected)
VALUES_PER_ELEMENT = 25  # of one job or recipient in a batch of the largest size
LEAST_VALUES = 250_000  # 4 MB of empty objects would take 250 MB of memory; this many take 50
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
_TEXT = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*+"')
_NUMBER = re.compile(rb"(?<![0-9])[0-9]{4300}")  # Python reads no number with so many digits
# Possessive quantifiers: the time is linear whatever comes.
_TOKEN = re.compile(
    rb'(?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+"?)|(?P<value>[,\[{])|(?P<number>(?<![0-9])[0-9]{4300})', re.DOTALL
)


def inspect(asked: Request) -> Response | None:
    """A problem for a body that must not be read. A route reads its lines itself: only their coding is checked."""
    coding = asked.environ.get("HTTP_CONTENT_ENCODING")
    if coding and coding.strip().lower() not in ("identity", ""):
        return problem("unsupported_media_type", "Send the body as it is, without Content-Encoding.")
    charset = asked.mimetype_params.get("charset", "utf-8").lower()
    if charset not in CHARSETS:
        return problem("unsupported_media_type", "Send the body in UTF-8.")
    if asked.mimetype == LINES:
        return None
    data = _read(asked)
    return _inspect_json(data) if data and asked.is_json else None


def _read(asked: Request) -> bytes:
    if WHOLE_BODY in asked.environ:
        return asked.get_data()  # this respects the limit
    limit = asked.max_content_length
    if asked.content_length is None and limit is not None:
        asked.max_content_length = limit + 1  # a read of chunks just stops at the limit, as if they had ended
    data = asked.get_data()
    if limit is not None and len(data) > limit:
        raise RequestEntityTooLarge
    return data


def _inspect_json(data: bytes) -> Response | None:
    if _TEXT.match(data):  # the validation would read the text as JSON once more
        return problem("invalid_request", "The body is a text (string), not an object or an array.", errors=[])
    limit = max(LEAST_VALUES, VALUES_PER_ELEMENT * usher().settings.batch_limit)
    if data.count(b",") + data.count(b"[") + data.count(b"{") <= limit and not _NUMBER.search(data):
        return None
    values = texts = 0
    for token in _TOKEN.finditer(data):  # commas, brackets and digits within texts do not count
        kind = token.lastgroup
        values += kind == "value"
        texts += kind == "text"
        if values > limit or texts > 2 * limit:  # each value may have a name
            return problem("too_many_values", f"A request may have at most {limit} values; send fewer at a time.")
        if kind == "number":
            return problem("malformed_json", "A number in the body has thousands of digits.")
    return None


def broken(_: Exception) -> Response:
    """The answer to a body that ends too early, or whose chunks are malformed."""
    response = problem("malformed_body", "The body ends too early, or its chunks are malformed.")
    response.headers["Connection"] = "close"  # nobody knows where the next request would begin
    return response
