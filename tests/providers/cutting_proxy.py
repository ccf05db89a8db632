"""A TCP proxy before a server, which loses connections at chosen points of chosen requests."""

import contextlib
import socket
import socketserver
import threading
from dataclasses import dataclass
from typing import Any, Literal

Point = Literal["request", "answer", "half"]


@dataclass(frozen=True)
class Cut:
    """
    Lose the connection of the next request that has these bytes in a piece of it, where its answer has those of
    `answer`: before the `request` reaches the server; when the server has begun to `answer`, nothing of which is passed
    on; or in the middle of that piece (`half`).
    """

    request: bytes
    at: Point = "answer"
    answer: bytes = b""


class CuttingProxy(socketserver.ThreadingTCPServer):
    """Passes on everything to a port of this machine but its `cuts`. `asked` are the first lines of requests."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.port = port
        self.cuts: list[Cut] = []
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "CuttingProxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def asked_for(self, beginning: str) -> int:
        """How many requests begin so."""
        return sum(line.startswith(beginning) for line in self.asked)

    def take(self, piece: bytes) -> Cut | None:
        """The cut that this piece of a request is meant for; it is used up."""
        line = piece.split(b"\r\n", 1)[0].decode(errors="replace")
        if line.endswith(" HTTP/1.1"):
            self.asked.append(line)
        found = next((cut for cut in self.cuts if cut.request in piece), None)
        if found is not None:
            self.cuts.remove(found)
        return found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A server that is away, or a client that goes, is part of the play."""


class _Connection(socketserver.BaseRequestHandler):
    server: CuttingProxy
    request: socket.socket
    cut: Cut | None = None

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.port)) as upstream:
            back = threading.Thread(target=self._answer, args=(upstream,), daemon=True)
            back.start()
            self._ask(upstream)
            back.join()

    def _ask(self, upstream: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := self.request.recv(65_536):
                cut = self.server.take(piece)
                if cut is not None and cut.at == "request":
                    self._lose(upstream)
                    return
                self.cut = cut or self.cut
                upstream.sendall(piece)
        with contextlib.suppress(OSError):
            upstream.shutdown(socket.SHUT_WR)

    def _answer(self, upstream: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := upstream.recv(65_536):
                cut = self.cut
                if cut is not None and cut.answer in piece:
                    if cut.at == "half":
                        self.request.sendall(piece[: len(piece) // 2])
                    self._lose(upstream)
                    return
                self.request.sendall(piece)
        with contextlib.suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)

    def _lose(self, upstream: socket.socket) -> None:
        for one in (self.request, upstream):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
