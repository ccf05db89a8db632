"""X-Request-Id on every answer of the real web process, on its lines, and in the access log."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks_app.jobs import fresh_id
from tests.integration.api_system import ApiSystem
from tests.integration.real_server import RealServer

Eventually = Callable[..., None]
MADE = re.compile(r"[0-9a-f]{24}")


@pytest.fixture(scope="module")
def server(api_system: ApiSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """One whose log has everything."""
    log = tmp_path_factory.mktemp("requests") / "web.log"
    made = RealServer(api_system, log, USHER_ACCESS_LOG="all", USHER_LOG_LEVEL="debug")
    yield made
    made.stop()


def request(path: str, method: str = "GET", body: str = "", **headers: str) -> bytes:
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}{length}\r\n{body}".encode()


def id_of(answer: bytes) -> str:
    """The request's id in the answer's head, where it is once."""
    (found,) = re.findall(r"\r\nX-Request-Id: ([^\r]*)\r\n", answer.partition(b"\r\n\r\n")[0].decode() + "\r\n")
    return str(found)


def lines(server: RealServer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def told(server: RealServer, request_id: str, logger: str = "usher.access") -> list[dict[str, Any]]:
    return [one for one in lines(server) if one.get("request_id") == request_id and one["logger"] == logger]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (request("/healthz"), 200),
        (request("/"), 200),
        (request("/static/page.css"), 200),
        (request("/nowhere"), 404),
        (request("/v1/jobs", "DELETE"), 405),
        (request("/v1/jobs", "POST", "{"), 400),
        (request("/v1/jobs", "POST", '{"type": 1}'), 422),
        (b"GET /healthz HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n", 421),
        (b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200),
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
    ],
    ids=lambda value: value.split(b"\r\n")[0].decode() if isinstance(value, bytes) else str(value),
)
def test_every_answer_has_an_id_of_its_own(
    server: RealServer, asked: bytes, status: int, eventually: Eventually
) -> None:
    first, second = (server.send(asked, end=True) for _ in range(2))

    assert first.split(b" ")[1] == str(status).encode()
    assert MADE.fullmatch(id_of(first))
    assert id_of(first) != id_of(second)
    eventually(lambda: [one["status"] for one in told(server, id_of(first))] == [status])


@pytest.mark.parametrize("given", ["a", "Root=1-67891233-abcdef012345678912345678", "x" * 128, '<">\\'])
def test_a_caller_s_id_is_given_back(server: RealServer, given: str) -> None:
    assert id_of(server.send(request("/healthz", X_Request_Id=given))) == given


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, "ä", "tab\tbed"])
def test_an_id_that_is_unfit_is_replaced(server: RealServer, given: str) -> None:
    assert MADE.fullmatch(id_of(server.send(request("/healthz", X_Request_Id=given))))


def test_requests_of_one_connection_have_their_own_ids(server: RealServer, eventually: Eventually) -> None:
    kept = request("/healthz", X_Request_Id="first-of-two").replace(b"close", b"keep-alive")
    answers = server.send(kept + request("/healthz") + b"", end=True).split(b"HTTP/1.1 ")[1:]

    first, second = map(id_of, answers)
    assert first == "first-of-two"
    assert MADE.fullmatch(second)


def test_what_is_no_http_behind_a_request_is_no_part_of_it(server: RealServer, eventually: Eventually) -> None:
    kept = request("/healthz", X_Request_Id="before-nonsense").replace(b"close", b"keep-alive")
    _, refused = server.send(kept + b"nonsense\r\n\r\n", end=True).split(b"HTTP/1.1 ")[1:]

    assert MADE.fullmatch(id_of(refused))
    eventually(lambda: told(server, id_of(refused), "gunicorn.error"))
    assert told(server, "before-nonsense", "gunicorn.error") == []


def test_a_stream_has_its_id_and_is_told_when_it_ends(server: RealServer, eventually: Eventually) -> None:
    # Given a stream that somebody reads
    asked = request("/v1/stream?topic=type:echo", X_Request_Id="of-a-stream")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(asked)
        head = connection.recv(65_536)
        assert id_of(head) == "of-a-stream"
        assert told(server, "of-a-stream") == []

    # When another request wakes it after its reader went away
    def is_told() -> bool:
        server.send(request("/v1/jobs", "POST", '{"type": "echo"}'))
        return bool(told(server, "of-a-stream"))

    eventually(is_told, 30)
    (line,) = told(server, "of-a-stream")
    assert (line["route"], line["status"]) == ("/v1/stream", 200)
    assert line["duration_ms"] > 0


def test_the_jobs_of_a_request_are_told_with_its_id(server: RealServer, eventually: Eventually) -> None:
    answer = server.send(request("/v1/jobs", "POST", '{"type": "echo"}', X_Request_Id="makes-a-job"))
    job_id = json.loads(answer.partition(b"\r\n\r\n")[2])["id"]

    eventually(lambda: told(server, "makes-a-job"))
    (line,) = told(server, "makes-a-job", "tasks_app.jobs.intake")
    assert (line["job"], line["type"], line["event"]) == (job_id, "echo", "1 jobs taken in, 1 of them new")


def test_an_access_line_says_what_was_asked_and_answered(server: RealServer, eventually: Eventually) -> None:
    job = fresh_id()
    answer = server.send(request(f"/v1/jobs/{job}?secret=1", X_Request_Id="asks-for-a-job"))
    eventually(lambda: told(server, "asks-for-a-job"))

    (line,) = told(server, "asks-for-a-job")
    assert line["event"] == f"GET /v1/jobs/{job} 404"
    names = ("process", "method", "route", "path", "status", "remote", "bytes")
    body = answer.partition(b"\r\n\r\n")[2]
    expected = ["web", "GET", "/v1/jobs/<job_id>", f"/v1/jobs/{job}", 404, "127.0.0.1", len(body)]
    assert [line[name] for name in names] == expected
    assert 0 < line["duration_ms"] < 10_000


def test_an_address_in_a_path_is_not_told(server: RealServer, eventually: Eventually) -> None:
    server.send(request("/v1/suppressions/any/bob@example.org", X_Request_Id="about-bob"))
    eventually(lambda: told(server, "about-bob"))

    assert told(server, "about-bob")[0]["path"] == "/v1/suppressions/<channel>/<path:address>"
    assert "bob@example.org" not in server.log.read_text()


@pytest.mark.parametrize(("which", "statuses"), [("off", []), ("errors", [404])])
def test_the_setting_chooses_the_lines(api_system: ApiSystem, tmp_path: Path, which: str, statuses: list[int]) -> None:
    made = RealServer(api_system, tmp_path / "web.log", USHER_ACCESS_LOG=which, USHER_LOG_LEVEL="error")
    try:
        for path in ("/healthz", "/nowhere"):
            assert id_of(made.send(request(path)))
    finally:
        made.stop()
    assert [one["status"] for one in lines(made)] == statuses
