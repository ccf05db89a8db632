"""How long a kept connection may be silent: one timer per connection says so, not one per request; or gunicorn does."""

import time
from contextlib import suppress
from socket import SHUT_RD
from typing import Any

from gevent import Timeout, get_hub, getcurrent, kill

JUST_NOW_SECONDS = 1.0  # a wait that began since then may be that of a new connection, whose request is on its way


class Patience:
    """
    Receives from a connection, and ends its reading side once that took longer than `seconds`: then nothing more comes,
    as if the caller had closed it. The owner must close this object.
    """

    def __init__(self, client: Any, seconds: float) -> None:
        self._client = client
        self._seconds = seconds
        self._is_over = False
        self._since = 0.0  # since when it waits, on the monotonic clock; 0 = it does not
        self._timer: Any = None  # None after one that ran out while nobody waited: a stream may run for hours

    def receive(self, size: int) -> bytes:
        """The next bytes; none if the caller closed the connection or was silent for too long. Raises OSError."""
        self._since = time.monotonic()
        if self._timer is None:
            self._look_in(self._seconds)
        try:
            return bytes(self._client.recv(size))
        except OSError:
            if self._is_over:  # gevent raises it in a read that waits while its socket is shut down
                return b""
            raise
        finally:
            self._since = 0.0

    def lose(self) -> None:
        """Stop waiting, unless the wait began just now; a request that has already arrived is still received."""
        if self._since and time.monotonic() - self._since > JUST_NOW_SECONDS:
            self._end()

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.close()

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
        self._is_over = True
        with suppress(OSError):  # it is gone already
            self._client.shutdown(SHUT_RD)


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
