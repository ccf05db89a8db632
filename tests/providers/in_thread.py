"""What the scripted servers have alike: each serves in a thread, within a block of its test."""

import socketserver
import threading
from typing import Any, Self


class InThread(socketserver.BaseServer):
    """Serves within `with`. A client that goes away in the middle is part of the play."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.released = threading.Event()  # ends what hangs
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""
