"""A scripted HTTP proxy: opens tunnels on loopback, or refuses to."""

import contextlib
import socket
import socketserver
import threading

from tests.providers.in_thread import InThread


class Proxy(InThread, socketserver.ThreadingTCPServer):
    """
    Answers CONNECT with `refusal`; without it, opens the tunnel. `silent`: it says nothing at all. `asked` has the
    first lines of the requests.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.refusal = b""
        self.silent = False
        self.asked: list[str] = []

    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


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
