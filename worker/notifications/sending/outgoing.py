"""Connections that note what they write: before the first byte a failure is harmless, after it the send is in doubt."""

import contextlib
import http.client
import io
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from tasks_app.configuration import Network, Settings, allowed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECTIONS_KEPT = 100  # to one origin; more may be open at once; those beyond it are closed after use
ORIGINS_KEPT = 200  # webhooks have many origins; the least used ones lose their connections
INTERIM_ANSWERS = 100  # before one final answer; a provider that sends more only wants to keep us busy

Option = tuple[int, int, int | bytes]  # of a socket

# Setting a timeout is a system call, for which a thread releases the interpreter: not worth it for less than this.
SLACK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What bounds a request: its timeouts, and the private networks that it may go to (None = all networks)."""

    connect_seconds: float
    answer_seconds: float
    networks: tuple[Network, ...] | None


class _Request(threading.local):
    """How far this thread's request has come, and its bounds. A request never changes threads."""

    bounds = _Bounds(86_400, 86_400, None)  # until this thread starts a request of ours
    written = False
    deadline = 0.0  # by time.monotonic(); from the first byte written on


_request = _Request()


class ForbiddenAddressError(OSError):
    """The address is neither public nor in USHER_ALLOWED_NETWORKS. The text is for operators."""


class _Bounded(io.RawIOBase):
    """An answer's bytes, up to the deadline. With only a socket's timeout, a provider could drip bytes for ever."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self.ended:
            return 0
        left_seconds = _request.deadline - time.monotonic()
        if left_seconds <= 0:
            raise TimeoutError("the answer took too long")
        set_seconds = self._sock.gettimeout()
        if set_seconds is None or set_seconds > left_seconds + SLACK_SECONDS:
            self._sock.settimeout(left_seconds)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer after which its connection is either clean or closed."""

    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._sock = sock
        self._bounded = _Bounded(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._bounded)

    def _read_status(self) -> tuple[str, int, str]:
        """
        The status line of the final answer, past any interim ones (RFC 9110, section 15.2); http.client skips only 100,
        and takes 102 and 103 for final. 101 would answer a request that we never make.
        """
        for _ in range(INTERIM_ANSWERS):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                raise http.client.BadStatusLine("101")
            if status >= http.HTTPStatus.OK:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.BadStatusLine("interim answers without end")

    def _close_conn(self) -> None:
        """Close a connection with bytes after the answer: they would be read as the next request's answer."""
        self._bounded.ended = True  # so that peek() returns only bytes that were read already
        with contextlib.suppress(OSError, ValueError):
            if self.fp.peek() or getattr(self._sock, "pending", int)():
                self._sock.shutdown(socket.SHUT_RDWR)  # the pool then drops it, as if the provider had closed it
        super()._close_conn()  # type: ignore[misc]


class _Connection(HTTPConnection):
    """
    Notes when the first byte is written, and starts the time for the answer.

    Head and body leave in one write: with many threads each write costs more than its system call, as the thread
    releases the interpreter and waits to get it back.
    """

    response_class = _Response
    _holds = False  # is the next write the head of a request?
    _head = b""  # kept until the body comes
    _tunnels = False  # is a proxy being asked for a tunnel to the provider?

    def endheaders(self, *arguments: object, **options: object) -> None:
        """End the head of a request; its body may follow."""
        self._holds = True
        end: Callable[..., None] = super().endheaders
        end(*arguments, **options)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override] # as urllib3 has it
        """Send a head without a body, if one is kept, and read the answer."""
        if self._head:
            self.send(b"")
        return super().getresponse()

    def send(self, data: object) -> None:
        write: Callable[..., None] = super().send
        if self._tunnels:
            write(data)
            return
        written = cast(bytes, data)  # post() and the watched libraries pass no streams
        if self._holds:
            self._head, self._holds = written, False
            return
        written, self._head = self._head + written, b""
        if self.sock is None:
            self.connect()
        note_write()
        write(written)

    def _tunnel(self) -> None:
        """Ask the proxy for a tunnel. These bytes are not part of the request."""
        _request.deadline = time.monotonic() + _request.bounds.connect_seconds
        self._tunnels = True
        try:
            super()._tunnel()
        finally:
            self._tunnels = False

    def _new_conn(self) -> socket.socket:
        """Resolve the name once, check the address, and connect to it: another lookup might give another address."""
        try:
            return reach(self._dns_host, self.port, self.timeout, self.socket_options or ())
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error


class _SecureConnection(_Connection, HTTPSConnection):
    pass


def start(settings: Settings, judged: bool = True) -> None:
    """
    Start a new request in this thread, within the timeouts of these settings: nothing is written yet. `judged`: only
    allowed addresses are possible.
    """
    networks = settings.allowed_networks if judged else None
    _request.bounds = _Bounds(settings.connect_timeout_seconds, settings.answer_timeout_seconds, networks)
    _request.written = False


def addresses(host: str, port: int) -> list[str]:
    """
    The allowed addresses of this host, in the resolver's order, without repetition.

    Raises ForbiddenAddressError if all its addresses are forbidden, OSError if it has none.
    """
    try:
        found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except UnicodeError as error:  # a label that is empty or too long
        raise socket.gaierror(socket.EAI_NONAME, "not a name of a host") from error
    networks = _request.bounds.networks
    fit = [address for address in found if networks is None or allowed(address, networks)]
    if not fit:
        raise ForbiddenAddressError(f"{host} is at {', '.join(found)[:200]}: not public")
    return fit


def reach(host: str, port: int, timeout_seconds: object, options: Iterable[Option] = ()) -> socket.socket:
    """
    A connection to an allowed address; nothing is sent to any other, so that no answer reveals what listens there.

    Raises as `addresses`; TimeoutError. The timeout, by default that of the settings, is for all addresses together.
    """
    seconds = timeout_seconds if isinstance(timeout_seconds, int | float) else _request.bounds.connect_seconds
    fit, deadline = addresses(host.strip("[]"), port), time.monotonic() + seconds
    error: OSError = TimeoutError()
    for number, address in enumerate(fit):
        left_seconds = max(deadline - time.monotonic(), SLACK_SECONDS) / (len(fit) - number)
        try:
            # An address instead of a name: no second lookup.
            sock = urllib3.util.connection.create_connection((address, port), left_seconds, None, list(options))
        except OSError as failure:
            error = failure
        else:
            sock.settimeout(seconds)
            return sock
    raise error


def note_write() -> None:
    """From here on this thread's request may have its effect, and the time for its answer runs."""
    if not _request.written:
        _request.written = True
        _request.deadline = time.monotonic() + _request.bounds.answer_seconds


def written() -> bool:
    """Has this thread's request been written, at least in part?"""
    return _request.written


def watch(pool: urllib3.HTTPConnectionPool) -> None:
    """Make this pool's new connections note what they write."""
    pool.ConnectionCls = _SecureConnection if isinstance(pool, urllib3.HTTPSConnectionPool) else _Connection


class Pools(urllib3.PoolManager):
    """Kept connections, by origin. They follow no redirects, as they do not retry."""

    def __init__(self) -> None:
        super().__init__(num_pools=ORIGINS_KEPT, maxsize=CONNECTIONS_KEPT, retries=False)

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, object] | None = None
    ) -> urllib3.HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        watch(pool)
        return pool
