"""The provider of a run: takes webhooks and Apprise's messages, answers as told for each recipient, and remembers."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chaos.history import Recorder

# Ways to answer a message. After `cut` the provider has taken it, but nobody is told so.
STATUS = {"take": 200, "slow": 200, "refuse": 400, "fail": 500}
TAKEN = ("take", "slow", "cut")
SLOW_SECONDS = 1.5


class Provider(ThreadingHTTPServer):
    """`told[recipient]` has the answers to its calls, one after the other; the last one is for all that follow."""

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
        """The answer to this call."""
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
        self.server.record("called", to=recipient, answer=answer)  # before the answer: nobody can take that back
        if answer == "cut":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(STATUS[answer])
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Print no log: the history has it."""
