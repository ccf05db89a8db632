"""The provider of a run: takes what webhooks and Apprise send, answers as told for each recipient, and remembers."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chaos.history import Recorder

# What may be told: how a message is answered. After `cut` it is taken, but nobody is told so.
STATUS = {"take": 200, "slow": 200, "refuse": 400, "fail": 500}
TAKEN = ("take", "slow", "cut")
SLOW_SECONDS = 1.5


class Provider(ThreadingHTTPServer):
    """`told[recipient]` is how its calls are answered, one after the other; the last one for all that follow."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, record: Recorder) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.record = record
        self.told: dict[str, tuple[str, ...]] = {}
        self._calls: dict[str, int] = {}
        self._turn = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def next_answer(self, recipient: str) -> str:
        """What this call is answered."""
        with self._turn:
            told = self.told.get(recipient, ("take",))
            number = self._calls.get(recipient, 0)
            self._calls[recipient] = number + 1
        return told[min(number, len(told) - 1)]

    def close(self) -> None:
        """Take nothing more."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A notifier that is killed in the middle is part of the play."""


class _Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Provider

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        recipient = self.path.rpartition("/")[2]
        answer = self.server.next_answer(recipient)
        if answer == "slow":
            time.sleep(SLOW_SECONDS)
        self.server.record("called", to=recipient, answer=answer)  # before the answer: what was told cannot be undone
        if answer == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(STATUS[answer])
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """The history has it."""
