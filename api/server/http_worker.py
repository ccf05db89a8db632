"""gunicorn's gevent worker, with a shortcut for plain requests, and problem+json for requests that are not HTTP."""

import errno
import http
import ipaddress
import os
import time
from typing import Any

from gevent import GreenletExit, sleep, spawn
from gunicorn import util
from gunicorn.http import errors
from gunicorn.http.wsgi import base_environ
from gunicorn.workers.ggevent import GeventWorker

from api.server import plain_requests, request_ids, safe_headers
from api.server.codes import CODES, body_of, status_of
from api.server.lean_flask import LeanFlask
from api.server.patience import Patience, TimedWait
from api.server.plain_answers import Answer
from tasks_app.text import encoded_leniently, one_line

DETAILS: tuple[tuple[type[Exception], str], ...] = (
    (errors.LimitRequestLine, "The request line is too long."),
    (errors.LimitRequestHeaders, "The headers are too many or too long."),
    (errors.InvalidRequestLine, "The request line is not HTTP."),
    (errors.InvalidRequestMethod, "The method is not an HTTP method."),
    (errors.InvalidHTTPVersion, "This version of HTTP is not supported."),
    (errors.UnsupportedTransferCoding, "This transfer coding is not supported."),
    (errors.ExpectationFailed, "This expectation is not supported."),
    (errors.ParseException, "A header, or the framing of the body, is not HTTP."),
)


GONE = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)
READ_BYTES = 65_536
# Only gunicorn's own code honours these: if any is set, it serves all requests. api/gunicorn_conf.py sets none of them.
OTHERWISE = ("is_ssl", "accesslog", "logconfig", "logconfig_dict", "logconfig_json", "syslog", "statsd_host")
HOOKS = ("pre_request", "post_request")


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """
    As gunicorn's own, except for the form of its errors and for the shortcut.

    A connection takes the shortcut (plain_requests.py) as long as its requests are plain. At the first that is not,
    gunicorn gets the connection until it is closed, with every byte that no request has used up yet.
    """

    alive: bool

    def init_process(self) -> None:
        """Prepare what is the same for all connections of this process."""
        cfg = self.cfg
        self._environ = {**base_environ(cfg), "wsgi.multithread": True, "wsgi.url_scheme": "http", "SCRIPT_NAME": ""}
        self._environ["SERVER_PROTOCOL"] = "HTTP/1.1"
        self._schemes = {
            plain_requests.wsgi_name(name.upper()): value for name, value in cfg.secure_scheme_headers.items()
        }
        self._has_shortcut = (
            cfg.keepalive > 0
            and (cfg.protocol, cfg.proxy_protocol, cfg.http2_cleartext) == ("http", "off", "off")
            and cfg.limit_request_line >= plain_requests.LINE_CHARACTERS
            and cfg.limit_request_fields >= plain_requests.FIELDS
            and cfg.limit_request_field_size >= plain_requests.HEAD_BYTES
            and not any(getattr(cfg, name) for name in OTHERWISE)
            and all(cfg.settings[name].value is cfg.settings[name].default for name in HOOKS)
            and not os.environ.get("SCRIPT_NAME")  # noqa: TID251 gunicorn reads it itself
        )
        self._kept: set[Patience | TimedWait] = set()
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop; then connections that only wait for a request do not delay the end."""
        spawn(self._close_silent)
        super().run()

    def _close_silent(self) -> None:
        while self.alive:
            sleep(0.2)
        while True:  # a connection that is being answered now will wait later
            for wait in tuple(self._kept):
                wait.lose()
            sleep(0.2)

    def timeout_ctx(self) -> TimedWait:
        """How gunicorn waits for a request."""
        return TimedWait(self.cfg.keepalive, self._kept)

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Answer the requests of a connection until it is closed."""
        rest: bytes | None = b""
        try:
            if self._has_shortcut and isinstance(addr, tuple):
                rest = self._answer_plain(listener.getsockname(), client, addr)
        except OSError as error:
            rest = None
            if error.errno not in GONE:
                self.log.exception("Socket error processing request.")
        except (GreenletExit, SystemExit):  # the worker stops, and has waited long enough
            rest = None
        except Exception as error:
            rest = None
            self.handle_error(None, client, addr, error)
        if rest is None:
            util.close(client)
        else:
            super().handle(listener, Resumed(client, rest) if rest else client, addr)

    def _answer_plain(self, server: Any, client: Any, addr: Any) -> bytes | None:
        """Answer requests as long as they are plain. Returns the bytes of the first that is not; None = all is over."""
        client.setblocking(True)
        patience = Patience(client, self.cfg.keepalive)
        self._kept.add(patience)
        try:
            return self._answer_each(server, client, addr, patience)
        finally:
            self._kept.discard(patience)
            patience.close()

    def _answer_each(self, server: Any, client: Any, addr: Any, patience: Patience) -> bytes | None:
        connection = {
            **self._environ,
            "SERVER_NAME": server[0],
            "SERVER_PORT": str(server[1]),
            "REMOTE_ADDR": addr[0],
            "REMOTE_PORT": str(addr[1]),
            "gunicorn.socket": client,
        }
        schemes = self._schemes if self._trusts(addr[0]) else {}
        data = b""
        while True:
            data = data or patience.receive(READ_BYTES)
            if not data:
                return None
            request = plain_requests.parse(data, schemes)
            if request is None:
                return data
            while len(data) < request.end:  # as with gunicorn, a body may take its time
                part = client.recv(READ_BYTES)
                if not part:
                    return data
                data += part
            environ = plain_requests.completed(request, data, connection)
            data = data[request.end :]
            if not self._answer(environ, client):
                return None

    def _trusts(self, address: str) -> bool:
        """Whether it is the address of a proxy whose word on the scheme gunicorn takes."""
        if "*" in self.cfg.forwarded_allow_ips:
            return True
        peer = ipaddress.ip_address(address)
        return any(peer in network for network in self.cfg.forwarded_allow_networks())

    def _answer(self, environ: dict[str, Any], client: Any) -> bool:
        """Answer one request; False if none can follow."""
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        closes = not self.alive or environ.get("HTTP_CONNECTION", "").lower() == "close"
        answer = Answer(environ["REQUEST_METHOD"], closes, client, self.cfg)
        began = time.perf_counter()
        try:
            body = self.wsgi(environ, answer.start_response)
            try:
                answer.send(body)
            finally:
                if self.log.requests.is_on and answer.has_begun:
                    self.log.requests.tell(environ, answer.status, time.perf_counter() - began, answer.sent_bytes)
                if hasattr(body, "close"):
                    body.close()
        except OSError:
            raise
        except Exception:
            if not answer.has_begun:
                raise
            self.log.exception("Error handling request")  # a second answer behind half of the first would be worse
            return False
        request_ids.end()
        return not answer.ends_connection()

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> Any:
        """As gunicorn's. What it raises is still a part of the request."""
        goes_on = super().handle_request(listener_name, req, sock, addr)
        request_ids.end()
        return goes_on

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002
        """Answer, and close the connection: nobody knows where the next request would begin."""
        is_ours = isinstance(exc, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
        detail = "" if is_ours else next((text for kind, text in DETAILS if isinstance(exc, kind)), "")
        code = "bad_request" if detail else "internal_error"
        asked = request_ids.current()
        if detail:
            self.log.warning("a request is not HTTP: %s", one_line(str(exc))[:200])
        else:
            self.log.error("a request could not be answered", exc_info=exc)
        if isinstance(self.wsgi, LeanFlask) and self.wsgi.answered:
            self.wsgi.answered("", "", status_of(code), 0.0)
        try:
            util.write_nonblock(client, refusal(code, detail or CODES[code].meaning, asked))
        except Exception:  # the caller is gone, or does not listen
            self.log.debug("a refusal was not read")
        self.log.requests.tell({"REMOTE_ADDR": addr[0] if isinstance(addr, tuple) else None}, status_of(code), 0, 0)


class Resumed:
    """A connection from which some bytes were read already: they come first."""

    def __init__(self, client: Any, data: bytes) -> None:
        self._client = client
        self._data = data

    def recv(self, size: int, *flags: int) -> bytes:
        """As a socket's."""
        if self._data:
            part, self._data = self._data[:size], self._data[size:]
            return part
        return bytes(self._client.recv(size, *flags))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def refusal(code: str, detail: str, request_id: str) -> bytes:
    """The whole answer, as bytes."""
    status = status_of(code)
    text = encoded_leniently(body_of(code, status, detail)).encode()
    lines = (
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
        "Connection: close",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(text)}",
        *(f"{name}: {value}" for name, value in safe_headers.DATA),
        f"{request_ids.HEADER}: {request_id}",
    )
    return "\r\n".join((*lines, "", "")).encode() + text
