"""
The web worker's shortcut: turns the bytes of a plain request into the environ that gunicorn would make of it.

Plain is defined narrowly, and every other request is left to gunicorn's own parser, errors included. So nothing here
judges what is HTTP.
"""

import io
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from api.server.lean_flask import WHOLE_BODY

HEAD_BYTES = 8_190  # gunicorn allows as much for one header line, so no line in here exceeds its limit
LINE_CHARACTERS = 4_094  # gunicorn's limit for the request line
FIELDS = 100  # and for the number of headers
BODY_BYTES = 65_536  # a larger body goes to gunicorn, which reads it while it comes
# A method, an absolute path without a fragment, and the version. Two slashes at its start may be an authority.
LINE = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE) (/(?!/)[!\"$->@-~]*+)(?:\?([!\"$-~]*+))? HTTP/1\.1")
NAME = re.compile(r"[A-Za-z0-9-]{1,64}")  # without `_`: to WSGI X_A and X-A are the same
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LENGTH = re.compile(r"[0-9]{1,5}")
SCHEME = "wsgi.url_scheme"
# How the body is framed, what the client expects, which protocol it prefers: only gunicorn reads these headers.
SPECIAL = frozenset({"TRANSFER-ENCODING", "EXPECT", "UPGRADE", "HTTP2-SETTINGS", "TE", "TRAILER", "PROXY-CONNECTION"})


class Plain(NamedTuple):
    """A plain request."""

    environ: dict[str, Any]  # without the body, and without what the connection adds
    body: int  # where its body starts
    end: int  # where the next request begins


def parse(data: bytes, schemes: Mapping[str, str]) -> Plain | None:
    """
    The request at the beginning of `data`, whose body may still be on its way; None if it is not plain. `schemes`: the
    headers, with their values, by which a trusted proxy says that its client used https.
    """
    end = data.find(b"\r\n\r\n", 0, HEAD_BYTES)
    if end < 0:
        return None
    text = data[:end].decode("latin-1")
    line, *fields = text.split("\r\n")
    ends = len(fields)
    found = LINE.fullmatch(line)
    if not found or ends > FIELDS or text.count("\n") != ends or text.count("\r") != ends or CONTROL.search(text):
        return None
    if len(line) > LINE_CHARACTERS:
        return None
    method, path, query = found.groups("")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "RAW_URI": line[len(method) + 1 : -9],
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
    }
    for field in fields:
        name, colon, value = field.partition(":")
        key = _key(name)
        if not colon or not key or key in environ:
            return None
        environ[key] = value.strip(" \t")
        if key in schemes:
            if SCHEME in environ:
                return None
            environ[SCHEME] = "https" if environ[key] == schemes[key] else "http"
    length = environ.get("CONTENT_LENGTH", "0")
    if not LENGTH.fullmatch(length) or int(length) > BODY_BYTES:
        return None
    return Plain(environ, end + 4, end + 4 + int(length))


@lru_cache(1_024)
def _key(name: str) -> str:
    """What WSGI calls this header; "" if only gunicorn may read it."""
    upper = name.upper()
    if not NAME.fullmatch(name) or upper in SPECIAL:
        return ""
    return wsgi_name(upper)


def wsgi_name(upper: str) -> str:
    """What WSGI calls the header of this name in capital letters."""
    key = upper.replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def completed(request: Plain, data: bytes, connection: Mapping[str, Any]) -> dict[str, Any]:
    """The environ with the body and what the connection says; `data` has all of the request."""
    body = data[request.body : request.end]
    return {**connection, **request.environ, "wsgi.input": io.BytesIO(body), WHOLE_BODY: body}
