"""A scripted mail server: real SMTP on loopback that answers each command as told, and keeps what it took."""

import contextlib
import socketserver
import threading
from typing import Any

HANG, CLOSE = b"hang", b"close"  # instead of an answer
TEXT = "text"  # the answer to the mail's text, after which it is the server's
USUAL = {"HELLO": b"220 mail", "DATA": b"354 go on", "QUIT": b"221 bye", TEXT: b"250 queued"}


class MailServer(socketserver.ThreadingTCPServer):
    """`answers` says what follows a command (HELLO is the greeting); `taken` are the mails whose whole text came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.answers: dict[str, bytes] = {}
        self.refused = b""  # a recipient who is refused, others not
        self.taken: list[bytes] = []
        self.released = threading.Event()  # ends what hangs
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def url(self, more: str = "") -> str:
        """An Apprise URL that mails over this server."""
        return f"mailto://127.0.0.1:{self.server_address[1]}/?from=me@example.org&to={{to}}&mode=insecure{more}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is part of the play."""


class _Session(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            goes_on = self._answer("HELLO")
            while goes_on and (line := self.rfile.readline()):
                verb = line.strip().upper()[:4].decode()
                if self.server.refused and verb == "RCPT" and self.server.refused in line:
                    self.wfile.write(b"550 unknown\r\n")
                    continue
                goes_on = self._answer(verb)
                if goes_on and verb == "DATA" and "DATA" not in self.server.answers:
                    goes_on = self._take()

    def _take(self) -> bool:
        text = b""
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            text += line
        self.server.taken.append(text)
        return self._answer(TEXT)

    def _answer(self, verb: str) -> bool:
        """False: the session is over."""
        answer = self.server.answers.get(verb, USUAL.get(verb, b"250 ok"))
        if answer == HANG:
            self.server.released.wait()
        if answer in (HANG, CLOSE):
            return False
        self.wfile.write(answer + b"\r\n")
        return verb != "QUIT"
