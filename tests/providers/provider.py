"""A scripted provider: a real HTTP server that answers each path as told, misbehaves as told, and counts."""

import contextlib
import itertools
import socket
import ssl
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from tests.providers.in_thread import InThread

End = Literal["answer", "hang", "drip", "reset", "cut", "close", "garbage"]


@dataclass(frozen=True)
class Reply:
    """
    What the provider does with a request after it has read it.

    end: answer; hang (nothing, for ever); drip (a header without an end); reset (RST instead of an answer);
    cut (RST in the middle of the answer's body); close (FIN instead of an answer); garbage (not HTTP).
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    end: End = "answer"
    delivered: bool | None = None  # None: a 2xx delivers, nothing else does
    after_seconds: float = 0.0
    interim: tuple[int, ...] = ()  # statuses that come before the final one
    pause_seconds: float = 0.0  # between those and the final one
    more: bytes = b""  # unasked for, in one write with the answer

    @property
    def delivers(self) -> bool:
        return self.status // 100 == 2 and self.end == "answer" if self.delivered is None else self.delivered


@dataclass(frozen=True)
class Received:
    """One request as it came; header names in lower case; `connection` counts the accepted ones."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id") or self.headers.get("topic", "")


Script = Reply | Callable[[Received], Reply]


class Provider(InThread, ThreadingHTTPServer):
    """`script(path, ...)` says what a path answers, in order, the last one for ever; others get `default`."""

    request_queue_size = 256

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), _Handler)
        self.host = f"[{host}]" if ":" in host else host
        self.tls = tls
        self.default: Script = Reply()
        self.date: str | None = None  # of a provider whose clock is wrong
        self.received: list[Received] = []
        self.deliveries: Counter[str] = Counter()  # id -> how often it was delivered
        self.open: dict[int, socket.socket] = {}
        self.connections = itertools.count(1)
        self.accepted = 0
        self.lock = threading.Lock()
        self._scripts: defaultdict[str, list[Script]] = defaultdict(list)

    def server_close(self) -> None:
        for connection in list(self.open.values()):
            _end(connection)
        super().server_close()

    def url(self, path: str = "/", scheme: str | None = None) -> str:
        return f"{scheme or ('https' if self.tls else 'http')}://{self.host}:{self.server_port}{path}"

    def script(self, path: str, *replies: Script) -> None:
        self._scripts[path] = list(replies)

    def calls(self, path: str) -> list[Received]:
        return [one for one in self.received if one.path == path]

    def reply_to(self, received: Received) -> Reply:
        """The next reply of the path's script; called under the lock."""
        replies = self._scripts[received.path] or [self.default]
        script = replies.pop(0) if len(replies) > 1 else replies[0]
        return script if isinstance(script, Reply) else script(received)

    def take(self, received: Received) -> Reply:
        """Write down that it came, and whether it counts as delivered, before any answer."""
        with self.lock:
            reply = self.reply_to(received)
            self.received.append(received)
            if reply.delivers:
                self.deliveries[received.id] += 1
            return reply

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        if self.tls:  # the handshake is the handler's work: here, one slow client would keep the others out
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self.accepted += 1
        return connection, address


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536
    disable_nagle_algorithm = True  # otherwise an answer on a kept connection waits 40 ms for an acknowledgement
    server: Provider

    def setup(self) -> None:
        super().setup()
        self.number = next(self.server.connections)
        self.server.open[self.number] = self.connection

    def finish(self) -> None:
        self.server.open.pop(self.number, None)
        super().finish()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # the sender died in the middle: a server would not take that for a request
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.take(Received(self.path, headers, body, self.number))
        if reply.after_seconds:
            time.sleep(reply.after_seconds)
        getattr(self, f"_{reply.end}")(reply)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.server.date or super().date_time_string(timestamp)

    def _answer(self, reply: Reply) -> None:
        for status in reply.interim:
            self.wfile.write(b"HTTP/1.1 %d Interim\r\nLink: </style.css>; rel=preload\r\n\r\n" % status)
        if reply.pause_seconds:
            self.wfile.flush()
            time.sleep(reply.pause_seconds)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        bare = reply.status < 200 or reply.status in (204, 304)
        if not bare:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write((b"" if bare else reply.body) + reply.more)

    def _hang(self, _: Reply) -> None:
        self.close_connection = True
        self.server.released.wait()

    def _drip(self, _: Reply) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.server.released.wait(0.02):
            self.wfile.write(b"x")
            self.wfile.flush()

    def _reset(self, _: Reply) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for one in (self.rfile, self.wfile, self.connection):  # the last of them closes the socket
            one.close()

    def _cut(self, reply: Reply) -> None:
        self.wfile.write(b"HTTP/1.1 %d Cut\r\nContent-Length: 1000\r\n\r\nhalf" % reply.status)
        self.wfile.flush()
        self._reset(reply)

    def _close(self, _: Reply) -> None:
        self.close_connection = True

    def _garbage(self, _: Reply) -> None:
        self.close_connection = True
        self.wfile.write(b"this is no HTTP\r\n\r\n")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print no log: `received` has all that came."""


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
