"""A request that is not HTTP gets problem+json as its answer too, from gunicorn as the Procfile starts it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.api_system import ApiSystem
from tests.integration.real_server import RealServer

HOST = b"Host: localhost\r\n"
CUT = "A header, or the framing of the body, is not HTTP."


@pytest.fixture(scope="module")
def server(api_system: ApiSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    made = RealServer(api_system, Path(tmp_path_factory.mktemp("web")) / "log")
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("request_bytes", "detail"),
    [
        (b"hello\r\n\r\n", "The request line is not HTTP."),
        (b"GET\r\n\r\n", "The request line is not HTTP."),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "The request line is not HTTP."),
        (b"GE\x00T / HTTP/1.1\r\n" + HOST + b"\r\n", "The method is not an HTTP method."),
        (b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", "This version of HTTP is not supported."),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", "The request line is too long."),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 200 + b"\r\n", "The headers are too many or too long."),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 9_000 + b"\r\n\r\n", "The headers are too many or too long."),
        (b"GET / HTTP/1.1\r\n" + HOST + b"no colon\r\n\r\n", CUT),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X : y\r\n\r\n", CUT),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n", CUT),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n",
            CUT,
        ),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            CUT,
        ),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: strange, chunked\r\n\r\n",
            "This transfer coding is not supported.",
        ),
        (
            b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            CUT,
        ),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Expect: more\r\n\r\n", "This expectation is not supported."),
    ],
    ids=lambda value: ascii(value[:30]),
)
def test_a_request_that_is_not_http_gets_a_problem(server: RealServer, request_bytes: bytes, detail: str) -> None:
    head, _, body = server.send(request_bytes, end=True).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"Content-Type: application/problem+json" in head
    assert b"Connection: close" in head
    problem = json.loads(body)
    assert (problem["code"], problem["status"], problem["detail"]) == ("bad_request", 400, detail)


def test_the_fault_is_logged_in_a_line_of_its_own(server: RealServer) -> None:
    server.send(b"GET / HTTP/1.1\r\n" + HOST + b"X\x1b[2J\x85usher | all is well: y\r\n\r\n", end=True)
    assert not any(line.startswith("usher") for line in server.log.read_text(errors="replace").splitlines())
    assert "\x1b" not in server.log.read_text(errors="replace")
    assert server.answers()
