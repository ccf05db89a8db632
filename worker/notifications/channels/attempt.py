"""Connections that note what they write: before the first byte a failure is harmless, after it the send is in doubt."""

import contextlib
import http.client
import io
import socket
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, cast

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from tasks_app.configuration import allowed
from tasks_app.program import own_usher

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECTIONS_KEPT = 100  # to one origin; more may be open at once, the rest is closed after use
ORIGINS_KEPT = 200  # webhooks have many origins; the least used ones lose their connections
INTERIM_ANSWERS = 100  # before one final answer; no provider means more by them than to keep us busy

Option = tuple[int, int, int | bytes]  # of a socket

# Setting a timeout is a system call, for which a thread gives the interpreter away: not for so little.
SLACK_SECONDS = 0.05


class _Attempt(threading.local):
    """What the request that this thread makes has come to. A request never changes threads."""

    written = False
    judged = True
    deadline = 0.0  # by time.monotonic(); from the first byte written on


_attempt = _Attempt()


class ForbiddenAddressError(OSError):
    """The address is not a public one, and none of USHER_ALLOWED_NETWORKS. Its text is for operators."""


class _Bounded(io.RawIOBase):
    """An answer's bytes, up to the deadline. A socket's timeout alone would let a provider drip for ever."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if self.ended:
            return 0
        left_seconds = _attempt.deadline - time.monotonic()
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
        The status line of the final answer, past any interim ones (RFC 9110, section 15.2); http.client passes by 100
        alone, and takes 102 and 103 for final. 101 answers what we never ask.
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
        """What stands behind the answer would be read as the next request's: such a connection ends here."""
        self._bounded.ended = True  # so that peek() only looks at what was read already
        with contextlib.suppress(OSError, ValueError):
            if self.fp.peek() or getattr(self._sock, "pending", int)():
                self._sock.shutdown(socket.SHUT_RDWR)  # the pool drops it, as one that the provider closed
        super()._close_conn()  # type: ignore[misc]


class _Connection(HTTPConnection):
    """
    Notes when the first byte is written, and starts the time that the answer has.

    Head and body leave in one write: with many threads each write costs more than its system call, as the thread gives
    the interpreter away and waits for it.
    """

    response_class = _Response
    _holds = False  # is the next write the head of a request?
    _head = b""  # held back until the body comes
    _tunnels = False  # is a proxy asked for a way to the provider?

    def endheaders(self, *arguments: object, **options: object) -> None:
        """End the head of a request; its body may follow."""
        self._holds = True
        end: Callable[..., None] = super().endheaders
        end(*arguments, **options)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override] # as urllib3 has it
        """The answer, once also a head that no body followed is sent."""
        if self._head:
            self.send(b"")
        return super().getresponse()

    def send(self, data: object) -> None:
        write: Callable[..., None] = super().send
        if self._tunnels:
            write(data)
            return
        written = cast(bytes, data)  # post() and the libraries that are watched give no streams
        if self._holds:
            self._head, self._holds = written, False
            return
        written, self._head = self._head + written, b""
        if self.sock is None:
            self.connect()
        note_write()
        write(written)

    def _tunnel(self) -> None:
        """What a proxy is asked and answers before it lets us through is no part of the request."""
        _attempt.deadline = time.monotonic() + own_usher().settings.connect_timeout_seconds
        self._tunnels = True
        try:
            super()._tunnel()
        finally:
            self._tunnels = False

    def _new_conn(self) -> socket.socket:
        """Resolve the name once, judge, and connect to what was judged: the next answer may differ."""
        try:
            return reach(self._dns_host, self.port, self.timeout, self.socket_options or ())
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error


class _SecureConnection(_Connection, HTTPSConnection):
    pass


def begin(judged: bool = True) -> None:
    """A new request of this thread: nothing of it is written yet. `judged`: it may not connect to every address."""
    _attempt.written, _attempt.judged = False, judged


def addresses(host: str, port: int) -> list[str]:
    """
    The addresses of this host that may be sent to, in the resolver's order, without repetition.

    Raises ForbiddenAddressError when it has none but others, OSError when it has no address.
    """
    try:
        found = list(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
    except UnicodeError as error:  # an empty label, or one that is too long
        raise socket.gaierror(socket.EAI_NONAME, "not a name of a host") from error
    networks = own_usher().settings.allowed_networks
    fit = [address for address in found if not _attempt.judged or allowed(address, networks)]
    if not fit:
        raise ForbiddenAddressError(f"{host} is at {', '.join(found)[:200]}: not public")
    return fit


def reach(host: str, port: int, timeout_seconds: object, options: Iterable[Option] = ()) -> socket.socket:
    """
    A connection to one of those addresses; nothing is sent to any other, so that no answer tells what listens there.

    Raises as `addresses`; TimeoutError. All addresses together have the time of one.
    """
    seconds = (
        timeout_seconds if isinstance(timeout_seconds, int | float) else own_usher().settings.connect_timeout_seconds
    )
    fit, deadline = addresses(host.strip("[]"), port), time.monotonic() + seconds
    error: OSError = TimeoutError()
    for number, address in enumerate(fit):
        left_seconds = max(deadline - time.monotonic(), SLACK_SECONDS) / (len(fit) - number)
        try:
            # An address instead of a name: no name server is asked once more.
            sock = urllib3.util.connection.create_connection((address, port), left_seconds, None, list(options))
        except OSError as failure:
            error = failure
        else:
            sock.settimeout(seconds)
            return sock
    raise error


def note_write() -> None:
    """From here on this thread's request may have its effect, and the time runs that its answer has."""
    if not _attempt.written:
        _attempt.written = True
        _attempt.deadline = time.monotonic() + own_usher().settings.answer_timeout_seconds


def written() -> bool:
    """Has this thread's request been written, be it in part?"""
    return _attempt.written


def watch(pool: urllib3.HTTPConnectionPool) -> None:
    """Make the connections that this pool opens from now on note what they write."""
    pool.ConnectionCls = _SecureConnection if isinstance(pool, urllib3.HTTPSConnectionPool) else _Connection


class _Pools(urllib3.PoolManager):
    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, object] | None = None
    ) -> urllib3.HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        watch(pool)
        return pool


@cache
def pools() -> _Pools:
    """The kept connections of this process, by origin. Without retries it also follows no redirect."""
    return _Pools(num_pools=ORIGINS_KEPT, maxsize=CONNECTIONS_KEPT, retries=False)
