"""How fast the load itself is: `python -m benchmarks.ceiling` sends it to a server that does nothing.

A measurement that comes near this number measures the load and not the server.
"""

import multiprocessing
import selectors
import socket
import sys

from benchmarks.load import Load, run_apart

ANSWER = b"HTTP/1.1 202 ACCEPTED\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
REQUESTS = 50_000


def answer_all(listener: socket.socket) -> None:
    """Answer anything, at once, until the process is ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                peer = key.fileobj
                assert isinstance(peer, socket.socket)
                if peer is listener:
                    selector.register(peer.accept()[0], selectors.EVENT_READ)
                elif peer.recv(65_536):
                    peer.send(ANSWER)
                else:
                    selector.unregister(peer)
                    peer.close()


def requests_per_second(connections: int) -> float:
    """The speed of the load with a server whose own cost is a few microseconds."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        server = multiprocessing.get_context("fork").Process(target=answer_all, args=(listener,), daemon=True)
        server.start()
        try:
            load = Load(listener.getsockname()[1], "/", '{"customer":"c#"}', REQUESTS, connections)
            measured = run_apart(load)
        finally:
            server.kill()
            server.join()
    return REQUESTS / (measured.ended_seconds - measured.started_seconds)


if __name__ == "__main__":
    for count in (16, 64, 256):
        sys.stdout.write(f"{count:>4} connections: {requests_per_second(count):>8,.0f} requests/s\n")
