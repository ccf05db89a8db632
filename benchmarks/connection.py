"""A keep-alive connection of the load."""

import re
import selectors
import socket
import time

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Connection:
    """One connection and its request that is on its way."""

    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._selector, self.is_idle = selector, True
        selector.register(self.socket, selectors.EVENT_READ, self)
        self._answer = b""
        self._due_seconds = 0.0

    def send(self, request: bytes, due_seconds: float) -> None:
        """Start a request that could have started at `due_seconds`. It fits into the kernel's buffer."""
        self._answer, self.is_idle = b"", False
        self._due_seconds = due_seconds
        if self.socket.send(request) != len(request):
            raise ConnectionError("the kernel took only a part of a request")

    def receive(self) -> tuple[str, float] | None:
        """Status and latency in ms of the answer, once it is complete. Raises ConnectionError when it was closed."""
        part = self.socket.recv(65_536)
        if not part:
            raise ConnectionError("the server closed a connection")
        self._answer += part
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return None
        length = LENGTH.search(head)
        if length is None:
            raise ConnectionError("an answer without Content-Length")
        if len(body) < int(length[1]):
            return None
        self.is_idle = True
        return head[9:12].decode(), (time.monotonic() - self._due_seconds) * 1000

    def close(self) -> None:
        """Stop listening to it."""
        self._selector.unregister(self.socket)
        self.socket.close()
