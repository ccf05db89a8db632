"""A WSGI application that returns the request it got, below gunicorn's own gevent worker or below Usher's."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.integration.real_server import RealServer, received
from tests.servers import free_port

# Parts of requests.
H = b"Host: localhost\r\n"
END = b"\r\n"
GET = b"GET /a?b=c HTTP/1.1\r\n" + H
POST = b"POST /a HTTP/1.1\r\n" + H
FIVE = b"Content-Length: 5\r\n"

STOCK, USHERS = "gevent", "api.server.http_worker.Worker"
REFUSALS = (400, 414, 417, 431, 501)  # gunicorn's, for what is not HTTP; Usher answers 400, and says why in a sentence
SEEN = ("REQUEST_METHOD", "RAW_URI", "PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PROTOCOL",
        "REMOTE_ADDR", "CONTENT_TYPE", "CONTENT_LENGTH", "wsgi.url_scheme", "wsgi.multithread", "wsgi.multiprocess",
        "wsgi.input_terminated", "wsgi.version", "SERVER_SOFTWARE")  # fmt: skip


def application(environ: dict[str, Any], start_response: Callable[..., Callable[[bytes], object]]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/stream":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return (part for part in (b"one\n", b"", b"two\n"))
    if path == "/late":  # it begins its answer while it reads that
        return late(start_response)
    if path == "/written":
        start_response("200 OK", [("Content-Length", "6")])(b"abc")
        return [b"def"]
    if path == "/file":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return environ["wsgi.file_wrapper"](Path("LICENSE").open("rb"))
    if path == "/injected":
        start_response("200 OK", [("X-A", "1\r\nX-B: 2"), ("Content-Length", "2")])
        return [b"ok"]
    if path == "/hops":
        start_response("200 OK", [("Connection", "close"), ("Keep-Alive", "9"), ("Content-Length", "2")])
        return [b"ok"]
    if path == "/short":  # its length says less than it has
        start_response("200 OK", [("content-length", "2")])
        return [b"four"]
    if path == "/nothing":
        start_response("204 No Content", [("Content-Length", "0")])
        return [b""]
    if path == "/twice":
        start_response("200 OK", [("Content-Length", "2")])
        start_response("201 Created", [("Content-Length", "2")])
        return [b"ok"]
    if path == "/fails":
        raise RuntimeError("it fails")
    if path == "/breaks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return broken()
    if path == "/wait":  # until the test lets it go on
        folder = Path(parse_qs(environ["QUERY_STRING"])["in"][0])
        (folder / "begun").touch()
        while not (folder / "go").exists():
            time.sleep(0.02)
    seen = {name: environ.get(name) for name in SEEN}
    seen |= {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    seen |= {name: environ[name] for name in ("SERVER_PORT", "REMOTE_PORT") if path == "/where"}
    seen["body"] = "unread" if path == "/unread" else environ["wsgi.input"].read().decode("latin-1")
    text = json.dumps(seen, sort_keys=True).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(text)))])
    return [text]


def late(start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    yield b"ok"


def broken() -> Iterable[bytes]:
    yield b"half"
    raise RuntimeError("it breaks")


class EchoServer(RealServer):
    """The application below one kind of worker, with Usher's configuration of gunicorn."""

    def __init__(self, worker: str, log: Path, *arguments: str) -> None:
        self.log = log
        self.port = free_port()
        self._start(["-k", worker, *arguments, "tests.integration.echo_server:application"], {})

    def send_bytewise(self, request: bytes) -> bytes:
        """Send each byte in a packet of its own, as far as the network allows."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for number in range(len(request)):
                    connection.sendall(request[number : number + 1])
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has answered and closed
            return received(connection)


def answers(data: bytes) -> list[tuple[int, str, str]]:
    """Status, head and body of each answer; without the intended differences: the time, and the form of an error."""
    found = []
    for part in re.split(rb"(?=HTTP/1\.[01] [0-9]{3} )", data)[1:]:
        head, _, body = part.decode("latin-1").partition("\r\n\r\n")
        status = int(head[9:12])
        if status in REFUSALS:
            status, head, body = 400, "", ""
        if status == 500:
            head = body = ""
        found.append((status, re.sub(r"\r\nDate: [^\r]*", "", head), body))
    return found
