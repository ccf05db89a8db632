"""Connections that note what they write: before the first byte a failure is harmless, after it the send is in doubt."""

import http.client
import io
import ipaddress
import socket
import threading
import time
from functools import cache
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from tasks_app.settings import settings

CONNECTIONS_KEPT = 100  # to one origin; more may be open at once, the rest is closed after use
ORIGINS_KEPT = 200  # webhooks have many origins; the least used ones lose their connections


# Setting a timeout is a system call, for which a thread gives the interpreter away: not for so little.
SLACK_SECONDS = 0.05


class _Attempt(threading.local):
    """What the request that this thread makes has come to. A request never changes threads."""

    written = False
    public_only = False
    deadline = 0.0  # by time.monotonic(); from the first byte written on


_attempt = _Attempt()


class ForbiddenAddressError(HTTPError):
    """The address is not a public one, and the settings allow no other."""


class _Bounded(io.RawIOBase):
    """An answer's bytes, up to the deadline. A socket's timeout alone would let a provider drip for ever."""

    def __init__(self, raw: Any, sock: Any) -> None:
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left_seconds = _attempt.deadline - time.monotonic()
        if left_seconds <= 0:
            raise TimeoutError("the answer took too long")
        set_seconds = self._sock.gettimeout()
        if set_seconds is None or set_seconds > left_seconds + SLACK_SECONDS:
            self._sock.settimeout(left_seconds)
        return int(self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp: Any = io.BufferedReader(_Bounded(self.fp.detach(), sock))


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

    def endheaders(self, *arguments: Any, **options: Any) -> None:
        """End the head of a request; its body may follow."""
        self._holds = True
        super().endheaders(*arguments, **options)

    def getresponse(self) -> Any:
        """The answer, once also a head that no body followed is sent."""
        if self._head:
            self.send(b"")
        return super().getresponse()

    def send(self, data: Any) -> None:
        if self._tunnels:
            super().send(data)
            return
        if self._holds:
            self._head, self._holds = data, False
            return
        data, self._head = self._head + data, b""
        if self.sock is None:
            self.connect()
        note_write()
        super().send(data)

    def _tunnel(self) -> None:
        """What a proxy is asked and answers before it lets us through is no part of the request."""
        _attempt.deadline = time.monotonic() + settings.connect_timeout_seconds
        self._tunnels = True
        try:
            super()._tunnel()
        finally:
            self._tunnels = False

    def _new_conn(self) -> socket.socket:
        """Check the address that was reached, not the name: what a name stands for may change in between."""
        sock = super()._new_conn()
        if _attempt.public_only and not public(sock.getpeername()[0]):
            sock.close()
            raise ForbiddenAddressError
        return sock


class _SecureConnection(_Connection, HTTPSConnection):
    pass


def begin(public_only: bool) -> None:
    """A new request of this thread: nothing of it is written yet."""
    _attempt.written, _attempt.public_only = False, public_only


def note_write() -> None:
    """From here on this thread's request may have its effect, and the time runs that its answer has."""
    if not _attempt.written:
        _attempt.written = True
        _attempt.deadline = time.monotonic() + settings.answer_timeout_seconds


def written() -> bool:
    """Has this thread's request been written, be it in part?"""
    return _attempt.written


def watch(pool: Any) -> None:
    """Make the connections that this pool opens from now on note what they write."""
    pool.ConnectionCls = _SecureConnection if isinstance(pool, urllib3.HTTPSConnectionPool) else _Connection


class _Pools(urllib3.PoolManager):
    def _new_pool(self, *arguments: Any, **options: Any) -> urllib3.HTTPConnectionPool:
        pool = super()._new_pool(*arguments, **options)
        watch(pool)
        return pool


@cache
def pools() -> _Pools:
    """The kept connections of this process, by origin. Without retries it also follows no redirect."""
    return _Pools(num_pools=ORIGINS_KEPT, maxsize=CONNECTIONS_KEPT, retries=False)


def public(address: str) -> bool:
    """Is this IP address one that anybody on the internet could be reached at?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast
