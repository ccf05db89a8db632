"""A provider of webhooks that answers each after the same while: `python -m benchmarks.provider PORT MILLISECONDS`.

One loop, and a protocol that reads no more than it must, so that it does not limit the measurement. It also answers
GET /count: how many calls came, and with how many different ids; and GET /moments: when (seconds, time.monotonic()).
"""

import asyncio
import json
import sys
import time

BACKLOG = 4_096


class Seen:
    """The calls so far."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.ids: set[bytes] = set()

    def note(self, head: bytes) -> None:
        self.moments.append(time.monotonic())
        at = head.lower().find(b"webhook-id: ") + 12
        self.ids.add(head[at : head.find(b"\r", at)])

    def told(self, head: bytes) -> bytes:
        """The answer to a GET."""
        if head.startswith(b"GET /moments"):
            return json.dumps({"moments": self.moments}).encode()
        return json.dumps({"count": len(self.moments), "ids": len(self.ids)}).encode()


class Connection(asyncio.Protocol):
    """One kept-alive connection; a client waits for its answer before its next request."""

    def __init__(self, seen: Seen, wait_seconds: float) -> None:
        self._seen, self._wait_seconds = seen, wait_seconds
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        if head.startswith(b"GET"):
            self._buffer = b""
            self._answer(self._seen.told(head))
            return
        at = head.lower().find(b"content-length: ") + 16
        line_end = head.find(b"\r", at)
        length = int(head[at : line_end if line_end > 0 else len(head)])
        if len(self._buffer) < end + 4 + length:
            return
        self._buffer = self._buffer[end + 4 + length :]
        self._seen.note(head)
        asyncio.get_running_loop().call_later(self._wait_seconds, self._answer, b"{}")

    def _answer(self, body: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            self._transport.write(head + body)


async def serve(port: int, wait_seconds: float) -> None:
    """Run until the process is ended."""
    seen = Seen()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(seen, wait_seconds), "127.0.0.1", port, backlog=BACKLOG
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000))
