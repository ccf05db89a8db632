"""The life of a connection to the web process: how long it waits, and what happens to it at a stop."""

import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deadlines import deadline_in
from tests.integration.echo_server import END, FIVE, GET, POST, STOCK, USHERS, EchoServer, H, answers
from tests.integration.real_server import received

CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoServer]:
    """A server that waits for one second for the next request."""
    made = EchoServer(USHERS, Path(tmp_path_factory.mktemp("hasty")) / "log", "--keep-alive", "1")
    yield made
    made.stop()
    # Silence is no error. The server says at the start that it has no state; it does not use it.
    assert [line for line in made.log.read_text().splitlines() if "The state cannot be reached" not in line] == []


@pytest.mark.parametrize("begun", [b"", GET + END, b"GET /a HT", GET + b"X: y", GET + END + b"GET /a"], ids=ascii)
def test_a_silent_caller_is_disconnected(hasty: EchoServer, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(begun)
        assert [status for status, *_ in answers(received(connection))] == [200] * begun.count(END + END)


def test_the_server_does_not_wait_for_a_slow_head(hasty: EchoServer) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.settimeout(0.2)
        deadline = deadline_in(20)
        while not has_ended(connection, b"G"):
            assert time.monotonic() < deadline


def has_ended(connection: socket.socket, drip: bytes) -> bool:
    """Send one more byte; returns whether the other side has closed."""
    try:
        connection.sendall(drip)
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_body_may_take_longer_than_a_head(hasty: EchoServer, eventually: Callable[..., object]) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(POST + FIVE + b"\r\nhe")
        until = time.monotonic() + 1.5  # longer than the server waits for a request
        eventually(lambda: time.monotonic() > until, 10)
        connection.sendall(b"llo")
        connection.shutdown(socket.SHUT_WR)
        assert b'"body": "hello"' in received(connection)


def test_a_connection_in_use_is_kept(hasty: EchoServer) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        until, count = time.monotonic() + 2.5, 0  # more than twice as long as the server waits for a request
        while time.monotonic() < until:
            connection.sendall(GET + END)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            count += 1
        connection.shutdown(socket.SHUT_WR)
        assert received(connection) == b""
    assert count > 2


def test_a_request_may_take_longer_than_a_head(
    hasty: EchoServer, tmp_path: Path, eventually: Callable[..., object]
) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as connection:
        connection.sendall(f"GET /wait?in={tmp_path} HTTP/1.1\r\n".encode() + H + END)
        eventually((tmp_path / "begun").exists, 20)
        until = time.monotonic() + 1.5
        eventually(lambda: time.monotonic() > until, 10)
        connection.sendall(GET + END)
        (tmp_path / "go").touch()
        connection.shutdown(socket.SHUT_WR)
        assert [status for status, *_ in answers(received(connection))] == [200, 200]


@pytest.mark.parametrize("worker", [STOCK, USHERS])
def test_a_running_request_is_finished_when_the_server_is_stopped(
    tmp_path: Path, eventually: Callable[..., object], worker: str
) -> None:
    # Given a request that runs
    server = EchoServer(worker, tmp_path / "log")
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            path = f"/wait?in={tmp_path}".encode()
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\n" + H + END)
            eventually((tmp_path / "begun").exists, 20)

            # When the server is stopped, and only then the request may end
            server.process.send_signal(signal.SIGTERM)
            eventually(lambda: not server.answers(), 20)
            (tmp_path / "go").touch()
            connection.shutdown(socket.SHUT_WR)

            # Then it is answered, and the server ends well
            assert answers(received(connection))[0][0] == 200
        assert server.process.wait(20) == 0
    finally:
        server.stop()


@pytest.mark.parametrize("first", [GET + END, POST + CHUNKS], ids=["plain", "gunicorn's"])
def test_a_connection_that_waits_for_a_request_delays_no_stop(tmp_path: Path, first: bytes) -> None:
    server = EchoServer(USHERS, tmp_path / "log", "--graceful-timeout", "60")
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(first)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            server.process.send_signal(signal.SIGTERM)
            assert b"HTTP/1.1 200" not in received(connection)  # the body may come in a separate piece
        assert server.process.wait(20) == 0
    finally:
        server.stop()


def test_an_access_log_has_every_request(tmp_path: Path, eventually: Callable[..., object]) -> None:
    log = tmp_path / "access"
    server = EchoServer(USHERS, tmp_path / "log", "--access-logfile", str(log))
    try:
        server.send(GET + END + GET + END, end=True)
        eventually(lambda: log.read_text().count("GET /a?b=c HTTP/1.1") == 2, 20)
    finally:
        server.stop()


def test_a_worker_is_replaced_after_its_share_of_requests(tmp_path: Path, eventually: Callable[..., object]) -> None:
    server = EchoServer(USHERS, tmp_path / "log", "--max-requests", "5", "--log-level", "info")
    try:
        told = server.send((GET + END) * 20)
        assert 1 <= len(answers(told)) <= 5  # the start used some of them
        assert b"Connection: close" in told
        eventually(server.answers, 30)
        assert "Autorestarting" in server.log.read_text()
    finally:
        server.stop()
