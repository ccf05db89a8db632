"""Answers of the worker's shortcut: a plain one leaves in one piece, and gunicorn sends any other."""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from gunicorn import SERVER
from gunicorn.http.wsgi import HEADER_VALUE_RE, STATUS_RE, FileWrapper, Response
from gunicorn.util import hop_headers

NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
BODILESS = re.compile(r"1|204|304")

Headers = Sequence[tuple[str, str]]


class Answer:
    """The application's answer to one request. For gunicorn's own Response it also stands in for the request."""

    version = (1, 1)

    def __init__(self, method: str, closes: bool, client: Any, cfg: Any) -> None:
        self.method = method
        self._closes = closes
        self._client = client
        self._cfg = cfg
        self._head: tuple[str, Headers] | None = None
        self._response: Any = None  # gunicorn's, once it is needed
        self._is_sent = False
        self._body_bytes = 0

    def start_response(self, status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
        """As in PEP 3333; gunicorn judges whatever is unusual."""
        if exc_info or self._head or self._response:
            self._by_gunicorn().start_response(status, headers, exc_info)
        self._head = status, headers
        return self.write

    def write(self, data: bytes) -> None:
        """Send a part at once; for applications that do not return their answer."""
        self._by_gunicorn().write(data)

    def send(self, body: Iterable[bytes]) -> None:
        """Send what the application returned. Raises OSError."""
        if type(body) is list and len(body) == 1 and self._head and not self._response and self.method != "HEAD":
            whole = packet(*self._head, body[0], self._closes)
            if whole is not None:
                self._is_sent = True
                self._body_bytes = len(body[0])
                sent = self._client.send(whole)  # nearly always all of it, at less cost than sendall
                if sent < len(whole):
                    self._client.sendall(whole[sent:])
                return
        response = self._by_gunicorn()
        if isinstance(body, FileWrapper):
            response.write_file(body)
        else:
            for part in body:
                response.write(part)
        response.close()

    def _by_gunicorn(self) -> Any:
        if self._response is None:
            self._response = Response(self, self._client, self._cfg)
            if self._head:
                self._response.start_response(*self._head)
        return self._response

    @property
    def has_begun(self) -> bool:
        """Whether bytes of it may be on their way."""
        return self._is_sent or (self._response is not None and self._response.headers_sent)

    @property
    def status(self) -> int:
        """The status; 500 if the application did not get so far."""
        return int(self._head[0][:3]) if self._head else 500

    @property
    def sent_bytes(self) -> int:
        """How much of the body was sent."""
        return self._response.sent if self._response is not None else self._body_bytes

    def should_close(self) -> bool:
        """Whether the connection takes no further request."""
        return self._closes

    def ends_connection(self) -> bool:
        """The same after it was sent: the end of an answer without a length is the end of the connection."""
        return bool(self._response.should_close()) if self._response is not None else self._closes


def packet(status: str, headers: Headers, body: bytes, closes: bool) -> bytes | None:
    """The whole answer; None if it is not plain: it has no body, a wrong length, or hop-by-hop headers."""
    if not _is_plain_status(status):
        return None
    length = ""
    for name, value in headers:
        if not _is_plain_name(name) or not HEADER_VALUE_RE.fullmatch(value):
            return None
        if name == "Content-Length":
            length += value
    if length != str(len(body)):
        return None
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers])
    connection = "close" if closes else "keep-alive"
    head = f"HTTP/1.1 {status}\r\nServer: {SERVER}\r\nDate: {_date(int(time.time()))}\r\nConnection: {connection}\r\n"
    return f"{head}{fields}\r\n".encode("latin-1") + body


@lru_cache(64)
def _is_plain_status(status: str) -> bool:
    return bool(STATUS_RE.fullmatch(status)) and not BODILESS.match(status)


@lru_cache(256)
def _is_plain_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and name.lower() not in hop_headers


@lru_cache(2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
