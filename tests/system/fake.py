"""Stands in for a process of the Procfile: `fake.py NAME [port]`. It writes to journal.txt what happens to it.

With a port it answers 200 to every GET, and has a child that ignores all signals, as a server's own workers may.
"""

import contextlib
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from types import FrameType


def tell(fact: str) -> None:
    with open("journal.txt", "a") as journal:  # noqa: PTH123
        journal.write(f"{sys.argv[1]} {fact}\n")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        print("asked for", self.path, flush=True)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def end(number: int, frame: FrameType | None) -> None:
    if "stubborn" in sys.argv:
        return tell("refused")
    time.sleep(0.2)  # work that is still running
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(os.environ["REDIS_PORT"]))):
        tell("ended beside redis")
    os._exit(0)


signal.signal(signal.SIGTERM, end)
if sys.argv[2:] and sys.argv[2].isdigit():
    ignore = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", ignore])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
tell(f"started {os.getpid()}")
while True:
    signal.pause()
