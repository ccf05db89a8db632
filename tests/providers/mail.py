"""A scripted mail server: real SMTP on loopback that answers each command as told, and keeps accepted mails."""

import contextlib
import socketserver

from tests.providers.in_thread import InThread

HANG, CLOSE = b"hang", b"close"  # instead of an answer
TEXT = "text"  # the answer to the mail's text, after which the server is responsible for it
USUAL = {"HELLO": b"220 mail", "DATA": b"354 go on", "QUIT": b"221 bye", TEXT: b"250 queued"}


class MailServer(InThread, socketserver.ThreadingTCPServer):
    """`answers` has the reply to a command (HELLO is the greeting); `taken` are the mails whose whole text came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.answers: dict[str, bytes] = {}
        self.refused = b""  # a recipient that it refuses, but no others
        self.taken: list[bytes] = []

    def url(self, more: str = "") -> str:
        """An Apprise URL that mails over this server."""
        return f"mailto://127.0.0.1:{self.server_address[1]}/?from=me@example.org&to={{to}}&mode=insecure{more}"


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
