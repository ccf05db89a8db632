"""How long a kept connection may be silent: one timer per connection says so, not one per request; or gunicorn does."""

import time
from contextlib import suppress
from typing import Any

from gevent import Timeout, get_hub, getcurrent, kill

JUST_NOW_SECONDS = 1.0  # a wait that began since then may be that of a new connection, whose request is on its way
READABLE = 1  # libev's name for this event


class SilentError(Exception):
    """Raised in a wait that lasted too long."""


class Patience:
    """
    Waits for the bytes of a connection, for at most `seconds`: then it gives nothing, as if the caller had closed it.
    The connection itself stays whole, so a request whose first bytes came at the last moment is received to its end.
    The owner must close this object. A wait that began within `just_now_seconds` is not given up.
    """

    def __init__(self, client: Any, seconds: float, just_now_seconds: float = JUST_NOW_SECONDS) -> None:
        self._client = client
        self._seconds, self._just_now_seconds = seconds, just_now_seconds
        self._since = 0.0  # since when it waits, on the monotonic clock; 0 = it does not
        self._arrival = get_hub().loop.io(client.fileno(), READABLE)
        self._timer: Any = None  # None after one that ran out while nobody waited: a stream may run for hours

    def receive(self, size: int) -> bytes:
        """The next bytes; none if the caller closed the connection or was silent for too long. Raises OSError."""
        self._since = time.monotonic()
        if self._timer is None:
            self._look_in(self._seconds)
        try:
            get_hub().wait(self._arrival)
        except SilentError:
            return self._received_already(size)
        finally:
            self._since = 0.0
        return bytes(self._client.recv(size))

    def lose(self) -> None:
        """Stop waiting, unless the wait began just now; a request that has already arrived is still received."""
        if self._since and time.monotonic() - self._since > self._just_now_seconds:
            self._end()

    def close(self) -> None:
        """Stop the timer, and watch the connection no more."""
        self._arrival.close()
        if self._timer is not None:
            self._timer.close()

    def _received_already(self, size: int) -> bytes:
        self._client.setblocking(False)
        try:
            with suppress(BlockingIOError):
                return bytes(self._client.recv(size))
            return b""
        finally:
            self._client.setblocking(True)

    def _look_in(self, seconds: float) -> None:
        self._timer = get_hub().loop.timer(seconds)
        self._timer.start(self._look)

    def _look(self) -> None:
        self._timer.close()
        self._timer = None
        if not self._since:
            return
        left = self._since + self._seconds - time.monotonic()
        if left > 0:
            self._look_in(left)
        else:
            self._end()

    def _end(self) -> None:
        get_hub().cancel_wait(self._arrival, SilentError())  # nothing happens if bytes have ended the wait meanwhile


class TimedWait(Timeout):  # type: ignore[misc]  # gevent has no types for it
    """gunicorn's own wait for a request: a read within it may take `seconds`. It is in `kept` while it lasts."""

    def __init__(self, seconds: float, kept: set[Any]) -> None:
        super().__init__(seconds, False)
        self._kept = kept

    def __enter__(self) -> "TimedWait":
        self._since = time.monotonic()
        self._greenlet = getcurrent()
        self._kept.add(self)
        super().__enter__()
        return self

    def __exit__(self, *raised: Any) -> Any:
        self._kept.discard(self)
        return super().__exit__(*raised)

    def lose(self) -> None:
        """Stop waiting, unless the wait began just now."""
        if time.monotonic() - self._since > JUST_NOW_SECONDS:
            kill(self._greenlet, self)
