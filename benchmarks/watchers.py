"""Open pages, as a web process sees them: connections that read `/v1/stream` and never ask again."""

import selectors
import socket
import threading
import time
from collections.abc import Sequence

RECENT_BYTES = 2_000_000  # of each connection's last answer bytes that are kept while something is looked for


class Watchers:
    """So many connections of these topics in turn; one thread reads them all."""

    def __init__(self, port: int, count: int, topics: Sequence[str]) -> None:
        self._selector = selectors.DefaultSelector()
        self._over = threading.Event()
        self._wanted, self._left = b"", set[socket.socket]()
        self._found_at = 0.0
        self._tails: dict[socket.socket, bytes] = {}
        self.broken = 0
        self._sockets: dict[socket.socket, str] = {}
        for number in range(count):
            topic = topics[number % len(topics)]
            connection = socket.create_connection(("127.0.0.1", port), timeout=60)
            connection.sendall(f"GET /v1/stream?topic={topic} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            if not connection.recv(65_536).startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"page {number + 1} of {count} got no stream")
            self._sockets[connection] = topic
            self._selector.register(connection, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Watchers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(30)
        for connection in self._sockets:
            connection.close()
        self._selector.close()

    def look_for(self, text: str, topic: str) -> None:
        """From now on, note when each page of the topic has had an event with the text."""
        self._tails.clear()
        self._left = {connection for connection, own in self._sockets.items() if own == topic}
        self._wanted = text.encode()

    def found_at(self, seconds: float) -> float:
        """When the last page had it, on the monotonic clock. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while self._left:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self._left)} pages were not told within {seconds:g} s")
            time.sleep(0.001)
        return self._found_at

    def _read(self) -> None:
        while not self._over.is_set():
            for key, _ in self._selector.select(0.1):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                got = connection.recv(65_536)
                if not got:
                    self.broken += 1
                    self._selector.unregister(connection)
                elif connection in self._left:
                    tail = (self._tails.get(connection, b"") + got)[-RECENT_BYTES:]
                    self._tails[connection] = tail
                    if self._wanted in tail:
                        self._found_at = time.monotonic()
                        self._left.discard(connection)
