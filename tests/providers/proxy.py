"""A scripted HTTP proxy: opens tunnels on loopback, or refuses to."""

import contextlib
import socket
import socketserver
import threading
from typing import Any


class Proxy(socketserver.ThreadingTCPServer):
    """
    Answers CONNECT with `refusal`; without one it opens the tunnel. `silent`: it says nothing at all. `asked` are the
    first lines of what came.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.refusal = b""
        self.silent = False
        self.asked: list[str] = []
        self.released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is part of the play."""


class _Tunnel(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        first = self.rfile.readline().decode()
        self.server.asked.append(first.strip())
        while self.rfile.readline().strip():
            pass
        if self.server.silent:
            self.server.released.wait()
            return
        if self.server.refusal:
            self.wfile.write(b"HTTP/1.1 " + self.server.refusal + b"\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = first.split()[1].rpartition(":")
        with socket.create_connection((host, int(port))) as provider:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pass_on, args=(provider, self.connection), daemon=True)
            back.start()
            _pass_on(self.connection, provider)
            back.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
