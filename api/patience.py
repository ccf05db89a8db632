"""How long a kept connection may be silent, at one timer a connection instead of one a request."""

import time
from contextlib import suppress
from socket import SHUT_RD
from typing import Any

from gevent import get_hub


class Patience:
    """
    Receives from a connection, and ends its reading side once that took longer than `seconds`: then nothing more comes,
    as if the caller had closed. To be closed by its owner.
    """

    def __init__(self, client: Any, seconds: float) -> None:
        self._client = client
        self._seconds = seconds
        self._is_over = False
        self._since = 0.0  # since when it waits, on the monotonic clock; 0 = it does not
        self._timer: Any = None  # while nobody waits at its end, there is none: a stream may run for hours

    def receive(self, size: int) -> bytes:
        """What comes next; nothing if the caller closed or is silent for too long. Raises OSError."""
        self._since = time.monotonic()
        if self._timer is None:
            self._look_in(self._seconds)
        try:
            return bytes(self._client.recv(size))
        except OSError:
            if self._is_over:  # to gevent, whoever waits at a shutdown waits for a socket that is gone
                return b""
            raise
        finally:
            self._since = 0.0

    def close(self) -> None:
        """Wait for nothing any more."""
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
            return
        self._is_over = True
        with suppress(OSError):  # it is gone already
            self._client.shutdown(SHUT_RD)
